# Loops as they are written by hand: strlen by double words, memchr, memcpy with a skewed source, checksum with carry.
#include "asm.h"

        begin
        # strlen: finds the first double word with a zero byte, then the byte.
        address $a0, text
        move    $t0, $a0
        dli     $t8, 0x0101010101010101
        dsll    $t9, $t8, 7
1:      ld      $t1, 0($t0)
        dsubu   $t2, $t1, $t8
        nor     $t3, $t1, $zero
        and     $t2, $t2, $t3
        and     $t2, $t2, $t9
        beql    $t2, $zero, 1b
        daddiu  $t0, $t0, 8
        daddiu  $t3, $t2, -1
        nor     $a4, $t2, $zero
        and     $t3, $t3, $a4
        dclz    $t3, $t3
        li      $a4, 64
        dsubu   $t3, $a4, $t3
        dsrl    $t3, $t3, 3
        daddu   $t0, $t0, $t3
        dsubu   $a1, $t0, $a0
        emit    $a1
        # memchr.
        li      $a4, 'q'
        move    $t0, $a0
1:      lbu     $t1, 0($t0)
        bne     $t1, $a4, 1b
        daddiu  $t0, $t0, 1
        dsubu   $t0, $t0, $a0
        emit    $t0
        # memcpy from an odd address by double words.
        daddiu  $t0, $a0, 3
        li      $t2, 5
1:      ldr     $t1, 0($t0)
        ldl     $t1, 7($t0)
        daddiu  $t2, $t2, -1
        daddiu  $t0, $t0, 8
        emit    $t1
        bgtz    $t2, 1b
        nop
        # The Internet's checksum: 32-bit words added with end-around carry, folded to 16 bits.
        move    $t0, $a0
        move    $a5, $zero
        li      $t2, 10
1:      lwu     $t1, 0($t0)
        daddu   $a5, $a5, $t1
        daddiu  $t2, $t2, -1
        bgtz    $t2, 1b
        daddiu  $t0, $t0, 4
        dsrl32  $t1, $a5, 0
        dext    $a5, $a5, 0, 32
        daddu   $a5, $a5, $t1
        dsrl    $t1, $a5, 16
        andi    $a5, $a5, 0xffff
        daddu   $a5, $a5, $t1
        dsrl    $t1, $a5, 16
        daddu   $a5, $a5, $t1
        andi    $a5, $a5, 0xffff
        emit    $a5
        end

        .data
        .balign 8
text:   .asciz  "sphinx of black quartz, judge my vow, and pack it"
        .space  16
