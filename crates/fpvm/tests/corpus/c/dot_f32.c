/* Dot products, a softmax denominator and a square root in binary32, as a kernel orders them. */
#include "float32.h"

static float root(float x)
{
    float y = x > 1 ? x : 1;
    for (int i = 0; i < 30; i++)
        y = (y + x / y) / 2;
    return y;
}

int program(void)
{
    float a[64], b[64], lanes[16] = { 0 };
    for (int i = 0; i < 64; i++) {
        a[i] = (float)((i64)next_random() >> 40) / 65536;
        b[i] = (float)((i64)next_random() >> 44) / 1024;
    }
    for (int n = 1; n <= 64; n *= 2) {
        float sum = 0;
        for (int i = 0; i < n; i++)
            sum += a[i] * b[i];
        put(f32_bits(sum));
        put(f32_bits(root(sum * sum + n)));
    }
    for (int i = 0; i < 64; i++)
        lanes[i % 16] += a[i] > b[i] ? a[i] : b[i];
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lanes[i] += lanes[i + half];
    put(f32_bits(lanes[0]));
    for (int i = 0; i < 64; i++)
        put(f32_bits(a[i] / lanes[0]));
    return root(2) != 1.41421354f;
}
