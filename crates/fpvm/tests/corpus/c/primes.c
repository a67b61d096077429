/* A sieve of bits, and Miller and Rabin's test: there are 2262 primes below 20000. */
#include "corpus.h"

static u64 power(u64 base, u64 exponent, u64 modulus)
{
    u64 result = 1;
    for (base %= modulus; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}

static int probably_prime(u64 n)
{
    static const u8 witnesses[] = { 2, 7, 61 };
    int twos = __builtin_ctzl(n - 1);
    for (u64 i = 0; i < COUNT(witnesses); i++) {
        u64 x = power(witnesses[i], n - 1 >> twos, n);
        int ok = witnesses[i] % n == 0 || x == 1 || x == n - 1;
        for (int r = 1; r < twos && !ok; r++) {
            x = x * x % n;
            ok = x == n - 1;
        }
        if (!ok)
            return 0;
    }
    return 1;
}

int program(void)
{
    static u8 composite[20000 / 8];
    int count = 0;
    for (u32 n = 2; n < 20000; n++) {
        if (composite[n / 8] >> n % 8 & 1)
            continue;
        count++;
        for (u32 m = n * n; m < 20000 && n < 142; m += n)
            composite[m / 8] |= 1 << m % 8;
    }
    if (count != 2262)
        return 1;
    put_bytes(composite, sizeof composite);
    for (u32 n = 3; n < 1500; n += 2)
        if (probably_prime(n) == (composite[n / 8] >> n % 8 & 1))
            return 2;
    for (u64 n = 4294967291; n > 4294967000; n -= 2)
        put(n << 1 | probably_prime(n));
    return 0;
}
