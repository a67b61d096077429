/* The searching automaton of Aho and Corasick, and a table-driven scanner of numbers. */
#include "corpus.h"

enum { NODES = 32 };

static u8 next[NODES][4], fail[NODES], ends[NODES];

static int scan_number(const char *s)
{
    /* States: start, sign, digits, point, fraction, bad. Classes: sign, digit, point, other. */
    static const u8 table[6][4] = { { 1, 2, 3, 5 }, { 5, 2, 3, 5 }, { 5, 2, 3, 5 }, { 5, 4, 5, 5 }, { 5, 4, 5, 5 }, { 5, 5, 5, 5 } };
    int state = 0;
    for (; *s != 0; s++) {
        int class = *s == '+' || *s == '-' ? 0 : *s >= '0' && *s <= '9' ? 1 : *s == '.' ? 2 : 3;
        state = table[state][class];
    }
    return state == 2 || state == 4;
}

int program(void)
{
    static const char *words[] = { "abc", "bca", "cab", "aab", "dd", "abcd", "b" };
    static const char *numbers[] = { "1", "-12.5", ".5", "+.", "1.", "--1", "3a", "00.00" };
    u8 queue[NODES], nodes = 1, head = 0, tail = 0;
    u64 hits[COUNT(words)] = { 0 };
    for (u64 w = 0; w < COUNT(words); w++) {
        u8 at = 0;
        for (const char *c = words[w]; *c != 0; c++) {
            if (next[at][*c - 'a'] == 0)
                next[at][*c - 'a'] = nodes++;
            at = next[at][*c - 'a'];
        }
        ends[at] |= 1 << w;
    }
    for (int c = 0; c < 4; c++)
        if (next[0][c] != 0)
            queue[tail++] = next[0][c];
    while (head < tail) {
        u8 at = queue[head++];
        ends[at] |= ends[fail[at]];
        for (int c = 0; c < 4; c++) {
            u8 child = next[at][c], other = next[fail[at]][c];
            if (child == 0) {
                next[at][c] = other;
            } else {
                fail[child] = other;
                queue[tail++] = child;
            }
        }
    }
    u8 at = 0;
    for (int i = 0; i < 3000; i++) {
        at = next[at][next_random() >> 62];
        for (u64 w = 0; w < COUNT(words); w++)
            hits[w] += ends[at] >> w & 1;
    }
    put_bytes(hits, sizeof hits);
    put_bytes(next, sizeof next);
    for (u64 n = 0; n < COUNT(numbers); n++)
        if (scan_number(numbers[n]) != (0x87 >> n & 1))
            return 1;
    return 0;
}
