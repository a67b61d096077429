/* variants: -O0 | -O2 */
/* The usual string functions, byte by byte and by words with the zero-byte trick. */
#include "corpus.h"

static u64 length(const char *s)
{
    u64 n = 0;
    while (s[n] != 0)
        n++;
    return n;
}

static u64 length_by_words(const char *s)
{
    const u64 ones = 0x0101010101010101;
    const u64 *w = (const u64 *)s;
    while (((*w - ones) & ~*w & ones << 7) == 0)
        w++;
    return (const char *)w - s + length((const char *)w);
}

static int compare(const char *a, const char *b)
{
    while (*a != 0 && *a == *b)
        a++, b++;
    return (u8)*a - (u8)*b;
}

static const char *find(const char *s, const char *what)
{
    for (; *s != 0; s++) {
        u64 n = 0;
        while (what[n] != 0 && s[n] == what[n])
            n++;
        if (what[n] == 0)
            return s;
    }
    return 0;
}

static char *decimal(i64 value, char *end)
{
    u64 left = value < 0 ? -(u64)value : (u64)value;
    *--end = 0;
    do
        *--end = '0' + left % 10;
    while ((left /= 10) > 0);
    if (value < 0)
        *--end = '-';
    return end;
}

static i64 parse(const char *s)
{
    int negative = *s == '-';
    u64 value = 0;
    for (s += negative; *s >= '0' && *s <= '9'; s++)
        value = 10 * value + (*s - '0');
    return negative ? -value : value;
}

int program(void)
{
    static char text[256] __attribute__((aligned(8))) = "it was the best of times, it was the worst of times";
    char digits[24];
    if (length(text) != 51 || length_by_words(text) != 51)
        return 1;
    if (find(text, "worst") != text + 37 || find(text, "wurst") != 0)
        return 2;
    for (u64 i = 0; i < 51; i++)
        put((u64)compare(text + i, "it was") << 32 | (find(text + i, "st") == text + 35));
    for (u64 i = 0, j = 50; i < j; i++, j--) {
        char t = text[i];
        text[i] = text[j];
        text[j] = t;
    }
    put_bytes(text, 56);
    for (int i = 0; i < 64; i++) {
        i64 value = (i64)next_random() >> i;
        const char *s = decimal(value, digits + sizeof digits);
        if (parse(s) != value)
            return 3;
        put_bytes(s, length(s) + 1);
    }
    return compare(decimal((i64)(1ul << 63), digits + sizeof digits), "-9223372036854775808") != 0 ? 4 : 0;
}
