/* The compression function of SHA-512 (its rotations are of 64 bits), with constants by a generator of ours. */
#include "corpus.h"

static u64 k[80];

static u64 right(u64 x, int by) { return rotate_left64(x, 64 - by); }

static void block(u64 h[8], const u64 in[16])
{
    u64 w[80], v[8];
    memcpy(w, in, 16 * sizeof *w);
    for (int i = 16; i < 80; i++) {
        u64 a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (right(a, 1) ^ right(a, 8) ^ a >> 7) + w[i - 7] + (right(b, 19) ^ right(b, 61) ^ b >> 6);
    }
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 80; i++) {
        u64 t = v[7] + (right(v[4], 14) ^ right(v[4], 18) ^ right(v[4], 41)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
        u64 u = (right(v[0], 28) ^ right(v[0], 34) ^ right(v[0], 39)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t;
        v[0] = t + u;
    }
    for (int i = 0; i < 8; i++)
        h[i] += v[i];
}

int program(void)
{
    u64 h[8], in[16];
    for (int i = 0; i < 80; i++)
        k[i] = next_random();
    for (int i = 0; i < 8; i++)
        h[i] = next_random();
    for (int n = 0; n < 10; n++) {
        for (int i = 0; i < 16; i++)
            in[i] = next_random();
        block(h, in);
        put_bytes(h, sizeof h);
    }
    return 0;
}
