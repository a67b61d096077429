/* variants: -O3 | -Os -mbranch-likely */
/* A two-dimensional convolution of int16 with saturation, and a moving maximum. */
#include "corpus.h"

enum { SIDE = 20 };

int program(void)
{
    static i16 image[SIDE][SIDE], out[SIDE][SIDE];
    static const i16 kernel[3][3] = { { -120, 33, 7 }, { 250, -999, 18 }, { 1, 2, -3 } };
    for (int i = 0; i < SIDE * SIDE; i++)
        image[i / SIDE][i % SIDE] = next_random();
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            i64 sum = 0;
            i16 greatest = -32768;
            for (int v = -1; v <= 1; v++)
                for (int u = -1; u <= 1; u++) {
                    if ((u32)(y + v) >= SIDE || (u32)(x + u) >= SIDE)
                        continue;
                    i16 pixel = image[y + v][x + u];
                    sum += pixel * kernel[v + 1][u + 1];
                    greatest = pixel > greatest ? pixel : greatest;
                }
            sum >>= 7;
            out[y][x] = (sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum) ^ greatest;
        }
    put_bytes(out, sizeof out);
    return 0;
}
