# Instructions of every kind that would write register 0.
#include "asm.h"

        begin
        li      $t0, -1
        mthi    $t0
        mtlo    $t0
        .irp    op, addu, daddu, subu, dsubu, and, or, xor, nor, slt, sltu, sllv, dsllv, dsrav, mul, movz, movn
        \op     $zero, $t0, $t0
        emit    $zero
        .endr
        .irp    op, addiu, daddiu, slti, sltiu, andi, ori, xori
        \op     $zero, $t0, 5
        emit    $zero
        .endr
        .irp    op, lb, lbu, lh, lhu, lw, lwu, ld, lwl, lwr, ldl, ldr
        \op     $zero, -8($s0)
        emit    $zero
        .endr
        .irp    op, clz, clo, dclz, dclo, seb, seh, wsbh, dsbh, dshd
        \op     $zero, $t0
        emit    $zero
        .endr
        lui     $zero, 0x1234
        mfhi    $zero
        emit    $zero
        mflo    $zero
        dsrl    $zero, $t0, 3
        emit    $zero
        address $t9, 1f
        jalr    $zero, $t9
        nop
1:      emit    $zero
        sd      $zero, 0($s0)
        end
