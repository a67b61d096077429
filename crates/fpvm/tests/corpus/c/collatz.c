/* Lengths of Collatz sequences, with those already known kept; digital roots and Fibonacci numbers beside them. */
#include "corpus.h"

int program(void)
{
    static u16 known[2000];
    u64 a = 0, b = 1;
    u32 longest = 0;
    known[1] = 1;
    for (u64 n = 2; n < COUNT(known); n++) {
        u64 x = n, steps = 0;
        for (; x >= n; steps++)
            x = x & 1 ? 3 * x + 1 : x >> 1;
        known[n] = known[x] + steps;
        longest = known[n] > known[longest] ? n : longest;
    }
    put_bytes(known, sizeof known);
    if (longest != 1161 || known[1161] != 182)
        return 1;
    for (int i = 0; i < 90; i++) {
        u64 c = a + b, root = c;
        a = b, b = c;
        while (root > 9) {
            u64 sum = 0;
            for (; root > 0; root /= 10)
                sum += root % 10;
            root = sum;
        }
        put(c << 4 | root);
    }
    return 0;
}
