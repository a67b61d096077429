# bal, bltzal, bgezal and their likely forms: the return address is written whether the branch is taken or not.
#include "asm.h"

        .macro  one op, value
        dli     $t0, \value
        move    $ra, $zero
        move    $t1, $zero
        \op     $t0, 1f
        daddiu  $t1, $t1, 1
        daddiu  $t1, $t1, 2
1:      emit    $ra
        emit    $t1
        .endm

        .macro  all value
        .irp    op, bltzal, bgezal, bltzall, bgezall
        one     \op, \value
        .endr
        .endm

        begin
        for_doubles all
        # Position independence: the address of what follows the slot.
        bal     1f
        nop
        .quad   0x0123456789abcdef
1:      emit    $ra
        lwu     $t0, 0($ra)
        emit    $t0
        # A leaf called by a branch, which returns behind the slot.
        li      $t0, 5
        bgezal  $t0, twice
        daddiu  $t0, $t0, 1
        emit    $t0
        # Untaken, it still links; `jr` then goes on behind its slot.
        li      $t0, -1
        bgezal  $t0, twice
        move    $t2, $zero
        daddiu  $t2, $t2, 1
        slti    $t3, $t2, 3
        bne     $t3, $zero, 3f
        nop
        b       2f
        nop
3:      emit    $t2
        jr      $ra
        nop
2:      emit    $t2
        end

twice:  jr      $ra
        dsll    $t0, $t0, 1
