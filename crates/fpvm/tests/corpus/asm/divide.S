# div, divu, ddiv, ddivu on pairs of extremes, the quotient that overflows among them.
#include "asm.h"

        .macro  words value
        dli     $t0, \value
        .irp    by, $s1, $s2, $s3, $s5, $s6
        .irp    op, div, divu
        \op     $zero, $t0, \by
        emit_accumulator
        .endr
        .endr
        .endm

        .macro  doubles value
        dli     $t0, \value
        .irp    by, $s1, $s2, $s4, $s5, $s6
        .irp    op, ddiv, ddivu
        \op     $zero, $t0, \by
        emit_accumulator
        .endr
        .endr
        .endm

        begin
        li      $s1, -1
        lui     $s2, 0x8000
        li      $s3, 0x7fffffff
        dli     $s4, 0x8000000000000000
        li      $s5, 7
        li      $s6, -10
        for_words words
        for_doubles doubles
        end
