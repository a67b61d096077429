//! Cutting records into tiles.

use opml_tensor::{Header, Operation, Record, Refusal, Registers, admit};

/// Greatest bound on the small steps of a tile. Typical data take a half to a third of it with floats and two thirds with integers,
/// so tiles come to some 2^24 steps: every tile between 2^22 and 2^27 costs a dispute the same five lists, so neither
/// smaller nor larger ones gain anything.
const TARGET: u64 = 1 << 25;

/// Makes the tiles of `record`, given as one, small enough: fewer rows first, then fewer columns, by multiples of `granule`.
///
/// # Errors
/// When the machine would refuse the record whatever its tiles are.
pub(crate) fn cut(
    record: &Record,
    granule: u32,
    header: &Header,
) -> Result<(Record, Operation), Refusal> {
    let mut record = *record;
    loop {
        let admitted = admit(&record, &Registers::default(), header);
        let cost = match &admitted {
            Ok(operation) => operation.cost(header),
            Err(Refusal::Cost(cost)) => *cost,
            Err(_) => return admitted.map(|operation| (record, operation)),
        };
        let [rows, columns, ..] = record.tile;
        // Halves, so that the tiles of a record are of one size but for the last.
        let smaller = if cost <= TARGET {
            None
        } else if rows > 1 {
            Some([rows.div_ceil(2), columns])
        } else if columns > granule {
            Some([rows, columns.div_ceil(2).next_multiple_of(granule)])
        } else {
            None
        };
        match smaller {
            Some([rows, columns]) => (record.tile[0], record.tile[1]) = (rows, columns),
            None => return admitted.map(|operation| (record, operation)),
        }
    }
}
