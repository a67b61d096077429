# Every branch on values of every sign: whether it was taken, and that its delay slot ran once either way.
#include "asm.h"

        .macro  zero_forms value
        dli     $t0, \value
        .irp    op, blez, bgtz, bltz, bgez
        dsll    $t1, $t1, 2
        \op     $t0, 1f
        daddiu  $t1, $t1, 1
        daddiu  $t1, $t1, 2
1:
        .endr
        .endm

        .macro  pair_forms value
        dli     $t0, \value
        .irp    op, beq, bne
        .irp    other, $zero, $t0, $s1, $s2
        dsll    $t1, $t1, 2
        \op     $t0, \other, 1f
        daddiu  $t1, $t1, 1
        daddiu  $t1, $t1, 2
1:
        .endr
        .endr
        .endm

        .macro  both value
        move    $t1, $zero
        zero_forms \value
        pair_forms \value
        emit    $t1
        .endm

        begin
        dli     $s1, 0x80000000
        dli     $s2, -0x80000000
        for_doubles both
        # Backwards, with a count in the delay slot.
        li      $t0, 100
        move    $t1, $zero
1:      daddiu  $t0, $t0, -1
        bgtz    $t0, 1b
        daddu   $t1, $t1, $t0
        emit    $t1
        end
