/* variants: -O0 | -O2 */
/* The four operations and the conversions of binary32 on every pair of extreme operands. */
#include "float32.h"

static const u32 extremes[] = {
    0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x00000001, 0x807fffff, 0x00800000,
    0x7f7fffff, 0x3f800001, 0x40490fdb, 0x4b800001, 0xcb000000, 0x34000000, 0x33ffffff, 0x1e3ce508, 0x5f000000,
};

int program(void)
{
    u64 sum = 0;
    if (1.5f * 2.25f + 0.125f != 3.5f || 1.0f / 3.0f != 0.333333343267440795898f)
        return 1;
    for (u64 i = 0; i < COUNT(extremes) * COUNT(extremes) + 300; i++) {
        int random = i >= COUNT(extremes) * COUNT(extremes);
        float a = f32_from_bits(random ? next_random() : extremes[i / COUNT(extremes)]);
        float b = f32_from_bits(random ? f32_bits(a) + (i32)(next_random() >> (33 + i % 28)) : extremes[i % COUNT(extremes)]);
        sum = rotate_left64(sum, 5) ^ ((u64)f32_bits(a + b) << 32 | f32_bits(a - b));
        sum = rotate_left64(sum, 5) ^ ((u64)f32_bits(a * b) << 32 | f32_bits(a / b));
        sum += (i64)a ^ (i32)b ^ f32_bits((i64)a);
        put(sum + (a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a > b) + 16 * (a >= b) + 32 * (a != b));
    }
    return 0;
}
