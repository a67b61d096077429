/* A stable merge sort of records of 12 bytes by a key of 8 bits. */
#include "corpus.h"

struct record {
    u16 number;
    i8 key;
    u8 tag;
    u32 a, b;
};

static struct record records[200], scratch[200];

static void merge_sort(struct record *v, u64 n)
{
    if (n < 2)
        return;
    u64 half = n / 2, i = 0, j = half;
    merge_sort(v, half);
    merge_sort(v + half, n - half);
    for (u64 k = 0; k < n; k++)
        scratch[k] = j == n || (i < half && v[i].key <= v[j].key) ? v[i++] : v[j++];
    for (u64 k = 0; k < n; k++)
        v[k] = scratch[k];
}

int program(void)
{
    for (u64 i = 0; i < COUNT(records); i++) {
        u64 x = next_random();
        records[i] = (struct record){ i, x % 40 - 20, x >> 8, x >> 16, x >> 32 };
    }
    merge_sort(records, COUNT(records));
    for (u64 i = 1; i < COUNT(records); i++) {
        struct record *a = &records[i - 1], *b = &records[i];
        if (a->key > b->key || (a->key == b->key && a->number >= b->number))
            return 1;
    }
    put_bytes(records, sizeof records);
    return 0;
}
