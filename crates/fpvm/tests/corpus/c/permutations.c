/* Permutations by Heap's algorithm and in lexicographic order, ranked and unranked; partitions counted. */
#include "corpus.h"

static u64 rank(const u8 *p, int n)
{
    u64 r = 0;
    for (int i = 0; i < n; i++) {
        u64 smaller = 0;
        for (int j = i + 1; j < n; j++)
            smaller += p[j] < p[i];
        r = r * (n - i) + smaller;
    }
    return r;
}

static int successor(u8 *p, int n)
{
    int i = n - 2, j = n - 1;
    while (i >= 0 && p[i] > p[i + 1])
        i--;
    if (i < 0)
        return 0;
    while (p[j] < p[i])
        j--;
    u8 t = p[i];
    p[i] = p[j], p[j] = t;
    for (i++, j = n - 1; i < j; i++, j--)
        t = p[i], p[i] = p[j], p[j] = t;
    return 1;
}

static u64 hash;

static void heap(u8 *p, int k, int n)
{
    if (k == 1) {
        hash = hash * 31 + rank(p, n);
        return;
    }
    for (int i = 0; i < k; i++) {
        heap(p, k - 1, n);
        int with = k % 2 == 0 ? i : 0;
        u8 t = p[with];
        p[with] = p[k - 1], p[k - 1] = t;
    }
}

int program(void)
{
    u8 p[8] = { 0, 1, 2, 3, 4, 5 };
    u64 count = 0, ways[101] = { 1 };
    heap(p, 6, 6);
    put(hash);
    for (int i = 0; i < 6; i++)
        p[i] = i;
    do
        if (rank(p, 6) != count++)
            return 1;
    while (successor(p, 6));
    if (count != 720)
        return 2;
    for (int part = 1; part <= 100; part++)
        for (int n = part; n <= 100; n++)
            ways[n] += ways[n - part];
    put_bytes(ways, sizeof ways);
    return ways[100] != 190569292 ? 3 : 0;
}
