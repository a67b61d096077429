//! The workloads of the benches: tiles of the size that they promise, the same bytes by fast and by scalar kernels.

use std::sync::Arc;

use opml_engine::{Engine, seam::Outcome};
use opml_fpvm::{EXIT_OK, Program};
use opml_model::Workload;

#[test]
fn every_workload_runs_to_its_end_with_the_same_root_by_all_kernels() {
    for workload in Workload::all().unwrap() {
        let mut scalar = workload.machine().unwrap();
        let mut fast = Engine::new(Arc::clone(&workload.model), &workload.input).unwrap();
        let steps = [&mut scalar, &mut fast].map(|engine| engine.run_to_halt(u64::MAX).unwrap());
        assert_eq!(steps, [workload.tiles + 1; 2], "{}", workload.name);
        assert_eq!(scalar.outcome(), Some(Outcome::Done), "{}", workload.name);
        assert_eq!(scalar.root(), fast.root(), "{}", workload.name);
    }
}

#[test]
fn one_tile_takes_about_2_24_small_steps_and_leaves_the_scalar_kernels_bytes() {
    let elf = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/opml-guest.elf");
    let guest = Program::from_elf(&std::fs::read(elf).unwrap()).unwrap();
    for workload in Workload::all().unwrap() {
        let mut machine = workload.machine().unwrap();
        let mut state = guest.start(machine.snapshot());
        let steps = state.run(1 << 27);
        assert_eq!(state.cpu.exit, EXIT_OK, "{}", workload.name);
        machine.run_to(1).unwrap();
        assert_eq!(state.memory.node(38, 1), machine.root(), "{}", workload.name);
        let per_unit = steps as f64 / workload.units as f64;
        eprintln!("{}: {steps} small steps, {per_unit:.2} per unit", workload.name);
        assert!(((1 << 23)..=(1 << 25)).contains(&steps), "{}: {steps}", workload.name);
    }
}
