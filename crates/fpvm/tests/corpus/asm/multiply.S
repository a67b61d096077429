# mult, multu, dmult, dmultu and mul on pairs of extremes.
#include "asm.h"

        .macro  words value
        dli     $t0, \value
        .irp    other, $s1, $s2, $s3, $t0
        .irp    op, mult, multu
        \op     $t0, \other
        emit_accumulator
        .endr
        mul     $t1, $t0, \other
        emit    $t1
        .endr
        .endm

        .macro  doubles value
        dli     $t0, \value
        .irp    other, $s1, $s2, $s4, $t0
        .irp    op, dmult, dmultu
        \op     $t0, \other
        emit_accumulator
        .endr
        .endr
        .endm

        begin
        li      $s1, -1
        lui     $s2, 0x8000
        li      $s3, 0x7fffffff
        dli     $s4, 0x8000000000000000
        for_words words
        for_doubles doubles
        end
