/* variants: -O3 | -Os -mbranch-likely */
/* Copies between all alignments by words: what a packed structure makes of loads and stores. */
#include "corpus.h"

struct __attribute__((packed)) eight { u64 value; };
struct __attribute__((packed)) four { u32 value; };
struct __attribute__((packed)) two { i16 value; };

static void copy(u8 *to, const u8 *from, u64 size)
{
    for (; size >= 8; size -= 8, to += 8, from += 8)
        ((struct eight *)to)->value = ((const struct eight *)from)->value;
    for (; size >= 4; size -= 4, to += 4, from += 4)
        ((struct four *)to)->value = ((const struct four *)from)->value;
    for (; size >= 2; size -= 2, to += 2, from += 2)
        ((struct two *)to)->value = ((const struct two *)from)->value;
    if (size > 0)
        *to = *from;
}

int program(void)
{
    static u8 from[64], to[64];
    for (u64 i = 0; i < sizeof from; i++)
        from[i] = next_random();
    for (u64 a = 0; a < 8; a++)
        for (u64 b = 0; b < 8; b++) {
            u64 size = 1 + (a * 8 + b) % 48;
            memset(to, 0xa5, sizeof to);
            copy(to + b, from + a, size);
            if (memcmp(to + b, from + a, size) != 0 || to[b + size] != 0xa5)
                return 1;
            put_bytes(to, sizeof to);
            put(((struct two *)(from + a))->value);
            put((i32)((struct four *)(from + b))->value);
        }
    return 0;
}
