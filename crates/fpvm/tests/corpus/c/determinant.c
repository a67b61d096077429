/* Determinants without fractions (Bareiss), checked by exchanging two rows and by Cramer-free expansion of 3 × 3. */
#include "corpus.h"

enum { MOST = 6 };

static i64 determinant(i64 m[MOST][MOST], int n)
{
    i64 sign = 1, previous = 1;
    for (int k = 0; k < n - 1; k++) {
        int pivot = k;
        while (pivot < n && m[pivot][k] == 0)
            pivot++;
        if (pivot == n)
            return 0;
        for (int j = 0; pivot != k && j < n; j++) {
            i64 t = m[k][j];
            m[k][j] = m[pivot][j];
            m[pivot][j] = t;
        }
        sign = pivot != k ? -sign : sign;
        for (int i = k + 1; i < n; i++)
            for (int j = k + 1; j < n; j++)
                m[i][j] = (m[i][j] * m[k][k] - m[i][k] * m[k][j]) / previous;
        previous = m[k][k];
    }
    return sign * m[n - 1][n - 1];
}

int program(void)
{
    static i64 m[MOST][MOST], copy[MOST][MOST];
    for (int round = 0; round < 40; round++) {
        int n = 3 + round % 4;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                m[i][j] = (i64)next_random() >> 57;
        memcpy(copy, m, sizeof m);
        i64 expanded = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
        memcpy(copy[0], m[1], sizeof m[0]);
        memcpy(copy[1], m[0], sizeof m[0]);
        i64 d = determinant(m, n);
        if (determinant(copy, n) != -d || (n == 3 && d != expanded))
            return 1;
        put(d);
    }
    return 0;
}
