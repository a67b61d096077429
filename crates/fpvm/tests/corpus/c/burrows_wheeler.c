/* The Burrows-Wheeler transform with move to front, and both inverses. */
#include "corpus.h"

enum { SIZE = 120 };

static u8 text[SIZE], last[SIZE], moved[SIZE], back[SIZE];

static int less(int a, int b)
{
    for (int i = 0; i < SIZE; i++) {
        u8 x = text[(a + i) % SIZE], y = text[(b + i) % SIZE];
        if (x != y)
            return x < y;
    }
    return 0;
}

int program(void)
{
    u8 order[256];
    int rows[SIZE], start[257] = { 0 }, next[SIZE], row = 0;
    for (int i = 0; i < SIZE; i++)
        text[i] = "abracadabra, panama! "[i * i % 21];
    for (int i = 0; i < SIZE; i++) {
        int j = i;
        for (; j > 0 && less(i, rows[j - 1]); j--)
            rows[j] = rows[j - 1];
        rows[j] = i;
    }
    for (int i = 0; i < SIZE; i++) {
        last[i] = text[(rows[i] + SIZE - 1) % SIZE];
        row = rows[i] == 0 ? i : row;
    }
    for (int i = 0; i < 256; i++)
        order[i] = i;
    for (int i = 0; i < SIZE; i++) {
        u8 at = 0;
        while (order[at] != last[i])
            at++;
        moved[i] = at;
        memmove(order + 1, order, at);
        order[0] = last[i];
    }
    put_bytes(last, SIZE);
    put_bytes(moved, SIZE);
    for (int i = 0; i < SIZE; i++)
        start[last[i] + 1]++;
    for (int i = 0; i < 256; i++)
        start[i + 1] += start[i];
    for (int i = 0; i < SIZE; i++)
        next[start[last[i]]++] = i;
    for (int i = 0; i < SIZE; i++) {
        row = next[row];
        back[i] = last[row];
    }
    return memcmp(back, text, SIZE) != 0;
}
