/* Days since 1970 and the Gregorian calendar, both ways, over several centuries before and after. */
#include "corpus.h"

static i64 floor_divide(i64 a, i64 b) { return a / b - (a % b < 0); }

static i64 days(i64 y, int m, int d)
{
    y -= m <= 2;
    i64 era = floor_divide(y, 400), of_era = y - era * 400;
    i64 of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil(i64 z, i64 *y, int *m, int *d)
{
    z += 719468;
    i64 era = floor_divide(z, 146097), of_era = z - era * 146097;
    i64 year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    i64 of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    *d = of_year - (153 * month + 2) / 5 + 1;
    *m = month + (month < 10 ? 3 : -9);
    *y = year + era * 400 + (*m <= 2);
}

int program(void)
{
    i64 y;
    int m, d;
    if (days(1970, 1, 1) != 0 || days(2000, 3, 1) != 11017 || days(1, 1, 1) != -719162)
        return 1;
    for (i64 z = -1000000; z < 1000000; z += 1789) {
        civil(z, &y, &m, &d);
        if (days(y, m, d) != z)
            return 2;
        put(y * 10000 + m * 100 + d);
    }
    return 0;
}
