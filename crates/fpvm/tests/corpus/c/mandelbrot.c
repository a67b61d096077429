/* The Mandelbrot set in Q28. */
#include "corpus.h"

int program(void)
{
    for (int row = 0; row < 16; row++) {
        u8 line[40];
        for (int column = 0; column < 40; column++) {
            i64 a = (i64)(column * 3 - 84) * (1l << 28) / 40, b = (i64)(row * 2 - 16) * (1l << 28) / 14, x = 0, y = 0;
            u8 n = 0;
            for (; n < 60; n++) {
                i64 xx = x * x >> 28, yy = y * y >> 28;
                if (xx + yy > 4l << 28)
                    break;
                y = (x * y >> 27) + b;
                x = xx - yy + a;
            }
            line[column] = n;
        }
        put_bytes(line, sizeof line);
    }
    return 0;
}
