/* Divisions that a compiler turns into multiplications and shifts, against those of the machine. */
#include "corpus.h"

#define CHECK(type, divisor)                                     \
    do {                                                         \
        volatile type d = (divisor);                             \
        type x = (type)n;                                        \
        if (x / (type)(divisor) != x / d || x % (type)(divisor) != x % d) \
            return 1;                                            \
        hash = rotate_left64(hash, 7) + (u64)(x / (type)(divisor)); \
    } while (0)

int program(void)
{
    for (int i = 0; i < 200; i++) {
        u64 n = next_random() >> i % 64, hash = 0;
        CHECK(u32, 3);
        CHECK(u32, 7);
        CHECK(u32, 10);
        CHECK(u32, 641);
        CHECK(i32, 3);
        CHECK(i32, -5);
        CHECK(i32, 8);
        CHECK(i32, 1000000007);
        CHECK(u64, 3);
        CHECK(u64, 10);
        CHECK(u64, 1000000000);
        CHECK(i64, 7);
        CHECK(i64, -16);
        CHECK(i64, 86400);
        CHECK(u16, 255);
        CHECK(i8, 9);
        put(hash);
    }
    return 0;
}
