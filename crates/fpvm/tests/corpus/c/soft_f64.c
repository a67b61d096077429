/* The four operations and the conversions of binary64 on every pair of extreme operands. */
#include "float64.h"

static const u64 extremes[] = {
    0, 1ul << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 1,
    0x800fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x3ff0000000000001, 0x400921fb54442d18, 0x4340000000000001,
    0xc330000000000000, 0x3cb0000000000000, 0x3cafffffffffffff, 0x1ff6a09e667f3bcd, 0x43e0000000000000,
};

int program(void)
{
    u64 sum = 0;
    if (1.5 * 2.25 + 0.125 != 3.5 || 1.0 / 3.0 != 0.333333333333333314829616256247390992939472198486328125)
        return 1;
    for (u64 i = 0; i < COUNT(extremes) * COUNT(extremes) + 300; i++) {
        int random = i >= COUNT(extremes) * COUNT(extremes);
        double a = f64_from_bits(random ? next_random() : extremes[i / COUNT(extremes)]);
        double b = f64_from_bits(random ? f64_bits(a) + ((i64)next_random() >> i % 60) : extremes[i % COUNT(extremes)]);
        sum = rotate_left64(sum, 5) ^ f64_bits(a + b);
        sum = rotate_left64(sum, 5) ^ f64_bits(a - b);
        sum = rotate_left64(sum, 5) ^ f64_bits(a * b);
        sum = rotate_left64(sum, 5) ^ f64_bits(a / b);
        sum += (i64)a ^ (i64)b ^ f64_bits((i64)a);
        put(sum + (a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a > b) + 16 * (a >= b) + 32 * (a != b));
    }
    return 0;
}
