# Additions and subtractions: the wrapping ones at their borders, the trapping ones within them.
#include "asm.h"

        .macro  words value
        dli     $t0, \value
        .irp    other, $zero, $s1, $s2, $s3, $t0
        addu    $t1, $t0, \other
        emit    $t1
        subu    $t1, $t0, \other
        emit    $t1
        .endr
        .irp    immediate, 1, -1, 32767, -32768
        addiu   $t1, $t0, \immediate
        emit    $t1
        .endr
        sra     $t0, $t0, 1
        sra     $t2, $s2, 1
        add     $t1, $t0, $t2
        emit    $t1
        sub     $t1, $t0, $t2
        emit    $t1
        addi    $t1, $t0, -32768
        emit    $t1
        .endm

        .macro  doubles value
        dli     $t0, \value
        .irp    other, $zero, $s1, $s2, $s4, $t0
        daddu   $t1, $t0, \other
        emit    $t1
        dsubu   $t1, $t0, \other
        emit    $t1
        .endr
        .irp    immediate, 1, -1, 32767, -32768
        daddiu  $t1, $t0, \immediate
        emit    $t1
        .endr
        dsra    $t0, $t0, 1
        dsra    $t2, $s4, 1
        dadd    $t1, $t0, $t2
        emit    $t1
        dsub    $t1, $t0, $t2
        emit    $t1
        daddi   $t1, $t0, -32768
        emit    $t1
        .endm

        begin
        li      $s1, -1
        lui     $s2, 0x8000
        li      $s3, 0x7fffffff
        dli     $s4, 0x8000000000000000
        for_words words
        for_doubles doubles
        end
