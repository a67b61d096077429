/* A chaotic map and a planet's orbit in binary64: an error in any bit grows until it is everywhere. */
#include "float64.h"

int program(void)
{
    double x = 0.1, px = 1, py = 0, vx = 0, vy = 1.1, h = 1.0 / 64;
    for (int i = 0; i < 200; i++)
        x = 3.9 * x * (1 - x);
    put(f64_bits(x));
    for (int i = 0; i < 100; i++) {
        double r2 = px * px + py * py, r = r2;
        for (int k = 0; k < 6; k++)
            r = (r + r2 / r) / 2;
        vx -= h * px / (r2 * r);
        vy -= h * py / (r2 * r);
        px += h * vx;
        py += h * vy;
        if (i % 4 == 0) {
            put(f64_bits(px));
            put(f64_bits(py));
        }
    }
    return 0;
}
