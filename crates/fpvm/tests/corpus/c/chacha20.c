/* The ChaCha20 block function, RFC 8439 §2.3. */
#include "corpus.h"

#define QUARTER(a, b, c, d)                                   \
    x[a] += x[b], x[d] = rotate_left32(x[d] ^ x[a], 16),      \
    x[c] += x[d], x[b] = rotate_left32(x[b] ^ x[c], 12),      \
    x[a] += x[b], x[d] = rotate_left32(x[d] ^ x[a], 8),       \
    x[c] += x[d], x[b] = rotate_left32(x[b] ^ x[c], 7)

static void block(const u32 in[16], u32 x[16])
{
    memcpy(x, in, 64);
    for (int i = 0; i < 10; i++) {
        QUARTER(0, 4, 8, 12);
        QUARTER(1, 5, 9, 13);
        QUARTER(2, 6, 10, 14);
        QUARTER(3, 7, 11, 15);
        QUARTER(0, 5, 10, 15);
        QUARTER(1, 6, 11, 12);
        QUARTER(2, 7, 8, 13);
        QUARTER(3, 4, 9, 14);
    }
    for (int i = 0; i < 16; i++)
        x[i] += in[i];
}

int program(void)
{
    u32 in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }, out[16];
    u8 key[32];
    for (int i = 0; i < 32; i++)
        key[i] = i;
    memcpy(in + 4, key, 32);
    in[12] = 1, in[13] = 0x09000000, in[14] = 0x4a000000;
    block(in, out);
    if (out[0] != 0xe4e7f110 || out[15] != 0x4e3c50a2)
        return 1;
    for (in[12] = 2; in[12] < 10; in[12]++) {
        block(in, out);
        put_bytes(out, sizeof out);
    }
    return 0;
}
