/* Mersenne twister, PCG, xorshift, a linear congruence and a linear feedback shift register. */
#include "corpus.h"

static u32 state[624];
static int at = 624;

static u32 mersenne(void)
{
    if (at == 624) {
        for (int i = 0; i < 624; i++) {
            u32 y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
            state[i] = state[(i + 397) % 624] ^ y >> 1 ^ (-(y & 1) & 0x9908b0df);
        }
        at = 0;
    }
    u32 y = state[at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >> 18;
}

int program(void)
{
    u64 pcg = 42, shift = 88172645463325252, linear = 1;
    u16 lfsr = 0xace1;
    int period = 0;
    state[0] = 5489;
    for (int i = 1; i < 624; i++)
        state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >> 30) + i;
    for (int i = 1; i <= 1000; i++) {
        u32 x = mersenne();
        if (i == 1 && x != 3499211612)
            return 1;
        pcg = pcg * 6364136223846793005 + 1442695040888963407;
        u32 mixed = (pcg >> 18 ^ pcg) >> 27;
        int turn = pcg >> 59;
        shift ^= shift << 13, shift ^= shift >> 7, shift ^= shift << 17;
        linear = linear * 48271 % 2147483647;
        if (i % 8 == 0) {
            put((u64)x << 32 | (mixed >> turn | mixed << (-turn & 31)));
            put(shift ^ linear);
        }
    }
    do {
        lfsr = lfsr >> 1 ^ (-(lfsr & 1) & 0xb400);
        period++;
    } while (lfsr != 0xace1);
    return period != 65535;
}
