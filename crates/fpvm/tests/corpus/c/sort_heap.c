/* Heapsort on unsigned double words. */
#include "corpus.h"

static void sift(u64 *v, u64 root, u64 end)
{
    for (u64 child; (child = 2 * root + 1) < end; root = child) {
        child += child + 1 < end && v[child] < v[child + 1];
        if (v[root] >= v[child])
            return;
        u64 t = v[root];
        v[root] = v[child];
        v[child] = t;
    }
}

int program(void)
{
    static u64 v[300];
    u64 n = COUNT(v);
    for (u64 i = 0; i < n; i++)
        v[i] = next_random() << i % 60;
    for (u64 i = n / 2; i-- > 0;)
        sift(v, i, n);
    for (u64 end = n; end-- > 1;) {
        u64 t = v[0];
        v[0] = v[end];
        v[end] = t;
        sift(v, 0, end);
    }
    for (u64 i = 1; i < n; i++)
        if (v[i - 1] > v[i])
            return 1;
    put_bytes(v, sizeof v);
    return 0;
}
