# Every load with its extension at every alignment that it has, every store, and negative offsets.
#include "asm.h"

        begin
        address $s1, bytes
        daddiu  $s2, $s1, 32
        .irp    offset, 0, 1, 2, 3, 4, 5, 6, 7, 15
        lb      $t0, \offset($s1)
        emit    $t0
        lbu     $t0, \offset - 32($s2)
        emit    $t0
        .endr
        .irp    offset, 0, 2, 4, 6, 10
        lh      $t0, \offset($s1)
        emit    $t0
        lhu     $t0, \offset - 32($s2)
        emit    $t0
        .endr
        .irp    offset, 0, 4, 8, 12
        lw      $t0, \offset($s1)
        emit    $t0
        lwu     $t0, \offset - 32($s2)
        emit    $t0
        .endr
        dli     $t1, 0xfedcba9876543210
        .irp    offset, 16, 17, 18, 19, 20, 21, 22, 23
        sb      $t1, \offset($s1)
        daddiu  $t1, $t1, 0x111
        ld      $t0, 16($s1)
        emit    $t0
        .endr
        .irp    offset, 16, 18, 20, 22
        sh      $t1, \offset($s1)
        dsll    $t1, $t1, 1
        ld      $t0, -16($s2)
        emit    $t0
        .endr
        sw      $t1, 20($s1)
        lwu     $t0, 20($s1)
        emit    $t0
        sd      $t1, -8($s2)
        # A load over its own base, and a store of its own base.
        move    $t2, $s1
        ld      $t2, 24($t2)
        emit    $t2
        sd      $s1, 0($s1)
        ld      $t2, 0($s1)
        emit    $t2
        end

        .data
        .balign 8
bytes:  .byte   0x81, 0x12, 0xf3, 0x74, 0x05, 0x96, 0xa7, 0x38, 0xc9, 0x4a, 0x5b, 0xec, 0x6d, 0xde, 0x2f, 0xb0
        .space  16
