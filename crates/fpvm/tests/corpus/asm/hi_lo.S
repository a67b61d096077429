# Moves to and from hi and lo, and what keeps them.
#include "asm.h"

        .macro  all value
        dli     $t0, \value
        mthi    $t0
        not     $t1, $t0
        mtlo    $t1
        emit_accumulator
        daddu   $t2, $t0, $t1
        dsll32  $t2, $t2, 3
        emit_accumulator
        mflo    $t0
        mthi    $t0
        emit_accumulator
        .endm

        begin
        for_doubles all
        mthi    $zero
        mfhi    $t0
        emit    $t0
        mflo    $zero
        emit    $zero
        # The results of two operations taken crosswise.
        li      $t0, 1000
        li      $t1, 7
        ddivu   $zero, $t0, $t1
        mflo    $t2
        mfhi    $t3
        mult    $t2, $t3
        mthi    $t2
        emit_accumulator
        end
