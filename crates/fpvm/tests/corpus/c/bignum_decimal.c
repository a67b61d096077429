/* Powers of two and factorials in base 10^9: the sum of the digits of 2^1000 is 1366, that of 100! is 648. */
#include "corpus.h"

static u32 limbs[64];
static u64 used;

static void multiply(u32 by)
{
    u64 carry = 0;
    for (u64 i = 0; i < used; i++) {
        carry += (u64)limbs[i] * by;
        limbs[i] = carry % 1000000000;
        carry /= 1000000000;
    }
    if (carry > 0)
        limbs[used++] = carry;
}

static u32 digit_sum(void)
{
    u32 sum = 0;
    for (u64 i = 0; i < used; i++)
        for (u32 limb = limbs[i]; limb > 0; limb /= 10)
            sum += limb % 10;
    return sum;
}

int program(void)
{
    limbs[0] = used = 1;
    for (int i = 0; i < 1000; i++)
        multiply(2);
    if (digit_sum() != 1366)
        return 1;
    put_bytes(limbs, sizeof limbs);
    memset(limbs, 0, sizeof limbs);
    limbs[0] = used = 1;
    for (u32 i = 2; i <= 100; i++)
        multiply(i);
    if (digit_sum() != 648)
        return 2;
    put_bytes(limbs, sizeof limbs);
    return 0;
}
