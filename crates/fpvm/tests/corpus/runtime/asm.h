# What every assembly program of the corpus starts from: $s0 points behind the result so far.

        .set    noreorder
        .set    noat

        .macro  begin
        .text
        .globl  program
program:
        lui     $s0, %hi(result)
        daddiu  $s0, $s0, %lo(result)
        .endm

        .macro  emit register
        sd      \register, 0($s0)
        daddiu  $s0, $s0, 8
        .endm

        .macro  emit_accumulator
        mfhi    $k0
        emit    $k0
        mflo    $k0
        emit    $k0
        .endm

        .macro  address register, symbol
        lui     \register, %hi(\symbol)
        daddiu  \register, \register, %lo(\symbol)
        .endm

# Not by `jr $ra`, which a program may have overwritten.
        .macro  end
        address $k0, result
        dsubu   $k0, $s0, $k0
        lui     $k1, %hi(used)
        sd      $k0, %lo(used)($k1)
        j       ended
        move    $v0, $zero
        .endm

# Values at which rules change; `words` are sign-extended from 32 bits.
        .macro  for_words what:vararg
        .irp    value, 0, 1, -1, 2, 0x7fffffff, -0x80000000, -0x7fffffff, 0x12345678, -0x6789abce, 0xff80, 0x8000, -32768, 31, 0x55555555
        \what   \value
        .endr
        .endm
        .macro  for_doubles what:vararg
        .irp    value, 0, 1, -1, 2, 0x7fffffff, 0x80000000, -0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000001, 0x123456789abcdef0, -0x123456789abcdef, 0x5555555555555555
        \what   \value
        .endr
        .endm
