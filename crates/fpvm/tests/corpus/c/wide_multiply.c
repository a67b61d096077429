/* variants: -O3 | -Os -mbranch-likely */
/* 64 × 64 → 128 bits, signed and unsigned, by the compiler and by halves. */
#include "corpus.h"

static u64 high_by_halves(u64 a, u64 b)
{
    u64 al = (u32)a, ah = a >> 32, bl = (u32)b, bh = b >> 32;
    u64 middle = ah * bl + (al * bl >> 32), other = al * bh + (u32)middle;
    return ah * bh + (middle >> 32) + (other >> 32);
}

int program(void)
{
    static const u64 extremes[] = { 0, 1, 2, ~0ul, ~0ul - 1, 1ul << 63, (1ul << 63) - 1, 1ul << 32, 0xffffffff };
    for (u64 i = 0; i < 400; i++) {
        u64 a = i < 81 ? extremes[i / 9] : next_random(), b = i < 81 ? extremes[i % 9] : next_random() >> i % 64;
        u64 high = (unsigned __int128)a * b >> 64;
        if (high != high_by_halves(a, b))
            return 1;
        put(high);
        put((__int128)(i64)a * (i64)b >> 64);
        put((unsigned __int128)a * b + ((unsigned __int128)b << 64 | a) >> 64);
        put((i64)(i32)a * (i32)b ^ (u64)(u32)a * (u32)b);
    }
    return 0;
}
