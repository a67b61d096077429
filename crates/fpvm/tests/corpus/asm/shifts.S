# All shifts, by constants and by registers whose high bits must not count.
#include "asm.h"

        .macro  all value
        dli     $t0, \value
        sll     $t1, $t0, 0
        emit    $t1
        .irp    amount, 1, 15, 31
        sll     $t2, $t0, \amount
        emit    $t2
        srl     $t2, $t1, \amount
        emit    $t2
        sra     $t2, $t1, \amount
        emit    $t2
        dsll    $t2, $t0, \amount
        emit    $t2
        dsrl32  $t2, $t0, \amount
        emit    $t2
        dsra    $t2, $t0, \amount
        emit    $t2
        dsra32  $t2, $t0, \amount
        emit    $t2
        .endr
        .irp    amount, $zero, $s1, $s2, $s3, $s4
        sllv    $t2, $t0, \amount
        emit    $t2
        srlv    $t2, $t1, \amount
        emit    $t2
        srav    $t2, $t1, \amount
        emit    $t2
        dsllv   $t2, $t0, \amount
        emit    $t2
        dsrlv   $t2, $t0, \amount
        emit    $t2
        dsrav   $t2, $t0, \amount
        emit    $t2
        .endr
        .endm

        begin
        li      $s1, 33
        li      $s2, 63
        li      $s3, -28
        dli     $s4, 0x8000000000000040
        for_doubles all
        end
