# What a delay slot may change: the registers that the branch compared, the link register, the target's register.
#include "asm.h"

        begin
        # The condition is read before the slot runs.
        li      $t0, 1
        beq     $t0, $zero, 1f
        move    $t0, $zero
        daddiu  $t0, $t0, 16
1:      emit    $t0
        bne     $t0, $zero, 1f
        move    $t0, $zero
        li      $t0, 99
1:      emit    $t0
        # So is the target of a jump.
        address $t1, 2f
        jr      $t1
        move    $t1, $zero
        break
2:      emit    $t1
        # The slot sees the link, and may replace it.
        jal     3f
        move    $t2, $ra
        break
3:      emit    $t2
        jal     4f
        daddiu  $ra, $ra, 8
        break
4:      emit    $ra
        bgezal  $zero, 5f
        move    $ra, $zero
5:      emit    $ra
        # Loads, stores, multiplications and moves to hi in a slot.
        address $t3, word
        b       6f
        lw      $a4, 0($t3)
6:      emit    $a4
        b       7f
        sw      $t3, 4($t3)
7:      lw      $a4, 4($t3)
        emit    $a4
        b       8f
        dmult   $t3, $a4
8:      emit_accumulator
        b       9f
        mthi    $t3
9:      emit_accumulator
        # A branch to the instruction behind its slot, and to itself once.
        li      $a5, 3
        beq     $zero, $zero, 1f
        daddiu  $a5, $a5, 1
1:      emit    $a5
        li      $a5, -4
1:      bltz    $a5, 1b
        daddiu  $a5, $a5, 1
        emit    $a5
        # A slot that is the target of another branch, reached as an ordinary instruction.
        li      $a6, 0
        b       3f
        nop
2:      b       4f
3:      daddiu  $a6, $a6, 5
        slti    $a7, $a6, 20
        bne     $a7, $zero, 2b
        nop
        emit    $a6
        b       5f
        nop
4:      b       3b
        daddiu  $a6, $a6, 100
5:      emit    $a6
        end

        .data
        .balign 8
word:   .word   -77, 0
