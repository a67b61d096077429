/* Dynamic programming: longest common subsequence, edit distance, knapsack. */
#include "corpus.h"

static u64 length(const char *s)
{
    u64 n = 0;
    while (s[n] != 0)
        n++;
    return n;
}

static u16 table[64][64];

static u16 common(const char *a, const char *b)
{
    u64 n = length(a), m = length(b);
    for (u64 i = 1; i <= n; i++)
        for (u64 j = 1; j <= m; j++) {
            u16 skip = table[i - 1][j] > table[i][j - 1] ? table[i - 1][j] : table[i][j - 1];
            table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1 : skip;
        }
    return table[n][m];
}

static u8 edits(const char *a, const char *b)
{
    u8 row[64];
    u64 n = length(a), m = length(b);
    for (u64 j = 0; j <= m; j++)
        row[j] = j;
    for (u64 i = 1; i <= n; i++) {
        u8 diagonal = row[0];
        row[0] = i;
        for (u64 j = 1; j <= m; j++) {
            u8 best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[m];
}

int program(void)
{
    static u64 value[500];
    if (edits("kitten", "sitting") != 3 || edits("", "abc") != 3)
        return 1;
    if (common("AGGTAB", "GXTXAYB") != 4)
        return 2;
    put(common("the quick brown fox jumps over", "a lazy dog sleeps under the oak"));
    put_bytes(table, sizeof table);
    for (int item = 0; item < 20; item++) {
        u64 weight = next_random() % 90 + 10, worth = next_random() % 1000;
        for (u64 w = COUNT(value) - 1; w >= weight; w--)
            if (value[w - weight] + worth > value[w])
                value[w] = value[w - weight] + worth;
    }
    put_bytes(value, sizeof value);
    return 0;
}
