# sync and pref change nothing, whatever their fields, and whatever address pref is given.
#include "asm.h"

        begin
        li      $t0, 1234
        dli     $t1, 0x7000000000000001
        .irp    kind, 0, 4, 16, 17, 18, 19
        sync    \kind
        .endr
        .irp    hint, 0, 1, 4, 5, 6, 7, 25, 30
        pref    \hint, 0($s0)
        pref    \hint, -1($zero)
        pref    \hint, 0x7fff($t1)
        .endr
        emit    $t0
        emit    $t1
        ssnop
        ehb
        nop
        emit    $t0
        end
