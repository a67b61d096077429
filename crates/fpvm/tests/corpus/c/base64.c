/* Base64, RFC 4648: the vectors of §10 and random bytes there and back. */
#include "corpus.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static u64 encode(const u8 *in, u64 size, char *out)
{
    u64 to = 0;
    for (u64 i = 0; i < size; i += 3) {
        u32 group = in[i] << 16 | (i + 1 < size ? in[i + 1] << 8 : 0) | (i + 2 < size ? in[i + 2] : 0);
        for (int j = 0; j < 4; j++)
            out[to++] = i + j > size ? '=' : alphabet[group >> (18 - 6 * j) & 63];
    }
    out[to] = 0;
    return to;
}

static int digit(char c)
{
    switch (c) {
    case 'A' ... 'Z': return c - 'A';
    case 'a' ... 'z': return c - 'a' + 26;
    case '0' ... '9': return c - '0' + 52;
    case '+': return 62;
    case '/': return 63;
    default: return -1;
    }
}

static u64 decode(const char *in, u8 *out)
{
    u64 to = 0;
    u32 group = 0, bits = 0;
    for (; digit(*in) >= 0; in++) {
        group = group << 6 | digit(*in);
        if ((bits += 6) >= 8)
            out[to++] = group >> (bits -= 8);
    }
    return to;
}

int program(void)
{
    static const char *expected[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
    u8 bytes[100], back[104];
    char text[144];
    for (u64 n = 0; n < COUNT(expected); n++)
        if (memcmp(text, expected[n], encode((const u8 *)"foobar", n, text) + 1) != 0)
            return 1;
    for (u64 n = 0; n < sizeof bytes; n += 7) {
        for (u64 i = 0; i < n; i++)
            bytes[i] = next_random();
        put_bytes(text, encode(bytes, n, text));
        if (decode(text, back) != n || memcmp(back, bytes, n) != 0)
            return 2;
    }
    return 0;
}
