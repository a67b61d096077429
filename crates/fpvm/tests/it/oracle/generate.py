#!/usr/bin/env python3
"""Asks QEMU's MIPS64r2 (through Unicorn) what instructions do, and prints the cases that
`oracle.rs` checks the machine against.

    pip install unicorn==2.1.4
    python3 generate.py > cases.txt

Words are random instances of the table in `crates/vmfuzz/src/encoding.rs`. Left out is what the architecture leaves
open and §5 of the protocol defines: 32-bit operations on registers that are not sign-extended,
division by zero, linking branches on their link register; and what the machine has a fault for: system calls, `break`, linked accesses.
"""
import random
import re
from pathlib import Path

from unicorn import UC_ARCH_MIPS, UC_MODE_LITTLE_ENDIAN, UC_MODE_MIPS64, Uc, UcError
from unicorn import mips_const as mips

CODE, DATA, CASES = 0x10000, 0x2000000, 8
LEFT_OUT = "syscall break ll lld sc scd".split()
NEEDS_WORDS = "sra srav add addi addu sub subu madd msub".split()
EXTREMES = [0, 1, 2**64 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**64 - 2**31, 2**63, 2**63 - 1]
REGISTERS = [mips.UC_MIPS_REG_0 + number for number in range(32)]


def sign_extend(value, bits):
    sign = 1 << bits - 1
    return ((value & (1 << bits) - 1 ^ sign) - sign) % 2**64


def value(rng, word):
    picked = rng.choice([rng.choice(EXTREMES), rng.getrandbits(64) >> rng.randrange(64)])
    return sign_extend(picked, 32) if word else picked


def case(machine, rng, name, pattern):
    """One instruction: the line that describes it, or None if it is left open."""
    word = int("".join(rng.choice("01") if bit == "-" else bit for bit in pattern), 2)
    is_branch = name[0] in "bj"
    if name in ("j", "jal"):  # targets near the code
        word = word & 0xFC000000 | CODE >> 2 | rng.randrange(512)
    elif name in ("jr", "jalr"):  # no hint
        word &= ~0x7C0
    elif is_branch:
        word = word & 0xFFFF0000 | rng.randrange(512)
    opcode, rs, rt, rd = word >> 26, word >> 21 & 31, word >> 16 & 31, word >> 11 & 31
    before = [0] * 32
    for register in (rd, rt, rs):
        before[register] = value(rng, name in NEEDS_WORDS)
    if rng.randrange(3) == 0:
        before[rs] = before[rt]
    if name in ("jr", "jalr"):
        before[rs] = CODE + 4 * rng.randrange(512)
    is_access = opcode in (26, 27) or 32 <= opcode != 51
    if is_access:
        before[rs] = (DATA + rng.randrange(16) - sign_extend(word, 16)) % 2**64
    before[0] = 0
    hi, lo = value(rng, name in NEEDS_WORDS), value(rng, name in NEEDS_WORDS)
    data = [rng.getrandbits(64) for _ in range(2)]
    divisor = before[rt] % (2**32 if name in ("div", "divu") else 2**64)
    by_zero = name in ("div", "divu", "ddiv", "ddivu") and divisor == 0
    links_operand = name in ("jalr", "bltzal", "bgezal", "bltzall", "bgezall") and rs in (rd, 31)
    needs_address = is_access or name in ("jr", "jalr")
    if by_zero or links_operand or needs_address and rs == 0:
        return None

    machine.ctl_remove_cache(CODE, CODE + 0x1000)
    machine.mem_write(CODE, word.to_bytes(4, "little") + bytes(60))
    machine.mem_write(DATA, b"".join(double.to_bytes(8, "little") for double in data))
    for register, content in zip(REGISTERS, before):
        machine.reg_write(register, content)
    machine.reg_write(mips.UC_MIPS_REG_HI, hi)
    machine.reg_write(mips.UC_MIPS_REG_LO, lo)
    try:
        machine.emu_start(CODE, 2**32, count=2 if is_branch else 1)
        outcome = "ok"
    except UcError as error:
        outcome = "fault"
        if "EXCEPTION" not in str(error) and "UNALIGNED" not in str(error):
            raise
    read = lambda register: machine.reg_read(register) % 2**64
    after = [read(register) for register in REGISTERS]
    memory = bytes(machine.mem_read(DATA, 16))
    pc = read(mips.UC_MIPS_REG_PC)
    inputs = [before[rs], before[rt], before[rd], hi, lo, *data]
    outputs = [after[rs], after[rt], after[rd], after[31], read(mips.UC_MIPS_REG_HI),
               read(mips.UC_MIPS_REG_LO), int.from_bytes(memory[:8], "little"),
               int.from_bytes(memory[8:], "little")]
    if not is_branch:
        pc = CODE + 4
    numbers = [word, *inputs] + ([pc, *outputs] if outcome == "ok" else [])
    return " ".join([name, outcome, *(f"{number:x}" for number in numbers)])


def main():
    rows = re.findall(r'\("(\w+)", "([01 -]+)"', (Path(__file__).parents[4] / "vmfuzz/src/encoding.rs").read_text())
    machine = Uc(UC_ARCH_MIPS, UC_MODE_MIPS64 | UC_MODE_LITTLE_ENDIAN)
    machine.ctl_set_cpu_model(mips.UC_CPU_MIPS64_MIPS64R2_GENERIC)
    machine.mem_map(CODE, 0x4000)
    machine.mem_map(DATA, 0x1000)
    rng = random.Random(1)
    for name, pattern in rows:
        found = 0
        while name not in LEFT_OUT and found < CASES:
            line = case(machine, rng, name, pattern.replace(" ", ""))
            if line is not None:
                print(line)
                found += 1


main()
