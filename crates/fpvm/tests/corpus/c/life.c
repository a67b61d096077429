/* The game of life on a torus of 64 by 64, a row in each double word; a glider comes back after 256 generations. */
#include "corpus.h"

static void generation(u64 *rows)
{
    u64 old[64];
    memcpy(old, rows, sizeof old);
    for (int y = 0; y < 64; y++) {
        u64 ones = 0, twos = 0, fours = 0;
        for (int dy = -1; dy <= 1; dy++) {
            u64 row = old[(y + dy) & 63];
            for (int dx = -1; dx <= 1; dx++) {
                if (dy == 0 && dx == 0)
                    continue;
                u64 cell = rotate_left64(row, dx), carry = ones & cell;
                ones ^= cell;
                fours |= twos & carry;
                twos ^= carry;
            }
        }
        rows[y] = twos & ~fours & (ones | old[y]);
    }
}

int program(void)
{
    u64 rows[64] = { 2, 4, 7 };
    for (int n = 0; n < 256; n++)
        generation(rows);
    if (rows[0] != 2 || rows[1] != 4 || rows[2] != 7 || rows[3] != 0)
        return 1;
    for (int y = 0; y < 64; y++)
        rows[y] = next_random() & next_random();
    for (int n = 0; n < 60; n++) {
        generation(rows);
        put(rows[n]);
    }
    put_bytes(rows, sizeof rows);
    return 0;
}
