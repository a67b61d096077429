/* variants: -O0 | -O2 */
/* Structures with bit fields, signed and unsigned, which become extractions and insertions. */
#include "corpus.h"

struct fields {
    u64 a : 3, b : 17, c : 30, d : 14;
    i64 e : 5, f : 40, g : 19;
    u32 h : 1, i : 31;
    i32 j : 9, k : 23;
};

int program(void)
{
    struct fields s = { 0 };
    for (int n = 0; n < 100; n++) {
        u64 x = next_random();
        switch (n % 11) {
        case 0: s.a = x; break;
        case 1: s.b = x; break;
        case 2: s.c += x; break;
        case 3: s.d ^= x; break;
        case 4: s.e = x; break;
        case 5: s.f -= x; break;
        case 6: s.g = x >> 7; break;
        case 7: s.h = !s.h; break;
        case 8: s.i = x; break;
        case 9: s.j = x; break;
        default: s.k *= (i32)x;
        }
        put_bytes(&s, sizeof s);
        put(s.a + s.b * 3 + s.c * 5 + s.d * 7 + s.e * 11 + s.f * 13 + s.g * 17 + s.h + s.i + s.j + s.k);
    }
    return 0;
}
