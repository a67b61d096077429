/* Queens on boards of up to 8 by 8, recursively with bit masks; the counts are known. */
#include "corpus.h"

static u32 place(u32 all, u32 columns, u32 left, u32 right)
{
    u32 count = columns == all;
    for (u32 free = all & ~(columns | left | right); free != 0; free &= free - 1) {
        u32 bit = free & -free;
        count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

int program(void)
{
    static const u32 expected[] = { 1, 1, 0, 0, 2, 10, 4, 40, 92 };
    for (u32 n = 1; n < COUNT(expected); n++) {
        u32 count = place((1 << n) - 1, 0, 0, 0);
        put(count);
        if (count != expected[n])
            return n;
    }
    return 0;
}
