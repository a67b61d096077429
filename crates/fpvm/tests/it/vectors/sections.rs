//! What the vectors are made of.

use super::{
    HeaderProofs, JointProofs, StateHashes, Steps, Vectors, malformed,
    states::{Random, random_state},
};
use crate::asm::{RS, RT, i, r, state};
use alloy_primitives::Bytes;
use opml_fpvm::{Cpu, State, TEXT_END, witness};
use opml_memory::{DEPTH, HEADER_BYTES, JointProof, Memory, zero_hash};
use opml_vmfuzz::{Encoding, Source};
use rand::Rng;

impl Steps {
    fn add(&mut self, name: &str, state: &State, steps: u32) {
        let mut after = state.clone();
        after.run(u64::from(steps));
        let witness = witness(state, steps).unwrap_or_default();
        self.name.push(name.into());
        self.steps.push(steps);
        self.witness.push(witness.into());
        self.start.push(state.hash());
        self.end.push(after.hash());
    }
}

/// Generates all sections, always the same.
pub(super) fn generate() -> Vectors {
    let mut random = Source::seeded(8, 0);
    let mut vectors =
        Vectors { zero_hashes: (0..=DEPTH).map(zero_hash).collect(), ..Vectors::default() };
    state_hashes(&mut random, &mut vectors.state_hash);
    every_encoding(&mut random, &mut vectors.step);
    faults_and_windows(&mut random, &mut vectors.step);
    malformed::generate(&mut vectors.malformed);
    joint_proofs(&mut random, &mut vectors.joint_proof);
    header_proofs(&mut random, &mut vectors.header_proof);
    vectors
}

fn state_hashes(random: &mut Random, section: &mut StateHashes) {
    let mut random_cpu = Cpu::start(random.random());
    random_cpu.regs[1..].fill_with(|| random.random());
    (random_cpu.hi, random_cpu.lo) = (random.random(), random.random());
    for cpu in [Cpu::start(0x1_0000), Cpu::exited(0x100), Cpu::exited(0x20d), random_cpu] {
        let root = zero_hash(DEPTH);
        section.packed.push(Bytes::copy_from_slice(&cpu.pack(root)));
        section.hash.push(cpu.hash(root));
    }
}

/// One step of every encoding; registers that the word does not name are 0, to keep the file small.
fn every_encoding(random: &mut Random, section: &mut Steps) {
    let encodings = Encoding::all();
    for encoding in &encodings {
        let mut state = random_state(random, &encodings, Some(*encoding));
        let word = state.memory.read_u64(state.cpu.pc & !7) >> (8 * (state.cpu.pc & 4));
        let named = [word >> 21 & 31, word >> 16 & 31, word >> 11 & 31, 2, 4, 31];
        for (number, register) in state.cpu.regs.iter_mut().enumerate() {
            if !named.contains(&(number as u64)) {
                *register = 0;
            }
        }
        section.add(encoding.name, &state, 1);
    }
}

