/* Binary floating point in integers, round to nearest even with subnormals, for one width: the including file defines
 * WORD, SWORD, WIDE (twice as wide), FLOAT, FRACTION (bits of it), EXPONENT (bits), and NAME(x).
 *
 * A finite number is significand · 2^(exponent - bias - FRACTION - 3): three bits below the last, for rounding. */

#define TOP ((WORD)1 << FRACTION)
#define MOST ((1 << EXPONENT) - 1)
#define SIGN ((WORD)1 << (FRACTION + EXPONENT))
#define INFINITE ((WORD)MOST << FRACTION)
#define QUIET (INFINITE | TOP >> 1)

static WORD NAME(bits)(FLOAT x) { WORD w; memcpy(&w, &x, sizeof w); return w; }
static FLOAT NAME(from_bits)(WORD w) { FLOAT x; memcpy(&x, &w, sizeof x); return x; }
static int NAME(is_nan)(WORD a) { return (a & ~SIGN) > INFINITE; }

/* Splits a finite number; the significand of a subnormal is shifted up until its highest bit is where it belongs. */
static int NAME(split)(WORD a, WORD *significand)
{
    int e = a >> FRACTION & MOST;
    *significand = a & (TOP - 1);
    if (e > 0) {
        *significand |= TOP;
        return e;
    }
    if (*significand == 0)
        return 0;
    for (e = 1; *significand < TOP; e--)
        *significand <<= 1;
    return e;
}

static WORD NAME(shift_sticky)(WORD w, int by)
{
    int width = 8 * sizeof(WORD);
    return by == 0 ? w : by >= width ? w != 0 : w >> by | (w << (width - by) != 0);
}

/* Rounds a significand of FRACTION + 4 bits (or fewer, or one more) and packs it. */
static WORD NAME(pack)(WORD sign, int e, WORD s)
{
    if (s == 0)
        return sign;
    if (s >= TOP << 4)
        s = NAME(shift_sticky)(s, 1), e++;
    for (; s < TOP << 3; e--)
        s <<= 1;
    if (e >= MOST)
        return sign | INFINITE;
    if (e <= 0)
        s = NAME(shift_sticky)(s, 1 - e), e = 1;
    WORD rounded = (s >> 3) + ((s & 7) > 4 || (s & 15) == 12);
    return sign | (rounded < TOP ? rounded : ((WORD)(e - 1) << FRACTION) + rounded);
}

static WORD NAME(add)(WORD a, WORD b)
{
    if (NAME(is_nan)(a) || NAME(is_nan)(b))
        return QUIET;
    if ((a & ~SIGN) < (b & ~SIGN)) {
        WORD t = a;
        a = b;
        b = t;
    }
    if ((a & ~SIGN) == INFINITE)
        return (a ^ b) == SIGN ? QUIET : a;
    WORD s, t;
    int e = NAME(split)(a, &s), f = NAME(split)(b, &t);
    if (t == 0)
        return s == 0 ? a & b : a;
    t = NAME(shift_sticky)(t << 3, e - f);
    s = (a ^ b) & SIGN ? (s << 3) - t : (s << 3) + t;
    return s == 0 ? 0 : NAME(pack)(a & SIGN, e, s);
}

static WORD NAME(multiply)(WORD a, WORD b)
{
    WORD sign = (a ^ b) & SIGN, s, t;
    if (NAME(is_nan)(a) || NAME(is_nan)(b))
        return QUIET;
    if ((a & ~SIGN) == INFINITE || (b & ~SIGN) == INFINITE)
        return (a & ~SIGN) == 0 || (b & ~SIGN) == 0 ? QUIET : sign | INFINITE;
    int e = NAME(split)(a, &s) + NAME(split)(b, &t) - MOST / 2;
    WIDE product = (WIDE)s * t;
    WORD high = product >> (FRACTION - 3);
    return NAME(pack)(sign, e, high | ((WIDE)high << (FRACTION - 3) != product));
}

static WORD NAME(divide)(WORD a, WORD b)
{
    WORD sign = (a ^ b) & SIGN, s, t, quotient = 0;
    if (NAME(is_nan)(a) || NAME(is_nan)(b))
        return QUIET;
    if ((a & ~SIGN) == INFINITE)
        return (b & ~SIGN) == INFINITE ? QUIET : sign | INFINITE;
    if ((b & ~SIGN) == INFINITE)
        return sign;
    int e = NAME(split)(a, &s), f = NAME(split)(b, &t);
    if (t == 0)
        return s == 0 ? QUIET : sign | INFINITE;
    for (int i = 0; i < FRACTION + 5; i++) {
        quotient <<= 1;
        if (s >= t)
            s -= t, quotient |= 1;
        s <<= 1;
    }
    return NAME(pack)(sign, e - f + MOST / 2 - 1, quotient | (s != 0));
}

/* -1, 0, 1, or 2 if the operands are unordered. */
static int NAME(compare)(WORD a, WORD b)
{
    if (NAME(is_nan)(a) || NAME(is_nan)(b))
        return 2;
    SWORD x = a & SIGN ? -(SWORD)(a & ~SIGN) : (SWORD)a, y = b & SIGN ? -(SWORD)(b & ~SIGN) : (SWORD)b;
    return (x > y) - (x < y);
}

static WORD NAME(from_integer)(i64 value)
{
    WORD sign = value < 0 ? SIGN : 0, s;
    u64 left = value < 0 ? -(u64)value : (u64)value;
    int e = MOST / 2 + FRACTION, width = FRACTION + 4;
    if (left == 0)
        return 0;
    int top = 64 - __builtin_clzl(left);
    if (top > width)
        s = left >> (top - width) | (left << (64 - (top - width)) != 0);
    else
        s = (WORD)left << (width - top);
    return NAME(pack)(sign, e + top - width + 3, s);
}

/* Towards zero; saturates. */
static i64 NAME(to_integer)(WORD a)
{
    WORD s;
    int e = NAME(split)(a & ~SIGN, &s) - MOST / 2 - FRACTION;
    if (NAME(is_nan)(a))
        return 0;
    if (e + FRACTION >= 63)
        return a & SIGN ? (i64)(1ul << 63) : (i64)~(1ul << 63);
    u64 size = e >= 0 ? (u64)s << e : e > -64 ? (u64)s >> -e : 0;
    return a & SIGN ? -size : size;
}

#undef TOP
#undef MOST
#undef SIGN
#undef INFINITE
#undef QUIET
