/* The part of the runtime that C can express. */
#include "corpus.h"

extern u8 result[] __attribute__((aligned(8)));
_Noreturn void finish(int code);

/* Bytes of the result so far. */
u64 used;

void put_bytes(const void *bytes, size_t size)
{
    memcpy(result + used, bytes, size);
    used += size;
}

void put(u64 value) { put_bytes(&value, sizeof value); }

/* Exits with the failure, or with 128 and seven bits of a hash of the result. */
_Noreturn void conclude(int failure)
{
    u64 hash = 0;
    for (u64 i = 0; i < used / 8; i++)
        hash = rotate_left64(hash ^ ((u64 *)result)[i], 23) * 0x9e3779b97f4a7c15;
    finish(failure != 0 ? failure : (int)(0x80 | hash >> 57));
}

u64 next_random(void)
{
    static u64 state;
    u64 mixed = state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((u8 *)to)[i] = ((const u8 *)from)[i];
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((u64)to <= (u64)from)
        return memcpy(to, from, size);
    while (size-- > 0)
        ((u8 *)to)[size] = ((const u8 *)from)[size];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((u8 *)to)[i] = byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((const u8 *)a)[i] != ((const u8 *)b)[i])
            return ((const u8 *)a)[i] - ((const u8 *)b)[i];
    return 0;
}
