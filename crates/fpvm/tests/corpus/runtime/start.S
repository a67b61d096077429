# How a program begins and ends. All registers are defined before its first instruction, and its stack is its
# own, so nothing that a kernel chooses is left in the registers and the memory at its end.

        .set    noreorder
        .set    noat
        .section .text.start, "ax"

# The only system call, at the lowest address of the text: where a debugger looks at the final state.
        .globl  finish
finish:
        li      $v0, 5058
        syscall

        .globl  _start
_start:
        .irp    number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 31
        move    $\number, $zero
        .endr
        mthi    $zero
        mtlo    $zero
        lui     $sp, %hi(stack_top)
        daddiu  $sp, $sp, %lo(stack_top)
        jal     program
        nop
        .globl  ended
ended:  jal     conclude
        move    $a0, $v0
