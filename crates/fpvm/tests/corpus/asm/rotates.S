# rotr, rotrv, drotr, drotr32, drotrv by amounts within and beyond the width.
#include "asm.h"

        begin
        dli     $t0, -0x6789abce
        dli     $t2, 0xfedcba9876543211
        .irp    amount, 0, 1, 7, 8, 16, 31
        rotr    $t1, $t0, \amount
        emit    $t1
        drotr   $t1, $t2, \amount
        emit    $t1
        drotr32 $t1, $t2, \amount
        emit    $t1
        .endr
        .irp    amount, 0, 1, 31, 32, 33, 63, 64, 65, -1, 0x7fffffff00000005
        dli     $t3, \amount
        rotrv   $t1, $t0, $t3
        emit    $t1
        drotrv  $t1, $t2, $t3
        emit    $t1
        .endr
        rotrv   $t0, $t0, $t0
        emit    $t0
        drotrv  $t2, $t2, $t2
        emit    $t2
        end