fn faults_and_windows(random: &mut Random, section: &mut Steps) {
    let (ld, sd) = (0x37, 0x3f);
    let step = |section: &mut Steps, name: &str, word, rs, rt| {
        section.add(name, &state(&[word], rs, rt), 1);
    };
    let min32 = i32::MIN as u64;
    step(section, "reserved instruction", 0xffff_ffff, 0, 0);
    step(section, "reserved field", r(0, 1, RT, 10, 4, 0x00), 0, 7);
    step(section, "unaligned load", i(ld, RS, RT, 4), 1 << 25, 0);
    step(section, "load out of range", i(ld, RS, RT, 0), 1 << 44, 0);
    step(section, "store to text", i(sd, RS, RT, 0), TEXT_END - 8, 1);
    step(section, "store above text", i(sd, RS, RT, 0), TEXT_END, 1);
    step(section, "last store of the memory", i(sd, RS, RT, 0), (1 << 44) - 8, 1);
    step(section, "wrapped load from text", i(ld, RS, RT, 0x10), u64::MAX - 7, 1);
    step(section, "overflow of add", r(0, RS, RT, 10, 0, 0x20), 0x7fff_ffff, 1);
    step(section, "trap taken", r(0, RS, RT, 0, 0, 0x34), 5, 5);
    step(section, "breakpoint", 0x0d, 0, 0);
    step(section, "unknown system call", 0x0c, 0, 0);
    step(section, "division by zero", r(0, RS, RT, 0, 0, 0x1a), 5, 1 << 32);
    step(section, "least integer by -1", r(0, RS, RT, 0, 0, 0x1a), min32, u64::MAX);
    step(section, "least double by -1", r(0, RS, RT, 0, 0, 0x1e), 1 << 63, u64::MAX);
    step(section, "linked access", i(0x30, RS, RT, 1), 0, 0);
    step(section, "untaken likely branch", i(0x14, RS, RT, 9), 1, 2);
    step(section, "branch backwards", i(0x05, RS, RT, 0xfff0), 1, 2);
    step(section, "srav by 33", r(0, RS, RT, 10, 0, 0x07), 33, min32);
    step(section, "load of the code itself", i(0x27, RS, RT, 0), 0x1_0000, 0);
    let mut exit = state(&[0x0c], 1, 2);
    (exit.cpu.regs[2], exit.cpu.regs[4]) = (5058, 0x1ff);
    section.add("exit", &exit, 1);
    exit.cpu.regs[4] = 0;
    section.add("exit 0, then 15 steps more", &exit, 16);
    for (name, pc) in [
        ("unaligned fetch", 0x1_0002),
        ("fetch outside text", TEXT_END),
        ("fetch at the end of the address space", u64::MAX - 3),
    ] {
        section.add(name, &State::start(Memory::new(), pc), 1);
    }
    let delay_slot = state(&[i(0x04, 0, 0, 0), i(0x04, 0, 0, 0)], 0, 0);
    section.add("branch in a delay slot", &delay_slot, 2);
    let mut exited = state(&[0], 3, 4);
    exited.cpu.exit = 2;
    section.add("exited with everything else set", &exited, 3);

    let goes_on = |row: &Encoding| !row.name.starts_with(['t', 'b', 'j', 'l', 's']);
    let mut encodings: Vec<_> = Encoding::all().into_iter().filter(goes_on).collect();
    let memory =
        |row: &Encoding| ["sd", "sdl", "sdr", "swl", "sb", "ld", "lwr"].contains(&row.name);
    for _ in 0..6 {
        encodings.extend(Encoding::all().into_iter().filter(memory));
    }
    for steps in (2..=16).chain([16; 8]) {
        let mut state = random_state(random, &encodings, None);
        for register in &mut state.cpu.regs[1..] {
            *register = TEXT_END + (1 << 15) + 8 * random.random_range(0..32);
        }
        section.add(&format!("window of {steps}"), &state, steps);
    }
    // Every step touches two new leaves, far from each other: the largest proof.
    let stores: Vec<u32> =
        (0..128).map(|at| if at % 8 == 0 { i(sd, 16, RT, 0) } else { 0 }).collect();
    let mut wide = state(&stores, 0, 9);
    wide.cpu.regs[16] = 1 << 43;
    section.add("one store in eight", &wide, 16);
    let jumps: Vec<u32> = (0..16)
        .flat_map(|n| {
            [
                0x02 << 26 | (0x1_0000 + 64 * n + 64) >> 2,
                i(sd, n + 8, RT, 0),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
            ]
        })
        .collect();
    let mut wide = state(&jumps, 0, 9);
    for (n, register) in wide.cpu.regs[8..24].iter_mut().enumerate() {
        *register = (1 << 43) + ((n as u64) << 36);
    }
    section.add("jump and store, eight times", &wide, 16);
}

fn joint_proofs(random: &mut Random, section: &mut JointProofs) {
    let sets: [&[u64]; 6] = [
        &[0],
        &[(1 << DEPTH) - 1],
        &[0, 1, 2, 3],
        &[5, 7, 1 << 20, (1 << 38) + 5],
        &[1, 1 << 19, 1 << 38, (1 << 38) + 1, (3 << 37) + 9, (1 << DEPTH) - 1],
        &[8, 9, 11, 12, 13, 15, 16, 31, 32, 33, 40, 41, 42, 43, 44, 63],
    ];
    for indices in sets {
        let mut memory = Memory::new();
        for _ in 0..40 {
            let near = indices[random.random_range(0..indices.len())] * 32;
            let at = near ^ (32 * random.random_range(0..64u64));
            memory.write_u64(at, random.random());
        }
        let Ok(proof) = JointProof::build(&memory, indices) else { continue };
        let mut bytes = Vec::new();
        proof.encode(&mut bytes);
        section.proof.push(bytes.into());
        section.root.push(memory.root());
        let mut values = Vec::new();
        for index in indices {
            let value: [u8; 32] = random.random();
            memory.write(index * 32, &value);
            values.extend(value);
        }
        section.values.push(values.into());
        section.root_after.push(memory.root());
    }
}

fn header_proofs(random: &mut Random, section: &mut HeaderProofs) {
    for pages in [1, 2, 9] {
        let mut memory = Memory::new();
        let at = opml_memory::MODEL_QUARTER;
        for page in 0..pages {
            let bytes: Vec<u8> = (0..96).map(|_| random.random()).collect();
            memory.write(at + (page << 12), &bytes);
            memory.write(at + (1 << 30) + (page << 12), &bytes);
        }
        let mut header = [0; HEADER_BYTES];
        memory.read(at, &mut header);
        section.header.push(Bytes::copy_from_slice(&header));
        section.proof.push(opml_memory::header_proof(&memory).into());
        section.root.push(memory.node(opml_memory::QUARTER_HEIGHT, 3));
    }
}
