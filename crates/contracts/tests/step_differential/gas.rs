//! What `run` costs: gas of its execution by class of instruction, and for windows of real code.

use crate::evm::Evm;
use opml_fpvm::{Cpu, State, witness};
use opml_memory::{DATA_HALF, LEAF_BYTES, MODEL_QUARTER, Memory};

const TEXT: u64 = 0x1_0000;
const STACK: u64 = 0x0a00_0000_1000;
const WEIGHTS: u64 = MODEL_QUARTER + (1 << 30);

/// Makes every sibling on the path of `address` up to `height` differ from a zero subtree, as in a region of
/// 2^(height + 5) bytes in use.
fn surround(memory: &mut Memory, address: u64, height: u32) {
    for h in 0..height {
        memory.write(address ^ (LEAF_BYTES as u64) << h, &[1]);
    }
}

#[derive(Debug)]
struct Row {
    class: &'static str,
    word: u32,
    base: u64,
    data_height: u32,
}

fn state(row: &Row) -> State {
    let mut memory = Memory::new();
    memory.write(TEXT, &row.word.to_le_bytes());
    surround(&mut memory, TEXT, 13);
    memory.write(DATA_HALF, &[1]);
    if row.base != 0 {
        memory.write(row.base, &[1; 8]);
        surround(&mut memory, row.base, row.data_height);
        memory.write(STACK, &[1]);
    }
    let mut cpu = Cpu::start(TEXT);
    for (n, register) in cpu.regs.iter_mut().enumerate().skip(1) {
        *register = 0x1_0000 * n as u64;
    }
    cpu.regs[5] = row.base;
    State { cpu, memory }
}

#[test]
fn gas_table() {
    let mut evm = Evm::new();
    let rows = [
        Row { class: "addu", word: 0x0022_1821, base: 0, data_height: 0 },
        Row { class: "daddiu", word: 0x6422_0001, base: 0, data_height: 0 },
        Row { class: "sll", word: 0x0002_1880, base: 0, data_height: 0 },
        Row { class: "mult", word: 0x0022_0018, base: 0, data_height: 0 },
        Row { class: "mul", word: 0x7022_1802, base: 0, data_height: 0 },
        Row { class: "dclz", word: 0x7022_1024, base: 0, data_height: 0 },
        Row { class: "dext", word: 0x7c22_1903, base: 0, data_height: 0 },
        Row { class: "beq", word: 0x1022_0004, base: 0, data_height: 0 },
        Row { class: "break", word: 0x0000_000d, base: 0, data_height: 0 },
        Row { class: "ld weights 1 GB", word: 0xdca2_0000, base: WEIGHTS, data_height: 25 },
        Row { class: "lb weights 1 GB", word: 0x80a2_0000, base: WEIGHTS, data_height: 25 },
        Row { class: "sd stack", word: 0xfca2_0000, base: STACK, data_height: 11 },
        Row { class: "sd weights 1 GB", word: 0xfca2_0000, base: WEIGHTS, data_height: 25 },
    ];
    for row in rows {
        let before = state(&row);
        let bytes = witness(&before, 1).unwrap();
        let run = evm.run(1, &bytes).unwrap();
        eprintln!("{:20} {:6} gas {:5} bytes", row.class, run.gas, bytes.len());
    }
}
