//! `cost` grows as fast as the small steps do: twice the work costs at least what it takes more.
//!
//! A *whole* program may spend the sum of its costs to the last step, so a fixed part that covers a small record proves nothing.

use crate::guest::{bound, guest, large, large_step};
use opml_fpvm::Program;
use opml_kernels::Output;
use opml_tensor::{
    DenseSpec, Operand, Record,
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};

const OUT: u64 = ACTIVATIONS + (1 << 20);
/// Off every alignment.
const SKEW: u64 = 1;

fn dense([rows, columns, inner]: [u32; 3]) -> Record {
    Record::dense(DenseSpec {
        dims: [rows, columns, inner],
        tile: [rows, columns.next_multiple_of(16)],
        output: Output { zero_point: 3, low: -100, high: 100 },
        x: Operand::at(ACTIVATIONS + SKEW, [inner, 0, 0]),
        weights: Operand::at(WEIGHTS + (1 << 20), [inner.div_ceil(4) * 64, 0, 0]),
        table: Operand::at(WEIGHTS, [12, 0, 0]),
        out: Operand::at(OUT + SKEW, [columns, 0, 0]),
    })
}

fn argmax(rows: u32, inner: u32) -> Record {
    let (x, y) = (Operand::at(INPUT, [inner, 0, 0]), Operand::at(OUT, [4, 0, 0]));
    Record::argmax([rows, inner], rows, x, y)
}

/// Small steps in the VM, and the cost.
fn measure(guest: &Program, record: &Record) -> (u64, u64) {
    let machine = large(record);
    (large_step(guest, machine.memory()).0, bound(&machine).unwrap())
}

fn check(guest: &Program, once: &Record, twice: &Record) {
    let ((steps, cost), (more_steps, more_cost)) = (measure(guest, once), measure(guest, twice));
    assert!(
        more_steps - steps <= more_cost - cost,
        "{} small steps more for {} more cost: {once:?}",
        more_steps - steps,
        more_cost - cost
    );
}

#[test]
fn cost_grows_as_fast_as_dense_layers_take() {
    let guest = guest();
    for inner in [1, 7, 8, 15, 64] {
        for columns in [1, 3, 4, 7] {
            check(&guest, &dense([100, columns, inner]), &dense([200, columns, inner]));
        }
        check(&guest, &dense([1, 300, inner]), &dense([1, 600, inner]));
    }
    check(&guest, &dense([1, 1, 10_007]), &dense([1, 1, 20_007]));
}

#[test]
fn cost_grows_as_fast_as_planes_and_rows_take() {
    let guest = guest();
    for columns in [1, 7, 9, 33] {
        check(&guest, &argmax(300, columns), &argmax(600, columns));
        for step in [1, 2] {
            let plane = |base| {
                let row = columns * step;
                Operand::at(base, [row, row, step])
            };
            let (from, to) = (plane(INPUT + SKEW), plane(OUT + 2 * SKEW));
            for dims in [|rows, columns| [rows, 1, columns], |rows, columns| [1, rows, columns]] {
                for from in [from, to] {
                    let relu =
                        |rows| Record::relu(dims(rows, columns), [rows, columns], 0, from, to);
                    check(&guest, &relu(200), &relu(400));
                }
                let copy = |rows| Record::copy(dims(rows, columns), [rows, columns], from, to);
                check(&guest, &copy(200), &copy(400));
            }
        }
    }
}
