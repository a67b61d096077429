# Two threads that give way to each other, each with its own stack and saved registers.
#include "asm.h"

        .macro  saved what
        \what   $s1, 0($sp)
        \what   $s2, 8($sp)
        \what   $ra, 16($sp)
        .endm

        begin
        # The second thread starts as if it had been switched away from.
        address $s7, other_stack
        daddiu  $sp, $sp, -24
        address $t0, producer
        sd      $t0, 16($s7)
        li      $s1, 0
        li      $s2, 20
1:      jal     switch
        move    $a0, $s1
        emit    $v0
        daddu   $s1, $s1, $v0
        daddiu  $s2, $s2, -1
        bgtz    $s2, 1b
        nop
        emit    $s1
        end

# Gives the squares of the numbers from 1, each mixed with what it is handed.
producer:
        li      $s1, 1
        move    $s2, $zero
2:      dmultu  $s1, $s1
        mflo    $a0
        daddu   $s2, $s2, $v0
        xor     $a0, $a0, $s2
        jal     switch
        daddiu  $s1, $s1, 1
        b       2b
        nop

# Hands $a0 to the other thread, and returns what that one hands back.
switch: daddiu  $sp, $sp, -24
        saved   sd
        move    $t0, $sp
        move    $sp, $s7
        move    $s7, $t0
        saved   ld
        move    $v0, $a0
        jr      $ra
        daddiu  $sp, $sp, 24

        .bss
        .balign 8
        .space  512
other_stack:
        .space  24
