# swl, swr, sdl, sdr at every alignment, alone over old content, and as the pairs that store a whole.
#include "asm.h"

        .macro  refill
        sd      $s3, 0($s1)
        sd      $s4, 8($s1)
        sd      $s3, 16($s1)
        .endm

        .macro  show
        .irp    at, 0, 8, 16
        ld      $t0, \at($s1)
        emit    $t0
        .endr
        .endm

        begin
        address $s1, bytes
        dli     $s2, 0x8796a5b4c3d2e1f0
        dli     $s3, 0x1111111111111111
        dli     $s4, 0xffffffffffffffff
        .irp    offset, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        .irp    op, swl, swr, sdl, sdr
        refill
        \op     $s2, \offset($s1)
        show
        .endr
        refill
        swr     $s2, \offset($s1)
        swl     $s2, \offset + 3($s1)
        show
        refill
        sdr     $s2, \offset($s1)
        sdl     $s2, \offset + 7($s1)
        show
        .endr
        end

        .bss
        .balign 8
bytes:  .space  24
