# Likely branches: their delay slot runs only if they are taken.
#include "asm.h"

        .macro  both value
        move    $t1, $zero
        dli     $t0, \value
        .irp    op, blezl, bgtzl, bltzl, bgezl
        dsll    $t1, $t1, 2
        \op     $t0, 1f
        daddiu  $t1, $t1, 1
        daddiu  $t1, $t1, 2
1:
        .endr
        .irp    op, beql, bnel
        .irp    other, $zero, $t0, $s1, $s2
        dsll    $t1, $t1, 2
        \op     $t0, \other, 1f
        daddiu  $t1, $t1, 1
        daddiu  $t1, $t1, 2
1:
        .endr
        .endr
        emit    $t1
        .endm

        begin
        dli     $s1, 0x80000000
        dli     $s2, -0x80000000
        for_doubles both
        # A loop as compilers write it: the first instruction of the body again in the slot.
        address $t2, bytes
        move    $t1, $zero
        lb      $t0, 0($t2)
1:      daddiu  $t2, $t2, 1
        daddu   $t1, $t1, $t0
        bnel    $t0, $zero, 1b
        lb      $t0, 0($t2)
        emit    $t1
        # A slot that is skipped may hold a branch, a trap, a store: none of them happens.
        li      $t3, 1
        beql    $t3, $zero, 2f
        b       2f
        daddiu  $t3, $t3, 1
        emit    $t3
        bnel    $t3, $t3, 2f
        teq     $zero, $zero
        bltzl   $t3, 2f
        sd      $t3, 0($zero)
        emit    $t0
2:      end

        .data
bytes:  .byte   3, 1, 4, 1, 5, -9, 2, 6, 0
