/* Montgomery arithmetic modulo the prime of secp256k1; Fermat's little theorem is the known answer. */
#include "corpus.h"

enum { LIMBS = 4 };
typedef unsigned __int128 u128;

static const u64 p[LIMBS] = { 0xfffffffefffffc2f, ~0ul, ~0ul, ~0ul };

static u64 inverse(u64 odd)
{
    u64 x = odd;
    for (int i = 0; i < 6; i++)
        x *= 2 - odd * x;
    return x;
}

/* Subtracts p if the number, with `carry` above it, is not below p. */
static void reduce(u64 *a, u64 carry)
{
    u64 d[LIMBS], borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        u128 t = (u128)a[i] - p[i] - borrow;
        d[i] = t;
        borrow = t >> 127;
    }
    if (carry >= borrow)
        memcpy(a, d, sizeof d);
}

/* r = a · b / 2^256 modulo p. */
static void multiply(u64 *r, const u64 *a, const u64 *b)
{
    u64 t[LIMBS + 2] = { 0 }, m, n = -inverse(p[0]);
    for (int i = 0; i < LIMBS; i++) {
        u128 c = 0;
        for (int j = 0; j < LIMBS; j++, c >>= 64)
            t[j] = c += (u128)a[j] * b[i] + t[j];
        t[LIMBS] = c += t[LIMBS];
        t[LIMBS + 1] = c >> 64;
        m = t[0] * n;
        c = ((u128)m * p[0] + t[0]) >> 64;
        for (int j = 1; j < LIMBS; j++, c >>= 64)
            t[j - 1] = c += (u128)m * p[j] + t[j];
        t[LIMBS - 1] = c += t[LIMBS];
        t[LIMBS] = t[LIMBS + 1] + (c >> 64);
    }
    memcpy(r, t, sizeof(u64[LIMBS]));
    reduce(r, t[LIMBS]);
}

int program(void)
{
    u64 one[LIMBS] = { 0x1000003d1 }, base[LIMBS], power[LIMBS];
    memcpy(power, one, sizeof power);
    for (int i = 0; i < LIMBS; i++)
        base[i] = next_random();
    for (int bit = 255; bit >= 0; bit--) {
        u64 exponent = p[bit / 64] - (bit < 64);
        multiply(power, power, power);
        if (exponent >> bit % 64 & 1)
            multiply(power, power, base);
        if (bit % 16 == 0)
            put_bytes(power, sizeof power);
    }
    return memcmp(power, one, sizeof one) != 0;
}
