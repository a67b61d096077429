/* SipHash-2-4; the first of the vectors of its authors. */
#include "corpus.h"

static u64 v0, v1, v2, v3;

static void rounds(int n)
{
    while (n-- > 0) {
        v0 += v1, v1 = rotate_left64(v1, 13) ^ v0, v0 = rotate_left64(v0, 32);
        v2 += v3, v3 = rotate_left64(v3, 16) ^ v2;
        v0 += v3, v3 = rotate_left64(v3, 21) ^ v0;
        v2 += v1, v1 = rotate_left64(v1, 17) ^ v2, v2 = rotate_left64(v2, 32);
    }
}

static u64 siphash(u64 k0, u64 k1, const u8 *p, u64 n)
{
    v0 = k0 ^ 0x736f6d6570736575, v1 = k1 ^ 0x646f72616e646f6d;
    v2 = k0 ^ 0x6c7967656e657261, v3 = k1 ^ 0x7465646279746573;
    for (u64 at = 0; at <= n; at += 8) {
        u64 m = at + 8 > n ? n << 56 : 0;
        for (u64 i = 0; i < 8 && at + i < n; i++)
            m |= (u64)p[at + i] << 8 * i;
        v3 ^= m;
        rounds(2);
        v0 ^= m;
    }
    v2 ^= 0xff;
    rounds(4);
    return v0 ^ v1 ^ v2 ^ v3;
}

int program(void)
{
    u8 data[64];
    for (int i = 0; i < 64; i++)
        data[i] = i;
    if (siphash(0x0706050403020100, 0x0f0e0d0c0b0a0908, data, 0) != 0x726fdb47dd0e0e31)
        return 1;
    for (u64 n = 0; n < 64; n++)
        put(siphash(0x0706050403020100, n, data, n));
    return 0;
}
