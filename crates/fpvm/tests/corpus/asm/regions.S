# j, jal and jalr between both ends of the text, 16 MiB apart.
#include "asm.h"

        begin
        jal     far
        li      $t0, 1
        emit    $ra
        emit    $t0
        address $t1, far
        jalr    $t1
        li      $t0, 7
        emit    $ra
        emit    $t0
        j       last_words
        li      $t0, 9
back:   emit    $t0
        end

        .section .far, "ax"
        .globl  far
far:    move    $a5, $ra
        bgezal  $zero, 1f
        nop
1:      emit    $ra
        move    $ra, $a5
        jr      $ra
        daddiu  $t0, $t0, 1
        .org    0xff0
# The last instruction of the text is a delay slot.
last_words:
        daddiu  $t0, $t0, 1
        daddiu  $t0, $t0, 1
        j       back
        daddiu  $t0, $t0, 1
