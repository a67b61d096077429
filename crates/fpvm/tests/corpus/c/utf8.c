/* UTF-8 written and read back, every malformed sequence replaced. */
#include "corpus.h"

static u64 encode(u32 c, u8 *out)
{
    if (c < 0x80)
        return out[0] = c, 1;
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    out[0] = (u8)(0x780 >> more) | c >> 6 * more;
    for (int i = 1; i <= more; i++)
        out[i] = 0x80 | (c >> 6 * (more - i) & 0x3f);
    return more + 1;
}

static u32 decode(const u8 **at, const u8 *end)
{
    u8 first = *(*at)++;
    if (first < 0x80)
        return first;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    u32 c = first & (0x3f >> more);
    if (first < 0xc2 || first > 0xf4)
        return 0xfffd;
    for (int i = 0; i < more; i++) {
        if (*at == end || (**at & 0xc0) != 0x80)
            return 0xfffd;
        c = c << 6 | (*(*at)++ & 0x3f);
    }
    int too_small = c < (more == 1 ? 0x80u : more == 2 ? 0x800u : 0x10000u);
    return too_small || c > 0x10ffff || (c >> 11 == 0x1b) ? 0xfffd : c;
}

int program(void)
{
    u8 bytes[64];
    for (u32 c = 1; c < 0x110000; c += c / 40 + 1) {
        const u8 *at = bytes, *end = bytes + encode(c, bytes);
        if (decode(&at, end) != (c >> 11 == 0x1b ? 0xfffd : c) || at != end)
            return 1;
    }
    for (int i = 0; i < 30; i++) {
        for (u64 j = 0; j < sizeof bytes; j++)
            bytes[j] = next_random() >> 56 | (j % 3 == 1 ? 0xc0 : 0x80);
        for (const u8 *at = bytes; at < bytes + sizeof bytes;)
            put(decode(&at, bytes + sizeof bytes));
    }
    return 0;
}
