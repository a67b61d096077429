# and, or, xor, nor; the immediates of andi, ori, xori are not sign-extended, that of lui is.
#include "asm.h"

        .macro  all value
        dli     $t0, \value
        .irp    op, and, or, xor, nor
        .irp    other, $zero, $s1, $t0
        \op     $t1, $t0, \other
        emit    $t1
        .endr
        .endr
        .irp    op, andi, ori, xori
        .irp    immediate, 0, 1, 0x8000, 0xffff
        \op     $t1, $t0, \immediate
        emit    $t1
        .endr
        .endr
        .endm

        begin
        dli     $s1, 0xff00ff0012345678
        for_doubles all
        .irp    immediate, 0, 1, 0x7fff, 0x8000, 0xffff
        lui     $t0, \immediate
        emit    $t0
        .endr
        end
