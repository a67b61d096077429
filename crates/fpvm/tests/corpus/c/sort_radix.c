/* variants: -O3 | -Os -mbranch-likely */
/* Radix sort by bytes, least significant first, of 40-bit numbers. */
#include "corpus.h"

int program(void)
{
    static u64 a[400], b[400];
    u64 *from = a, *to = b;
    for (u64 i = 0; i < COUNT(a); i++)
        a[i] = next_random() & 0xffffffffff;
    for (int shift = 0; shift < 40; shift += 8) {
        u32 start[257] = { 0 };
        for (u64 i = 0; i < COUNT(a); i++)
            start[(from[i] >> shift & 255) + 1]++;
        for (int i = 0; i < 256; i++)
            start[i + 1] += start[i];
        for (u64 i = 0; i < COUNT(a); i++)
            to[start[from[i] >> shift & 255]++] = from[i];
        u64 *t = from;
        from = to;
        to = t;
    }
    for (u64 i = 1; i < COUNT(a); i++)
        if (from[i - 1] > from[i])
            return 1;
    put_bytes(from, sizeof a);
    return 0;
}
