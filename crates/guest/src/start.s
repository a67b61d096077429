# The first and the last instructions of a large step. The FPVM starts with all registers zero and
# pc = _start; it stops at the only system call, exit(code), which is number 5058 in the n64 ABI.
# Code generation across crates loses the CPU of the target for assembly, hence `.set mips64r2`.

    .set    mips64r2
    .set    noreorder

    .section .text._start, "ax", @progbits
    .globl  _start
_start:
    jal     guest_main
    lui     $sp, 0x0200             # the initial stack pointer of link.ld, set in the delay slot
    move    $a0, $v0

    .globl  guest_exit
guest_exit:
    addiu   $v0, $zero, 5058
    syscall
