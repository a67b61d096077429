/* Canonical Huffman codes of a skewed source, encoded and decoded. */
#include "corpus.h"

enum { SYMBOLS = 24, SIZE = 600 };

static u32 weight[2 * SYMBOLS], parent[2 * SYMBOLS], code[SYMBOLS], bits[SYMBOLS];
static u8 message[SIZE], stream[SIZE];

static void make_codes(void)
{
    int nodes = SYMBOLS;
    for (; nodes < 2 * SYMBOLS - 1; nodes++) {
        for (int pick = 0; pick < 2; pick++) {
            int least = -1;
            for (int i = 0; i < nodes; i++)
                if (parent[i] == 0 && (least < 0 || weight[i] < weight[least]))
                    least = i;
            parent[least] = nodes;
            weight[nodes] += weight[least];
        }
    }
    for (int i = 0; i < SYMBOLS; i++)
        for (u32 node = i; parent[node] != 0; node = parent[node])
            bits[i]++;
    u32 next = 0;
    for (u32 length = 1; length < 32; length++, next <<= 1)
        for (int i = 0; i < SYMBOLS; i++)
            if (bits[i] == length)
                code[i] = next++;
}

int program(void)
{
    u64 at = 0;
    for (int i = 0; i < SYMBOLS; i++)
        weight[i] = 1;
    for (int i = 0; i < SIZE; i++) {
        message[i] = __builtin_clzl(next_random() | 1ul << (64 - SYMBOLS));
        weight[message[i]]++;
    }
    make_codes();
    for (int i = 0; i < SIZE; i++)
        for (u32 bit = bits[message[i]]; bit-- > 0; at++)
            stream[at / 8] |= (code[message[i]] >> bit & 1) << at % 8;
    put(at);
    put_bytes(stream, at / 64 * 8);
    put_bytes(bits, sizeof bits);
    at = 0;
    for (int i = 0; i < SIZE; i++) {
        u32 read = 0, length = 0;
        int symbol = SYMBOLS;
        while (symbol == SYMBOLS) {
            read = read << 1 | (stream[at / 8] >> at % 8 & 1), at++, length++;
            for (symbol = 0; symbol < SYMBOLS && (bits[symbol] != length || code[symbol] != read);)
                symbol++;
        }
        if (symbol != message[i])
            return 1;
    }
    return 0;
}
