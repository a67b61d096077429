/* CRC-32 by bits and by table, CRC-64 by bits, Adler-32, Fletcher-16. */
#include "corpus.h"

static u32 table[256];

static u32 crc32_bits(const u8 *p, u64 n)
{
    u32 crc = ~0u;
    while (n-- > 0) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
    }
    return ~crc;
}

static u32 crc32_table(const u8 *p, u64 n)
{
    u32 crc = ~0u;
    while (n-- > 0)
        crc = table[(u8)(crc ^ *p++)] ^ crc >> 8;
    return ~crc;
}

static u64 crc64(const u8 *p, u64 n)
{
    u64 crc = 0;
    while (n-- > 0) {
        crc ^= (u64)*p++ << 56;
        for (int i = 0; i < 8; i++)
            crc = crc << 1 ^ ((i64)crc < 0 ? 0x42f0e1eba9ea3693 : 0);
    }
    return crc;
}

static u32 adler32(const u8 *p, u64 n)
{
    u32 a = 1, b = 0;
    while (n-- > 0) {
        a = (a + *p++) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

int program(void)
{
    const u8 *digits = (const u8 *)"123456789";
    static u8 data[500];
    for (u32 i = 0; i < 256; i++) {
        table[i] = i;
        for (int j = 0; j < 8; j++)
            table[i] = table[i] & 1 ? table[i] >> 1 ^ 0xedb88320 : table[i] >> 1;
    }
    if (crc32_bits(digits, 9) != 0xcbf43926 || crc32_table(digits, 9) != 0xcbf43926)
        return 1;
    if (crc64(digits, 9) != 0x6c40df5f0b497347)
        return 2;
    if (adler32((const u8 *)"Wikipedia", 9) != 0x11e60398)
        return 3;
    for (u64 i = 0; i < sizeof data; i++)
        data[i] = next_random();
    for (u64 n = 1; n <= sizeof data; n = 3 * n - n / 2) {
        put(crc32_table(data, n));
        put(crc64(data, n));
        put(adler32(data, n));
        if (crc32_bits(data, n) != crc32_table(data, n))
            return 4;
    }
    return 0;
}
