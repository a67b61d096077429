/* A matcher of regular expressions with . * + ? ^ $ and classes, by backtracking. */
#include "corpus.h"

static int here(const char *e, const char *s);

/* Matches one element, and says by `end` where the next one is. */
static int one(const char *e, char c, const char **end)
{
    if (*e != '[') {
        *end = e + 1;
        return c != 0 && (*e == '.' || *e == c);
    }
    int negated = e[1] == '^', found = 0;
    for (e += 1 + negated; *e != ']'; e++) {
        if (e[1] == '-') {
            found |= c >= e[0] && c <= e[2];
            e += 2;
        } else {
            found |= c == *e;
        }
    }
    *end = e + 1;
    return c != 0 && found != negated;
}

static int here(const char *e, const char *s)
{
    const char *end;
    if (*e == 0)
        return 1;
    if (e[0] == '$' && e[1] == 0)
        return *s == 0;
    int matches = one(e, *s, &end);
    switch (*end) {
    case '?': return (matches && here(end + 1, s + 1)) || here(end + 1, s);
    case '+':
    case '*':
        if (*end == '+') {
            if (!matches)
                return 0;
            s++;
        }
        const char *from = s, *unused;
        while (one(e, *s, &unused))
            s++;
        for (; s >= from; s--)
            if (here(end + 1, s))
                return 1;
        return 0;
    default: return matches && here(end, s + 1);
    }
}

static int find(const char *e, const char *s)
{
    if (*e == '^')
        return here(e + 1, s);
    do
        if (here(e, s))
            return 1;
    while (*s++ != 0);
    return 0;
}

int program(void)
{
    static const char *expressions[] = { "a.c", "^ab*c$", "[0-9]+", "^[^a-f]*$", "x?y?z?$", "(.*)", "a*a*a*b", "^$", "[a-c]+d?e" };
    static const char *texts[] = { "abc", "abbbbc", "axc 42", "", "xyz", "aaaaaaaaaa", "f(x)", "cabcde", "zzz" };
    static const u16 expected[] = { 0x85, 0x03, 0x04, 0x118, 0x1ff, 0x40, 0x83, 0x08, 0x80 };
    for (u64 e = 0; e < COUNT(expressions); e++) {
        u64 found = 0;
        for (u64 t = 0; t < COUNT(texts); t++)
            found |= (u64)find(expressions[e], texts[t]) << t;
        put(found);
        if (found != expected[e])
            return 1 + e;
    }
    return 0;
}
