# seb, seh, wsbh, dsbh, dshd.
#include "asm.h"

        .macro  all value
        dli     $t0, \value
        dsbh    $t1, $t0
        emit    $t1
        dshd    $t2, $t0
        emit    $t2
        dshd    $t1, $t1
        emit    $t1
        seb     $t1, $t0
        emit    $t1
        seh     $t1, $t0
        emit    $t1
        sll     $t0, $t0, 0
        wsbh    $t1, $t0
        emit    $t1
        rotr    $t1, $t1, 16
        emit    $t1
        .endm

        begin
        for_doubles all
        .irp    value, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xff7f
        all     \value
        .endr
        end
