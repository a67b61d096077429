/* Quicksort with insertion sort below eight elements, on signed words. */
#include "corpus.h"

static void insertion(i32 *v, i64 n)
{
    for (i64 i = 1; i < n; i++) {
        i32 x = v[i];
        i64 j = i;
        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
}

static void quick(i32 *v, i64 n)
{
    while (n > 8) {
        i32 pivot = v[n / 2];
        i64 i = 0, j = n - 1;
        while (i <= j) {
            while (v[i] < pivot) i++;
            while (v[j] > pivot) j--;
            if (i <= j) {
                i32 t = v[i];
                v[i++] = v[j];
                v[j--] = t;
            }
        }
        quick(v, j + 1);
        v += i;
        n -= i;
    }
    insertion(v, n);
}

int program(void)
{
    static i32 v[500];
    for (u64 i = 0; i < COUNT(v); i++)
        v[i] = (i32)next_random() >> (i % 32);
    quick(v, COUNT(v));
    for (u64 i = 1; i < COUNT(v); i++)
        if (v[i - 1] > v[i])
            return 1;
    put_bytes(v, sizeof v);
    return 0;
}
