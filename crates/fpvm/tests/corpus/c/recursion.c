/* variants: -O0 | -O2 */
/* Deep and mutual recursion: Ackermann, Hanoi, Hofstadter's pair, Takeuchi. */
#include "corpus.h"

static u8 pegs[3];

static u64 ackermann(u64 m, u64 n)
{
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static u64 hanoi(int n, int from, int to)
{
    if (n == 0)
        return 0;
    u64 moves = hanoi(n - 1, from, 3 - from - to);
    pegs[from]--, pegs[to]++;
    put_bytes(pegs, 3);
    return moves + 1 + hanoi(n - 1, 3 - from - to, to);
}

static int male(int n);
static int female(int n) { return n == 0 ? 1 : n - male(female(n - 1)); }
static int male(int n) { return n == 0 ? 0 : n - female(male(n - 1)); }

static int tak(int x, int y, int z)
{
    return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

int program(void)
{
    pegs[0] = 8;
    if (ackermann(2, 9) != 21 || ackermann(3, 3) != 61)
        return 1;
    if (hanoi(8, 0, 2) != 255 || pegs[2] != 8)
        return 2;
    for (int n = 0; n < 24; n++)
        put((u64)female(n) << 32 | (u32)male(n));
    return tak(8, 4, 2) != 3 ? 3 : 0;
}
