# ext, dext, dextm, dextu over positions and sizes.
#include "asm.h"

        .macro  word position, size
        .if     \position + \size <= 32
        ext     $t1, $t0, \position, \size
        emit    $t1
        .endif
        .endm

        .macro  double position, size
        .if     \position + \size <= 64
        dext    $t1, $t2, \position, \size
        emit    $t1
        .endif
        .endm

        begin
        dli     $t0, -0x6789abce
        dli     $t2, 0xfedcba9876543210
        .irp    position, 0, 1, 7, 15, 16, 24, 31
        .irp    size, 1, 2, 5, 8, 16, 24, 31, 32
        word    \position, \size
        .endr
        .endr
        .irp    position, 0, 1, 13, 31, 32, 33, 48, 63
        .irp    size, 1, 3, 16, 31, 32, 33, 48, 63, 64
        double  \position, \size
        .endr
        .endr
        # Onto itself, from register zero, to register zero.
        ext     $t0, $t0, 4, 20
        emit    $t0
        dextm   $t2, $t2, 9, 40
        emit    $t2
        dextu   $t1, $zero, 40, 3
        emit    $t1
        dext    $zero, $t2, 0, 8
        emit    $zero
        end
