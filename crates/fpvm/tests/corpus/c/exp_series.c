/* exp, sine and the logarithm of binary64 by series; e has a known last digit. */
#include "float64.h"

static double exponential(double x)
{
    double term = 1, sum = 1;
    for (int n = 1; n < 40; n++) {
        term = term * x / n;
        sum += term;
    }
    return sum;
}

static double sine(double x)
{
    double term = x, sum = x;
    for (int n = 3; n < 30; n += 2) {
        term = -term * x * x / (n * (n - 1));
        sum += term;
    }
    return sum;
}

static double logarithm(double x)
{
    double y = 0;
    for (int i = 0; i < 8; i++)
        y += 2 * (x - exponential(y)) / (x + exponential(y));
    return y;
}

int program(void)
{
    u64 e = f64_bits(exponential(1));
    if (e - 0x4005bf0a8b145768 > 2)
        return 1;
    for (int i = -12; i < 12; i++) {
        double x = i / 3.0;
        put(f64_bits(exponential(x)));
        put(f64_bits(sine(x)));
        if (i > 9)
            put(f64_bits(logarithm(x)));
    }
    return 0;
}
