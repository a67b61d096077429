//! The generated part of docs/economics.md.

use thiserror::Error;

const BEGIN: &str = "<!-- cargo xtask sim economics: begin -->";
const END: &str = "<!-- cargo xtask sim economics: end -->";

/// A page without a place for the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("docs/economics.md has no lines `{BEGIN}` and `{END}`, in this order")]
pub struct NoSection;

/// The page with these tables between its markers.
///
/// # Errors
/// If the markers are not there.
pub fn replace(page: &str, tables: &str) -> Result<String, NoSection> {
    let from = page.find(BEGIN).ok_or(NoSection)? + BEGIN.len();
    let to = from + page[from..].find(END).ok_or(NoSection)?;
    Ok(format!("{}\n\n{tables}\n{}", &page[..from], &page[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_markers_is_replaced_and_nothing_else() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nb");
        let fresh = replace(&page, "| new |\n").unwrap();
        assert_eq!(fresh, format!("a\n{BEGIN}\n\n| new |\n\n{END}\nb"));
        assert_eq!(replace(&fresh, "| new |\n"), Ok(fresh.clone()));
        assert_eq!(replace("a", ""), Err(NoSection));
    }
}
