# j, jal, jr and jalr in all their forms.
#include "asm.h"

        begin
        j       1f
        li      $t0, 1
        break
1:      emit    $t0
        jal     leaf
        li      $a0, 20
        emit    $v0
        emit    $ra
        address $t9, leaf
        jalr    $t9
        li      $a0, 30
        emit    $v0
        emit    $ra
        # Another link register; the leaf then returns by it.
        address $t9, leaf_by_s7
        jalr    $s7, $t9
        li      $a0, 40
        emit    $v0
        emit    $s7
        # No link at all.
        address $t9, 2f
        jalr    $zero, $t9
        nop
        break
2:      emit    $t9
        # With a hint for hazards.
        address $t9, 3f
        jr.hb   $t9
        nop
        break
3:      address $t9, leaf
        jalr.hb $t9
        li      $a0, 50
        emit    $v0
        # A call in a call, with the return address in a register.
        jal     outer
        li      $a0, 3
        emit    $v0
        # A table of targets.
        address $t8, targets
        li      $a7, 0
4:      ld      $t9, 0($t8)
        jalr    $t9
        daddiu  $a7, $a7, 1
        slti    $a6, $a7, 3
        bne     $a6, $zero, 4b
        daddiu  $t8, $t8, 8
        end

leaf:   jr      $ra
        daddiu  $v0, $a0, 1

leaf_by_s7:
        jr      $s7
        daddiu  $v0, $a0, 2

outer:  move    $s6, $ra
        jal     leaf
        dsll    $a0, $a0, 4
        jal     leaf
        move    $a0, $v0
        jr      $s6
        daddiu  $v0, $v0, 0x100

first:  emit    $a7
        jr      $ra
        nop
second: emit    $t8
        jr      $ra
        nop
third:  emit    $t9
        jr      $ra
        nop

        .data
        .balign 8
targets: .quad  first, second, third
