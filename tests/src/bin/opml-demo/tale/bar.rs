//! The part of a list that the next move is about.

/// Cells between the edges of a bar.
const WIDTH: u64 = 32;

/// Draws a list of `parts` parts with part `pick` (from 1) filled.
pub(super) fn draw(parts: u64, pick: u64) -> String {
    let parts = parts.max(1);
    let at = |part: u64| part.min(parts) * WIDTH / parts;
    let start = at(pick.saturating_sub(1)).min(WIDTH - 1);
    let end = at(pick).max(start + 1);
    let cells: String =
        (0..WIDTH).map(|cell| if (start..end).contains(&cell) { '█' } else { '·' }).collect();
    format!("├{cells}┤")
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn every_part_is_visible_and_in_its_place() {
        assert_eq!(draw(32, 1), format!("├█{}┤", "·".repeat(31)));
        assert_eq!(draw(32, 32), format!("├{}█┤", "·".repeat(31)));
        assert_eq!(draw(2, 2), format!("├{}{}┤", "·".repeat(16), "█".repeat(16)));
        assert_eq!(draw(1, 1), format!("├{}┤", "█".repeat(32)));
        for parts in 1..=64 {
            for pick in 1..=parts {
                let bar = draw(parts, pick);
                assert_eq!((bar.chars().count(), bar.contains('█')), (34, true), "{parts} {pick}");
            }
        }
    }
}
