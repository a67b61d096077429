# clz, clo, dclz, dclo on a walking bit and on what is left of it.
#include "asm.h"

        begin
        li      $t0, 1
        li      $t9, 64
1:      sll     $t1, $t0, 0
        clz     $t2, $t1
        clo     $t3, $t1
        dclz    $a4, $t0
        not     $a5, $t0
        dclo    $a6, $a5
        sll     $a5, $a5, 0
        clo     $a7, $a5
        dsll    $t2, $t2, 8
        or      $t2, $t2, $t3
        dsll    $t2, $t2, 8
        or      $t2, $t2, $a4
        dsll    $t2, $t2, 8
        or      $t2, $t2, $a6
        dsll    $t2, $t2, 8
        or      $t2, $t2, $a7
        emit    $t2
        addiu   $t9, $t9, -1
        bgtz    $t9, 1b
        dsll    $t0, $t0, 1
        .irp    op, clz, clo, dclz, dclo
        \op     $t0, $zero
        emit    $t0
        li      $t1, -1
        \op     $t1, $t1
        emit    $t1
        .endr
        end
