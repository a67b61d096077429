# lwl, lwr, ldl, ldr at every alignment, alone over old content, and as the pairs that load a whole.
#include "asm.h"

        .macro  one op, offset
        dli     $t0, 0x1122334455667788
        \op     $t0, \offset($s1)
        emit    $t0
        dli     $t0, -2
        \op     $t0, \offset - 16($s2)
        emit    $t0
        .endm

        .macro  pair left, right, last, offset
        dli     $t0, 0x1122334455667788
        \right  $t0, \offset($s1)
        \left   $t0, \offset + \last($s1)
        emit    $t0
        dli     $t0, -1
        \left   $t0, \offset + \last($s1)
        \right  $t0, \offset($s1)
        emit    $t0
        .endm

        begin
        address $s1, bytes
        daddiu  $s2, $s1, 16
        .irp    offset, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        one     lwl, \offset
        one     lwr, \offset
        one     ldl, \offset
        one     ldr, \offset
        pair    lwl, lwr, 3, \offset
        pair    ldl, ldr, 7, \offset
        .endr
        # The register that is loaded is the one that holds the address.
        move    $t1, $s1
        lwr     $t1, 5($t1)
        emit    $t1
        move    $t1, $s1
        ldl     $t1, 3($t1)
        emit    $t1
        end

        .data
        .balign 8
bytes:  .byte   0x81, 0x12, 0xf3, 0x74, 0x05, 0x96, 0xa7, 0x38, 0xc9, 0x4a, 0x5b, 0xec, 0x6d, 0xde, 0x2f, 0xb0
        .byte   0x01, 0xfe, 0x23, 0xdc, 0x45, 0xba, 0x67, 0x98
