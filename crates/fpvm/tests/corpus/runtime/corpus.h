/* What every C program of the corpus starts from: there is no library here. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long i64;
typedef unsigned long size_t;

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The program. Returns 0, or the number, below 128, of a known answer that it did not reach. */
int program(void);

/* Appends to the result. */
void put(u64 value);
void put_bytes(const void *bytes, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* The next number of a sequence that is the same in every program. */
u64 next_random(void);

static inline u32 rotate_left32(u32 value, int by) { return value << by | value >> (-by & 31); }
static inline u64 rotate_left64(u64 value, int by) { return value << by | value >> (-by & 63); }
