/* What the compiler calls for `float`. */
#pragma once
#include "corpus.h"

#define WORD u32
#define SWORD i32
#define WIDE u64
#define FLOAT float
#define FRACTION 23
#define EXPONENT 8
#define NAME(x) f32_##x
#include "soft_float.h"
#undef WORD
#undef SWORD
#undef WIDE
#undef FLOAT
#undef FRACTION
#undef EXPONENT
#undef NAME

float __addsf3(float a, float b) { return f32_from_bits(f32_add(f32_bits(a), f32_bits(b))); }
float __subsf3(float a, float b) { return f32_from_bits(f32_add(f32_bits(a), f32_bits(b) ^ 1u << 31)); }
float __mulsf3(float a, float b) { return f32_from_bits(f32_multiply(f32_bits(a), f32_bits(b))); }
float __divsf3(float a, float b) { return f32_from_bits(f32_divide(f32_bits(a), f32_bits(b))); }
float __floatsisf(i32 a) { return f32_from_bits(f32_from_integer(a)); }
float __floatdisf(i64 a) { return f32_from_bits(f32_from_integer(a)); }
i32 __fixsfsi(float a) { return f32_to_integer(f32_bits(a)); }
i64 __fixsfdi(float a) { return f32_to_integer(f32_bits(a)); }
int __eqsf2(float a, float b) { return f32_compare(f32_bits(a), f32_bits(b)); }
int __nesf2(float a, float b) { return f32_compare(f32_bits(a), f32_bits(b)); }
int __ltsf2(float a, float b) { return f32_compare(f32_bits(a), f32_bits(b)); }
int __lesf2(float a, float b) { return f32_compare(f32_bits(a), f32_bits(b)); }
/* For these two the unordered case must be negative. */
int __gtsf2(float a, float b) { return -f32_compare(f32_bits(b), f32_bits(a)); }
int __gesf2(float a, float b) { return -f32_compare(f32_bits(b), f32_bits(a)); }
