/* variants: -O0 | -O2 */
/* Structures of all sizes as arguments and results, in registers and in memory. */
#include "corpus.h"

struct s1 { u8 a; };
struct s3 { u8 a, b, c; };
struct s7 { u16 a; u32 b; } __attribute__((packed));
struct s16 { u64 a; i32 b; };
struct s24 { u64 a, b, c; };
struct s65 { u8 bytes[65]; };

static __attribute__((noinline)) struct s3 widen(struct s1 x) { return (struct s3){ x.a, x.a * 2, ~x.a }; }
static __attribute__((noinline)) struct s7 pack(struct s3 x, u8 y) { return (struct s7){ x.a | x.b << 8, x.c * y }; }
static __attribute__((noinline)) struct s16 pair(struct s7 x, struct s3 y) { return (struct s16){ x.a * 3ul + y.b, -(i32)x.b }; }
static __attribute__((noinline)) struct s24 triple(struct s16 x, int a, struct s16 y, int b) { return (struct s24){ x.a ^ y.a, a - b, x.b * (i64)y.b }; }
static __attribute__((noinline)) struct s65 fill(struct s24 x, int a, int b, int c, int d, int e, int f, struct s24 y)
{
    struct s65 r;
    for (u64 i = 0; i < sizeof r.bytes; i++)
        r.bytes[i] = x.a * i + y.c + a + b * c - d + (e ^ f);
    return r;
}
static __attribute__((noinline)) u64 sum(struct s65 x, struct s1 y)
{
    u64 total = y.a;
    for (u64 i = 0; i < sizeof x.bytes; i++)
        total = total * 33 + x.bytes[i];
    x.bytes[0] = 0;
    return total;
}

int program(void)
{
    for (int i = 0; i < 40; i++) {
        struct s1 one = { next_random() };
        struct s3 three = widen(one);
        struct s7 seven = pack(three, i);
        struct s16 sixteen = pair(seven, three);
        struct s24 more = triple(sixteen, i, pair(seven, widen((struct s1){ i })), -i);
        struct s65 most = fill(more, 1, 2, i, 4, 5, i, more);
        put_bytes(&seven, sizeof seven);
        put_bytes(&more, sizeof more);
        put(sum(most, one) ^ sum(most, one) * 3);
    }
    return 0;
}
