# movz and movn compare all 64 bits, and may move a register onto itself or onto their condition.
#include "asm.h"

        .macro  all value
        dli     $t0, \value
        li      $t1, 77
        li      $t2, 55
        movz    $t1, $t0, $s1
        movn    $t2, $t0, $s1
        emit    $t1
        emit    $t2
        li      $t1, 77
        li      $t2, 55
        movz    $t1, $s1, $t0
        movn    $t2, $s1, $t0
        emit    $t1
        emit    $t2
        movz    $t0, $s1, $t0
        emit    $t0
        movn    $t0, $zero, $t0
        emit    $t0
        movn    $zero, $s1, $s1
        emit    $zero
        .endm

        begin
        dli     $s1, 0x100000000
        for_doubles all
        end
