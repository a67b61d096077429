/* variants: -O0 | -O2 */
/* Calls through tables, callbacks with contexts, a chain of handlers and a method table in a structure. */
#include "corpus.h"

typedef u64 (*operation)(u64, u64);

static u64 add(u64 a, u64 b) { return a + b; }
static u64 mix(u64 a, u64 b) { return a ^ rotate_left64(b, 11); }
static u64 scale(u64 a, u64 b) { return a * (b | 1); }
static u64 share(u64 a, u64 b) { return a / (b % 97 + 1); }

static operation const table[] = { add, mix, scale, share };

struct shape {
    const struct methods { u64 (*area)(const struct shape *); void (*grow)(struct shape *, u64); } *methods;
    u64 width, height;
};

static u64 rectangle_area(const struct shape *s) { return s->width * s->height; }
static u64 triangle_area(const struct shape *s) { return s->width * s->height / 2; }
static void grow_both(struct shape *s, u64 by) { s->width += by, s->height += by; }
static void grow_width(struct shape *s, u64 by) { s->width *= by; }

static const struct methods rectangle = { rectangle_area, grow_both }, triangle = { triangle_area, grow_width };

static u64 fold(const u64 *values, u64 count, u64 start, u64 (*each)(void *, u64, u64), void *context)
{
    while (count-- > 0)
        start = each(context, start, *values++);
    return start;
}

static u64 weighted(void *context, u64 a, u64 b) { return a * *(u64 *)context + b; }

static operation pick(u64 n) { return n % 3 == 0 ? mix : table[n % COUNT(table)]; }

int program(void)
{
    struct shape shapes[] = { { &rectangle, 3, 4 }, { &triangle, 5, 6 } };
    u64 values[32], x = 1, weight = 31;
    for (u64 i = 0; i < COUNT(values); i++) {
        x = table[i % COUNT(table)](x, next_random());
        x = pick(x)(x, i);
        values[i] = x;
        struct shape *s = &shapes[x % 2];
        s->methods->grow(s, i % 5);
        put(x);
        put(s->methods->area(s));
    }
    put(fold(values, COUNT(values), 7, weighted, &weight));
    return 0;
}
