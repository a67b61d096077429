/* A Reed-Solomon code over GF(256): sixteen check bytes, and erasures restored by interpolation. */
#include "corpus.h"

static u8 exponents[512], logarithms[256];

static u8 multiply(u8 a, u8 b) { return a == 0 || b == 0 ? 0 : exponents[logarithms[a] + logarithms[b]]; }
static u8 divide(u8 a, u8 b) { return a == 0 ? 0 : exponents[logarithms[a] + 255 - logarithms[b]]; }

/* The value at x of the polynomial through the points (xs, ys). */
static u8 interpolate(const u8 *xs, const u8 *ys, int n, u8 x)
{
    u8 sum = 0;
    for (int i = 0; i < n; i++) {
        u8 term = ys[i];
        for (int j = 0; j < n; j++)
            if (j != i)
                term = divide(multiply(term, x ^ xs[j]), xs[i] ^ xs[j]);
        sum ^= term;
    }
    return sum;
}

int program(void)
{
    enum { DATA = 24, ALL = 40 };
    u8 word[ALL], xs[ALL], kept_x[DATA], kept_y[DATA];
    u32 x = 1;
    for (int i = 0; i < 255; i++) {
        exponents[i] = exponents[i + 255] = x;
        logarithms[x] = i;
        x = x << 1 ^ (x >> 7) * 0x11d;
    }
    for (int i = 0; i < ALL; i++)
        xs[i] = i + 1;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < DATA; i++)
            word[i] = next_random();
        for (int i = DATA; i < ALL; i++)
            word[i] = interpolate(xs, word, DATA, xs[i]);
        put_bytes(word, ALL);
        int kept = 0;
        for (u64 i = next_random() % ALL; kept < DATA; i = (i + 7) % ALL, kept++)
            kept_x[kept] = xs[i], kept_y[kept] = word[i];
        for (int i = 0; i < ALL; i++)
            if (interpolate(kept_x, kept_y, DATA, xs[i]) != word[i])
                return 1;
    }
    return 0;
}
