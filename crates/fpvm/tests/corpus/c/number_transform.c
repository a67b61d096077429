/* variants: -O3 | -Os -mbranch-likely */
/* A number-theoretic transform modulo 998244353; a product of polynomials by it and by the definition. */
#include "corpus.h"

enum { SIZE = 64 };
static const u64 modulus = 998244353;

static u64 power(u64 base, u64 exponent)
{
    u64 result = 1;
    for (; exponent > 0; exponent >>= 1, base = base * base % modulus)
        result = exponent & 1 ? result * base % modulus : result;
    return result;
}

static void transform(u32 *v, int inverse)
{
    for (int i = 1, j = 0; i < SIZE; i++) {
        int bit = SIZE / 2;
        for (; j & bit; bit /= 2)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            u32 t = v[i];
            v[i] = v[j], v[j] = t;
        }
    }
    for (int length = 2; length <= SIZE; length *= 2) {
        u64 root = power(3, (modulus - 1) / length);
        if (inverse)
            root = power(root, modulus - 2);
        for (int from = 0; from < SIZE; from += length) {
            u64 w = 1;
            for (int i = from; i < from + length / 2; i++, w = w * root % modulus) {
                u32 a = v[i], b = v[i + length / 2] * w % modulus;
                v[i] = (a + b) % modulus;
                v[i + length / 2] = (a + modulus - b) % modulus;
            }
        }
    }
    for (int i = 0; inverse && i < SIZE; i++)
        v[i] = v[i] * power(SIZE, modulus - 2) % modulus;
}

int program(void)
{
    static u32 a[SIZE], b[SIZE], product[SIZE];
    for (int i = 0; i < SIZE / 2; i++) {
        a[i] = next_random() % modulus;
        b[i] = next_random() % modulus;
    }
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j <= i; j++)
            product[i] = (product[i] + (u64)a[j] * b[i - j]) % modulus;
    transform(a, 0);
    transform(b, 0);
    put_bytes(a, sizeof a);
    for (int i = 0; i < SIZE; i++)
        a[i] = (u64)a[i] * b[i] % modulus;
    transform(a, 1);
    put_bytes(a, sizeof a);
    return memcmp(a, product, sizeof a) != 0;
}
