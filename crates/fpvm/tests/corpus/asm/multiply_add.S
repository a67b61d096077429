# Chains of madd, maddu, msub, msubu that carry between lo and hi, hi and lo seen after each.
#include "asm.h"

        .macro  four a, b
        .irp    op, madd, maddu, msub, msubu
        \op     \a, \b
        emit_accumulator
        .endr
        .endm

        .macro  all value
        dli     $t0, \value
        .irp    other, $s1, $s2, $s3, $t0
        four    $t0, \other
        .endr
        .endm

        begin
        li      $s1, -1
        lui     $s2, 0x8000
        li      $s3, 0x7fffffff
        for_words all
        # From accumulators at their borders.
        mthi    $s1
        mtlo    $s1
        li      $t0, 1
        madd    $t0, $t0
        emit_accumulator
        mthi    $s3
        mtlo    $s1
        maddu   $t0, $t0
        emit_accumulator
        mthi    $zero
        mtlo    $zero
        msub    $t0, $t0
        emit_accumulator
        msubu   $s1, $s1
        emit_accumulator
        end
