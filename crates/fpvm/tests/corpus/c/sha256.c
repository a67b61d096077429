/* variants: -O0 | -O2 */
/* SHA-256, its constants computed from the fractional parts of roots of primes; FIPS 180-4. */
#include "corpus.h"

static u32 k[64], initial[8];

/* Floor of 2^32 times the fractional part of the `degree`-th root of n. */
static u32 root_fraction(u64 n, int degree)
{
    u64 low = 0, high = (u64)20 << 32;
    while (high - low > 1) {
        u64 middle = low + (high - low) / 2;
        unsigned __int128 power = (unsigned __int128)middle * middle;
        if (degree == 3)
            power *= middle;
        if (power >> 32 * degree < n)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void constants(void)
{
    u64 found = 0;
    for (u64 n = 2; found < 64; n++) {
        u64 d = 2;
        while (d * d <= n && n % d != 0)
            d++;
        if (d * d <= n)
            continue;
        if (found < 8)
            initial[found] = root_fraction(n, 2);
        k[found++] = root_fraction(n, 3);
    }
}

static u32 right(u32 x, int by) { return rotate_left32(x, 32 - by); }

/* The sigmas of the schedule and of the rounds. */
static u32 small(u32 x, int a, int b, int c) { return right(x, a) ^ right(x, b) ^ x >> c; }
static u32 large(u32 x, int a, int b, int c) { return right(x, a) ^ right(x, b) ^ right(x, c); }

static void block(u32 h[8], const u8 *in)
{
    u32 w[64], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = (u32)in[4 * i] << 24 | in[4 * i + 1] << 16 | in[4 * i + 2] << 8 | in[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + small(w[i - 15], 7, 18, 3) + w[i - 7] + small(w[i - 2], 17, 19, 10);
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 64; i++) {
        u32 choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        u32 t = v[7] + large(v[4], 6, 11, 25) + choose + k[i] + w[i];
        u32 majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        u32 u = large(v[0], 2, 13, 22) + majority;
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t;
        v[0] = t + u;
    }
    for (int i = 0; i < 8; i++)
        h[i] += v[i];
}

static void sha256(const u8 *message, u64 size, u32 h[8])
{
    u8 last[128] = { 0 };
    u64 whole = size / 64 * 64, rest = size - whole, padded = rest < 56 ? 64 : 128;
    memcpy(h, initial, sizeof initial);
    for (u64 i = 0; i < whole; i += 64)
        block(h, message + i);
    memcpy(last, message + whole, rest);
    last[rest] = 0x80;
    for (int i = 0; i < 8; i++)
        last[padded - 1 - i] = size * 8 >> 8 * i;
    for (u64 i = 0; i < padded; i += 64)
        block(h, last + i);
}

int program(void)
{
    static u8 message[300];
    u32 h[8];
    constants();
    sha256((const u8 *)"abc", 3, h);
    if (h[0] != 0xba7816bf || h[7] != 0xf20015ad)
        return 1;
    for (u64 size = 0; size < 300; size += 37) {
        for (u64 i = 0; i < size; i++)
            message[i] = next_random();
        sha256(message, size, h);
        put_bytes(h, sizeof h);
    }
    return 0;
}
