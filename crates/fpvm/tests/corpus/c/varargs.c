/* variants: -O0 | -O2 */
/* Functions with a variable number of arguments, on registers and stack: a small printf. */
#include "corpus.h"

typedef __builtin_va_list arguments;

static char line[512];

static char *number(char *to, u64 value, u32 base, int width)
{
    char digits[20];
    int n = 0;
    do
        digits[n++] = "0123456789abcdef"[value % base];
    while ((value /= base) > 0);
    for (int pad = n; pad < width; pad++)
        *to++ = ' ';
    while (n > 0)
        *to++ = digits[--n];
    return to;
}

static u64 format(char *out, const char *f, ...)
{
    char *to = out;
    arguments a;
    __builtin_va_start(a, f);
    for (; *f != 0; f++) {
        int width = 0;
        if (*f != '%') {
            *to++ = *f;
            continue;
        }
        while (*++f >= '0' && *f <= '9')
            width = 10 * width + (*f - '0');
        switch (*f) {
        case 'd': {
            i32 value = __builtin_va_arg(a, i32);
            if (value < 0)
                *to++ = '-';
            to = number(to, value < 0 ? -(u64)value : (u64)value, 10, width);
            break;
        }
        case 'u': to = number(to, __builtin_va_arg(a, u64), 10, width); break;
        case 'x': to = number(to, __builtin_va_arg(a, u64), 16, width); break;
        case 'c': *to++ = __builtin_va_arg(a, int); break;
        case 's':
            for (const char *s = __builtin_va_arg(a, const char *); *s != 0;)
                *to++ = *s++;
            break;
        default: *to++ = *f;
        }
    }
    __builtin_va_end(a);
    *to = 0;
    return to - out;
}

static u64 sum(int count, ...)
{
    u64 total = 0;
    arguments a, b;
    __builtin_va_start(a, count);
    __builtin_va_copy(b, a);
    for (int i = 0; i < count; i++)
        total = 3 * total + __builtin_va_arg(a, u64);
    for (int i = 0; i < count; i++)
        total ^= __builtin_va_arg(b, u64) << i;
    return total;
}

int program(void)
{
    static const char expected[] = "-7 is 18446744073709551615 and  2a, z%; 1 2 3 4 5 6 x";
    u64 n = format(line, "%d is %u and %3x, %c%%; %d %d %d %d %d %d %s", -7, ~0ul, 42ul, 'z', 1, 2, 3, 4, 5, 6, "x");
    put_bytes(line, n);
    put(sum(3, 1ul, 2ul, 3ul));
    put(sum(12, 1ul, ~0ul, 3ul, 1ul << 63, 5ul, 6ul, 7ul, 8ul, 9ul, 10ul, 11ul, 12ul));
    return n != sizeof expected - 1 || memcmp(line, expected, n) != 0;
}
