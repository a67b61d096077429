/* What the compiler calls for `double`. */
#pragma once
#include "corpus.h"

#define WORD u64
#define SWORD i64
#define WIDE unsigned __int128
#define FLOAT double
#define FRACTION 52
#define EXPONENT 11
#define NAME(x) f64_##x
#include "soft_float.h"
#undef WORD
#undef SWORD
#undef WIDE
#undef FLOAT
#undef FRACTION
#undef EXPONENT
#undef NAME

double __adddf3(double a, double b) { return f64_from_bits(f64_add(f64_bits(a), f64_bits(b))); }
double __subdf3(double a, double b) { return f64_from_bits(f64_add(f64_bits(a), f64_bits(b) ^ 1ul << 63)); }
double __muldf3(double a, double b) { return f64_from_bits(f64_multiply(f64_bits(a), f64_bits(b))); }
double __divdf3(double a, double b) { return f64_from_bits(f64_divide(f64_bits(a), f64_bits(b))); }
double __floatsidf(i32 a) { return f64_from_bits(f64_from_integer(a)); }
double __floatdidf(i64 a) { return f64_from_bits(f64_from_integer(a)); }
i32 __fixdfsi(double a) { return f64_to_integer(f64_bits(a)); }
i64 __fixdfdi(double a) { return f64_to_integer(f64_bits(a)); }
int __eqdf2(double a, double b) { return f64_compare(f64_bits(a), f64_bits(b)); }
int __nedf2(double a, double b) { return f64_compare(f64_bits(a), f64_bits(b)); }
int __ltdf2(double a, double b) { return f64_compare(f64_bits(a), f64_bits(b)); }
int __ledf2(double a, double b) { return f64_compare(f64_bits(a), f64_bits(b)); }
/* For these two the unordered case must be negative. */
int __gtdf2(double a, double b) { return -f64_compare(f64_bits(b), f64_bits(a)); }
int __gedf2(double a, double b) { return -f64_compare(f64_bits(b), f64_bits(a)); }
