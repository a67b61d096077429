/* AES-128 with a computed S-box; the example of FIPS 197, appendix C.1. */
#include "corpus.h"

static u8 sbox[256];

static u8 twice(u8 x) { return x << 1 ^ (x >> 7) * 0x1b; }

static void make_sbox(void)
{
    u8 p = 1, q = 1;
    do {
        p ^= twice(p);
        q ^= q << 1;
        q ^= q << 2;
        q ^= q << 4;
        q ^= (q >> 7) * 0x09;
        u8 x = q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4);
        sbox[p] = x ^ 0x63;
    } while (p != 1);
    sbox[0] = 0x63;
}

static void encrypt(const u8 key[16], u8 s[16])
{
    u8 k[16], t[16], constant = 1;
    memcpy(k, key, 16);
    for (int round = 0;; round++) {
        for (int i = 0; i < 16; i++)
            s[i] ^= k[i];
        if (round == 10)
            return;
        for (int i = 0; i < 16; i++)
            t[i] = sbox[s[(i + 4 * (i % 4)) % 16]];
        for (int c = 0; c < 16; c += 4) {
            u8 all = t[c] ^ t[c + 1] ^ t[c + 2] ^ t[c + 3];
            for (int i = 0; i < 4; i++)
                s[c + i] = round == 9 ? t[c + i] : t[c + i] ^ all ^ twice(t[c + i] ^ t[c + (i + 1) % 4]);
        }
        for (int i = 0; i < 4; i++)
            k[i] ^= sbox[k[12 + (i + 1) % 4]];
        k[0] ^= constant;
        constant = twice(constant);
        for (int i = 4; i < 16; i++)
            k[i] ^= k[i - 4];
    }
}

int program(void)
{
    static const u8 expected[16] = { 0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                     0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a };
    u8 key[16], s[16];
    make_sbox();
    for (int i = 0; i < 16; i++)
        key[i] = i, s[i] = 0x11 * i;
    encrypt(key, s);
    if (memcmp(s, expected, 16) != 0)
        return 1;
    for (int i = 0; i < 16; i++) {
        encrypt(key, s);
        put_bytes(s, 16);
        key[i] ^= s[i];
    }
    return 0;
}
