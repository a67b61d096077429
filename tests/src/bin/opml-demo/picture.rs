//! Grey pictures in a terminal.

/// A pixel is two characters wide, which makes it about square.
const SHADES: [&str; 5] = ["  ", "░░", "▒▒", "▓▓", "██"];

/// Draws `pixels` of 0 to `level_max`, row by row, in a frame; a line of text for each row.
pub(crate) fn draw(pixels: &[u8], width: usize, level_max: u8) -> Vec<String> {
    let width = width.max(1);
    let edge = "─".repeat(2 * width);
    let rows = pixels.chunks(width).map(|row| {
        let row: String = row.iter().map(|pixel| shade(*pixel, level_max)).collect();
        format!("│{row}│")
    });
    std::iter::once(format!("┌{edge}┐")).chain(rows).chain([format!("└{edge}┘")]).collect()
}

/// The nearest shade: blank only for (nearly) nothing, a full block only for (nearly) full intensity.
fn shade(pixel: u8, level_max: u8) -> &'static str {
    let (pixel, max) = (usize::from(pixel.min(level_max)), usize::from(level_max.max(1)));
    let steps = SHADES.len() - 1;
    SHADES[(2 * pixel * steps + max) / (2 * max)]
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn levels_become_shades_in_a_frame() {
        assert_eq!(
            draw(&[0, 4, 8, 12, 16, 200], 3, 16),
            ["┌──────┐", "│  ░░▒▒│", "│▓▓████│", "└──────┘"]
        );
        assert_eq!(draw(&[], 0, 0), ["┌──┐", "└──┘"]);
    }
}
