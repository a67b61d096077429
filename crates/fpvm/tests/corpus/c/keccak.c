/* Keccak-256 with round constants from their shift register; the empty message's hash is well known. */
#include "corpus.h"

static u64 lane[25];

static u64 round_constant(int round)
{
    u64 constant = 0;
    for (int j = 0; j < 7; j++) {
        u32 state = 1;
        for (int t = 0; t < (7 * round + j) % 255; t++)
            state = state << 1 ^ (state >> 7) * 0x171;
        constant |= (u64)(state & 1) << ((1 << j) - 1);
    }
    return constant;
}

static void permute(const u64 constants[24])
{
    for (int round = 0; round < 24; round++) {
        u64 c[5], row[5];
        for (int x = 0; x < 5; x++)
            c[x] = lane[x] ^ lane[x + 5] ^ lane[x + 10] ^ lane[x + 15] ^ lane[x + 20];
        for (int i = 0; i < 25; i++)
            lane[i] ^= c[(i + 4) % 5] ^ rotate_left64(c[(i + 1) % 5], 1);
        u64 moving = lane[1];
        for (int t = 0, x = 1, y = 0; t < 24; t++) {
            int below = (2 * x + 3 * y) % 5;
            x = y;
            y = below;
            u64 old = lane[x + 5 * y];
            lane[x + 5 * y] = rotate_left64(moving, (t + 1) * (t + 2) / 2 % 64);
            moving = old;
        }
        for (int y = 0; y < 25; y += 5) {
            memcpy(row, lane + y, sizeof row);
            for (int x = 0; x < 5; x++)
                lane[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }
        lane[0] ^= constants[round];
    }
}

int program(void)
{
    u64 constants[24];
    for (int round = 0; round < 24; round++)
        constants[round] = round_constant(round);
    lane[0] = 1;
    lane[16] = (u64)1 << 63;
    permute(constants);
    if (lane[0] != 0x3c23f7860146d2c5 || lane[3] != 0x70a4855d04d8fa7b)
        return 1;
    for (int i = 0; i < 8; i++) {
        permute(constants);
        put_bytes(lane, sizeof lane);
    }
    return 0;
}
