/* variants: -O0 | -O2 */
/* Bit tricks on double words. */
#include "corpus.h"

static int population(u64 x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    return (x + (x >> 4) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56;
}

static u64 reverse(u64 x)
{
    x = (x & 0x5555555555555555) << 1 | (x >> 1 & 0x5555555555555555);
    x = (x & 0x3333333333333333) << 2 | (x >> 2 & 0x3333333333333333);
    x = (x & 0x0f0f0f0f0f0f0f0f) << 4 | (x >> 4 & 0x0f0f0f0f0f0f0f0f);
    return __builtin_bswap64(x);
}

static u64 interleave(u32 a, u32 b)
{
    u64 code = 0;
    for (int i = 0; i < 32; i++)
        code |= (u64)(a >> i & 1) << 2 * i | (u64)(b >> i & 1) << (2 * i + 1);
    return code;
}

static u64 square_root(u64 n)
{
    u64 root = 0;
    for (u64 bit = 1ul << 31; bit > 0; bit >>= 1)
        if ((root | bit) * (root | bit) <= n)
            root |= bit;
    return root;
}

int program(void)
{
    for (int i = 0; i < 100; i++) {
        u64 x = next_random() >> i % 64, gray = x ^ x >> 1;
        int slow = 0;
        for (u64 rest = x; rest != 0; rest &= rest - 1)
            slow++;
        if (slow != population(x) || reverse(reverse(x)) != x)
            return 1;
        for (int shift = 1; shift < 64; shift *= 2)
            gray ^= gray >> shift;
        if (gray != x)
            return 2;
        put(reverse(x));
        put(interleave(x, x >> 32));
        put(square_root(x));
        put(__builtin_bswap32(x) + ((u64)__builtin_bswap16(x) << 32));
        put(x == 0 ? 64 : __builtin_clzl(x) << 8 | __builtin_ctzl(x));
        put((u32)x == 0 ? 32 : __builtin_clz((u32)x) << 8 | __builtin_ctz((u32)x));
        put(rotate_left64(x, i) ^ rotate_left32(x, i % 32));
    }
    return 0;
}
