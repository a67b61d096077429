# slt, sltu, slti, sltiu; the immediate of sltiu is sign-extended before it is compared unsigned.
#include "asm.h"

        .macro  all value
        dli     $t0, \value
        move    $t1, $zero
        .irp    op, slt, sltu
        .irp    other, $zero, $s1, $s2, $s3, $t0
        \op     $t2, $t0, \other
        daddu   $t1, $t1, $t1
        daddu   $t1, $t1, $t2
        \op     $t2, \other, $t0
        daddu   $t1, $t1, $t1
        daddu   $t1, $t1, $t2
        .endr
        .endr
        .irp    op, slti, sltiu
        .irp    immediate, 0, 1, -1, 32767, -32768
        \op     $t2, $t0, \immediate
        daddu   $t1, $t1, $t1
        daddu   $t1, $t1, $t2
        .endr
        .endr
        emit    $t1
        .endm

        begin
        li      $s1, -1
        dli     $s2, 0x7fffffffffffffff
        dli     $s3, 0x80000000
        for_doubles all
        end
