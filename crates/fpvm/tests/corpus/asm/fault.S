# variants: -DADD | -DADDI | -DSUB | -DDADD | -DDADDI | -DDSUB | -DTEQ | -DTLTIU | -DBREAK | -DRESERVED | -DCOPROCESSOR | -DLOAD_HALF | -DLOAD_WORD | -DSTORE_WORD | -DLOAD_DOUBLE | -DSTORE_DOUBLE | -DSTORE_TO_TEXT | -DLOAD_FAR | -DFETCH_FAR
# Programs that end by a fault. What they did before it must be there, and nothing of what follows.
#include "asm.h"

        begin
        li      $t0, 0x7fffffff
        lui     $t1, 0x8000
        dli     $t2, 0x7fffffffffffffff
        dli     $t3, 0x8000000000000000
        emit    $t0
        mult    $t0, $t1
#if defined ADD
        add     $a5, $t0, $t0
#elif defined ADDI
        addi    $t0, $t0, 1
#elif defined SUB
        sub     $a5, $t1, $t0
#elif defined DADD
        dadd    $t2, $t2, $t2
#elif defined DADDI
        daddi   $a5, $t3, -1
#elif defined DSUB
        dsub    $a5, $t2, $t3
#elif defined TEQ
        teq     $t0, $t0, 5
#elif defined TLTIU
        tltiu   $t0, -1
#elif defined BREAK
        break   7
#elif defined RESERVED
        .word   0x0000003d
#elif defined COPROCESSOR
        .word   0x40006000
#elif defined LOAD_HALF
        lhu     $a5, 1($s0)
#elif defined LOAD_WORD
        lw      $a5, 2($s0)
#elif defined STORE_WORD
        sw      $t0, -1($s0)
#elif defined LOAD_DOUBLE
        ld      $a5, 4($s0)
#elif defined STORE_DOUBLE
        sd      $t0, -4($s0)
#elif defined STORE_TO_TEXT
        address $a6, program
        sb      $t0, 3($a6)
#elif defined LOAD_FAR
        lb      $a5, 0($t3)
#elif defined FETCH_FAR
        jr      $s0
        nop
#endif
        emit    $t1
        end
