/* variants: -O3 | -Os -mbranch-likely */
/* A product of int8 matrices with requantisation: 64-bit product, half added, arithmetic shift, saturation. */
#include "corpus.h"

enum { N = 16, K = 24, M = 20 };

int program(void)
{
    static i8 a[N][K], b[K][M], c[N][M];
    for (int k = 0; k < K; k++) {
        for (int n = 0; n < N; n++)
            a[n][k] = next_random();
        for (int m = 0; m < M; m++)
            b[k][m] = next_random();
    }
    for (int n = 0; n < N; n++)
        for (int m = 0; m < M; m++) {
            i32 sum = m - n;
            for (int k = 0; k < K; k++)
                sum += a[n][k] * b[k][m];
            i64 scaled = ((i64)sum * 1234567 + (1l << 29)) >> 30;
            c[n][m] = scaled > 127 ? 127 : scaled < -128 ? -128 : scaled;
        }
    put_bytes(c, sizeof c);
    return 0;
}
