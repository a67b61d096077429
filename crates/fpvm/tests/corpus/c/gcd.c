/* Greatest common divisors: Euclid's, binary, and extended with its identity checked. */
#include "corpus.h"

static u64 euclid(u64 a, u64 b) { return b == 0 ? a : euclid(b, a % b); }

static u64 binary(u64 a, u64 b)
{
    if (a == 0 || b == 0)
        return a | b;
    int shift = __builtin_ctzl(a | b);
    a >>= __builtin_ctzl(a);
    do {
        b >>= __builtin_ctzl(b);
        if (a > b) {
            u64 t = a;
            a = b;
            b = t;
        }
        b -= a;
    } while (b != 0);
    return a << shift;
}

static i64 extended(i64 a, i64 b, i64 *x, i64 *y)
{
    if (b == 0) {
        *x = 1, *y = 0;
        return a;
    }
    i64 u, v, g = extended(b, a % b, &u, &v);
    *x = v, *y = u - a / b * v;
    return g;
}

int program(void)
{
    for (int i = 0; i < 60; i++) {
        u64 common = next_random() >> 48, a = (next_random() >> 20) / (common + 1) * common, b = (next_random() >> (16 + i % 40)) * common;
        i64 x, y, g = extended(a >> 1, b >> 1, &x, &y);
        if (euclid(a, b) != binary(a, b) || (i64)(a >> 1) * x + (i64)(b >> 1) * y != g)
            return 1;
        put(euclid(a, b));
        put(x ^ y);
    }
    return 0;
}
