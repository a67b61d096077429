# ins, dins, dinsm, dinsu over positions and sizes.
#include "asm.h"


        .macro  both position, size
        .if     \position + \size <= 32
        dli     $t1, 0x12345678
        ins     $t1, $t0, \position, \size
        emit    $t1
        dli     $t1, -0x12345678
        ins     $t1, $t0, \position, \size
        emit    $t1
        .endif
        .endm

        .macro  double position, size
        .if     \position + \size <= 64
        dli     $t1, 0x0123456789abcdef
        dins    $t1, $t2, \position, \size
        emit    $t1
        .endif
        .endm

        begin
        dli     $t0, -0x6789abce
        dli     $t2, 0xfedcba9876543210
        .irp    position, 0, 1, 7, 15, 16, 24, 31
        .irp    size, 1, 2, 5, 8, 16, 24, 31, 32
        both    \position, \size
        .endr
        .endr
        .irp    position, 0, 1, 13, 31, 32, 33, 48, 63
        .irp    size, 1, 3, 16, 31, 32, 33, 48, 63, 64
        double  \position, \size
        .endr
        .endr
        # Into itself, from register zero, into register zero.
        ins     $t0, $t0, 8, 8
        emit    $t0
        dinsu   $t2, $zero, 33, 5
        emit    $t2
        dinsm   $zero, $t2, 3, 40
        emit    $zero
        end
