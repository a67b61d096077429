//! What may be written in the place of a token. A rule changes as little as a slip of the pen would.

mod rust;
mod solidity;

/// Pairs of a text and what is written in its place; a text may stand in several.
type Replacements = &'static [(&'static str, &'static str)];

/// What the pass over the tokens of a language does.
#[derive(Debug)]
pub(super) struct Rules {
    /// Binary operators, which formatted sources surround with spaces.
    pub(super) operators: Replacements,
    /// Operators before their operand, which are dropped.
    pub(super) unary: &'static [&'static str],
    /// Names in the place of names: neighbouring operations, conditions, fields and faults.
    pub(super) names: Replacements,
    /// Types after `as`: another sign extension, or another width.
    pub(super) casts: Replacements,
    /// Functions that only extend a sign: without them their argument goes through.
    pub(super) extensions: &'static [&'static str],
    /// Words before a name that is being defined.
    pub(super) definitions: &'static [&'static str],
    /// First words of items without a rule in them, up to their semicolon.
    pub(super) passed_over: &'static [&'static str],
    /// First words of statements that are not left out: others would not compile without them, or they are left out
    /// by their condition.
    pub(super) kept: &'static [&'static str],
    /// Whether a condition is a group in parentheses, and not all up to a brace or an arrow.
    pub(super) conditions_in_parentheses: bool,
    /// Whether a literal among the fields of a pattern is a check.
    pub(super) patterns: bool,
    /// Calls and assignments that no semicolon ends, by the name that is called.
    pub(super) calls_without_semicolon: &'static [&'static str],
}

pub(super) const RUST: &Rules = &rust::RULES;
pub(super) const SOLIDITY: &Rules = &solidity::RULES;
