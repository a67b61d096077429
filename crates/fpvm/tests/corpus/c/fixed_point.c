/* Sine and cosine by CORDIC in Q30, square root and reciprocal in Q16. */
#include "corpus.h"

static const i32 angles[] = {
    843314857, 497837829, 263043837, 133525159, 67021687, 33543516, 16775851, 8388437, 4194283, 2097149,
    1048576, 524288, 262144, 131072, 65536, 32768, 16384, 8192, 4096, 2048, 1024, 512, 256, 128,
};

static void rotate(i32 angle, i32 *cosine, i32 *sine)
{
    i32 x = 652032874, y = 0;
    for (u64 i = 0; i < COUNT(angles); i++) {
        i32 s = angle < 0 ? -1 : 1, u = x - s * (y >> i);
        y += s * (x >> i);
        x = u;
        angle -= s * angles[i];
    }
    *cosine = x, *sine = y;
}

static u32 root(u32 q16)
{
    u64 n = (u64)q16 << 16, x = n == 0 ? 0 : 1ul << 32;
    for (u64 next; x > 0 && (next = (x + n / x) / 2) < x;)
        x = next;
    return x;
}

int program(void)
{
    for (i32 angle = -1600000000; angle < 1600000000; angle += 40000000) {
        i32 c, s;
        rotate(angle, &c, &s);
        i64 error = (((i64)c * c + (i64)s * s) >> 30) - (1 << 30);
        if (error > 2000 || error < -2000)
            return 1;
        put((u64)(u32)c << 32 | (u32)s);
    }
    for (u32 q = 1; q < 0x80000000; q += q / 3 + 1) {
        u64 r = root(q);
        if (r * r > (u64)q << 16 || (r + 1) * (r + 1) <= (u64)q << 16)
            return 2;
        put(r << 32 | (u32)((1ul << 32) / q));
    }
    return 0;
}
