# Every trap with a condition that does not hold.
#include "asm.h"

        begin
        li      $t0, 5
        li      $t1, -5
        dli     $t2, 0x100000005
        tge     $t1, $t0
        tgeu    $t0, $t1
        tlt     $t0, $t1
        tlt     $t0, $t0
        tltu    $t1, $t0
        teq     $t0, $t2
        tne     $t0, $t0, 7
        tgei    $t1, -4
        tgeiu   $t0, -1
        tlti    $t0, -32768
        tltiu   $t1, 5
        teqi    $t2, 5
        tnei    $t1, -5
        tgei    $t1, 5
        emit    $t0
        end
