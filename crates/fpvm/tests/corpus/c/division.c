/* variants: -O0 | -O2 */
/* Every pair of extreme operands in all four divisions. */
#include "corpus.h"

static volatile u64 operands[] = {
    1, 2, 3, 7, 10, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
    0xffffffffffffffff, 0xfffffffffffffffe, 0xffffffff80000000, 0x123456789abcdef0,
};

int program(void)
{
    for (u64 i = 0; i < COUNT(operands); i++)
        for (u64 j = 0; j < COUNT(operands); j++) {
            u64 a = operands[i], b = operands[j];
            put(a / b);
            put(a % b);
            if ((i64)a != (i64)(1ul << 63) || b != ~0ul) {
                put((i64)a / (i64)b);
                put((i64)a % (i64)b);
            }
            u32 c = a, d = b;
            if (d == 0)
                continue;
            put((u64)(c / d) << 32 | c % d);
            if ((i32)c != (i32)0x80000000 || d != ~0u)
                put((u64)((i32)c / (i32)d) << 32 | (u32)((i32)c % (i32)d));
        }
    return 0;
}
