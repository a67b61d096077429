/* Compression with back references into the last 4 KiB, and its inverse. */
#include "corpus.h"

static u8 text[2000], packed[4000], unpacked[2000];

static u64 compress(const u8 *in, u64 size, u8 *out)
{
    static u16 last[4096];
    u64 to = 0, literals = 0;
    memset(last, 0xff, sizeof last);
    for (u64 i = 0; i < size;) {
        u64 best = 0, from = 0xffff;
        if (i + 3 < size) {
            u32 hash = (in[i] | in[i + 1] << 8 | in[i + 2] << 16) * 2654435761u >> 20;
            from = last[hash];
            last[hash] = i;
            while (from != 0xffff && best < 130 && i + best < size && in[from + best] == in[i + best])
                best++;
        }
        if (best < 4) {
            if (literals == 0 || out[literals - 1] == 127)
                out[to] = 0, literals = ++to;
            else
                out[literals - 1]++;
            out[to++] = in[i++];
        } else {
            out[to++] = 0x80 | (best - 4);
            out[to++] = i - from;
            out[to++] = (i - from) >> 8;
            i += best;
            literals = 0;
        }
    }
    return to;
}

static u64 decompress(const u8 *in, u64 size, u8 *out)
{
    u64 to = 0;
    for (u64 i = 0; i < size;) {
        u8 head = in[i++];
        u64 distance = to - i;
        u64 count = head + 1;
        if (head & 0x80) {
            distance = in[i] | in[i + 1] << 8;
            i += 2;
            for (count = (head & 0x7f) + 4; count > 0; count--, to++)
                out[to] = out[to - distance];
        }
        for (; count > 0; count--)
            out[to++] = in[i++];
    }
    return to;
}

int program(void)
{
    static const char *words[] = { "step ", "proof ", "state ", "root ", "of a ", "machine ", "memory ", "leaf " };
    u64 size = 0;
    while (size < sizeof text - 8) {
        const char *word = words[next_random() >> 61];
        while (*word != 0)
            text[size++] = *word++;
    }
    u64 small = compress(text, size, packed);
    put(small);
    put_bytes(packed, small & ~7ul);
    if (small > size / 2 || decompress(packed, small, unpacked) != size)
        return 1;
    return memcmp(text, unpacked, size) != 0 ? 2 : 0;
}
