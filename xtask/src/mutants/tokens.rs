//! A pass over the tokens of a source, which proposes one small change after the other.

use std::{ops::Range, str::FromStr};

use eyre::{Result, eyre};
use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

use super::rules::Rules;

/// One change of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Bytes that are replaced.
    pub(super) range: Range<usize>,
    pub(super) with: String,
    /// The body of the outermost function around them, braces included; none in an item without one.
    pub(super) body: Option<Range<usize>>,
}

/// Returns every change that `rules` know for `source`, by rising position. The tokens of Solidity and of Yul are tokens of
/// Rust as well.
///
/// Comments, attributes, imports and string literals stay as they are.
///
/// # Errors
/// If the source cannot be cut into tokens.
pub(super) fn changes(source: &str, rules: &'static Rules) -> Result<Vec<Change>> {
    let tokens =
        TokenStream::from_str(source).map_err(|error| eyre!("cannot read tokens: {error}"))?;
    let mut pass = Pass { source, rules, body: None, changes: Vec::new() };
    pass.stream(tokens, None);
    pass.changes.sort_by_key(|change| (change.range.start, change.range.end));
    pass.changes.dedup();
    Ok(pass.changes)
}

struct Pass<'a> {
    source: &'a str,
    rules: &'static Rules,
    body: Option<Range<usize>>,
    changes: Vec<Change>,
}

impl Pass<'_> {
    fn propose(&mut self, range: Range<usize>, with: impl Into<String>) {
        let with = with.into();
        if self.source[range.clone()] != with {
            self.changes.push(Change { range, with, body: self.body.clone() });
        }
    }

    /// All tokens of one level; `around` is the group that they stand in.
    fn stream(&mut self, stream: TokenStream, around: Option<Delimiter>) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        if around == Some(Delimiter::Brace) {
            self.statements(&tokens);
            self.calls(&tokens);
        }
        let mut is_function = false;
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(name) if *name == "fn" => is_function = true,
                token if is_punct(token, ';') => is_function = false,
                _ => {}
            }
            let next = tokens.get(at + 1);
            match &tokens[at] {
                TokenTree::Punct(punct) if punct.as_char() == '#' => at += 1,
                TokenTree::Ident(name) if is_any(name, self.rules.passed_over) => {
                    while at < tokens.len() && !is_punct(&tokens[at], ';') {
                        at += 1;
                    }
                }
                TokenTree::Ident(name) if *name == "if" => self.condition(&tokens[at + 1..]),
                TokenTree::Ident(name) => {
                    let before = at.checked_sub(1).map(|before| &tokens[before]);
                    self.name(&name.to_string(), name.span().byte_range(), before, next);
                }
                TokenTree::Literal(literal) => {
                    let field = at > 0 && is_punct(&tokens[at - 1], '.') && {
                        let start = literal.span().byte_range().start;
                        !self.source[..start].ends_with("..")
                    };
                    if !field {
                        self.number(literal.span().byte_range());
                    }
                }
                TokenTree::Punct(punct) if at == 0 || !is_joint(&tokens[at - 1]) => {
                    if is_alternative(&tokens, at) {
                        at += 1;
                        continue;
                    }
                    self.operator(&tokens[at..], punct.span().byte_range());
                }
                TokenTree::Punct(_) | TokenTree::Group(_) => {}
            }
            if let Some(TokenTree::Group(group)) = tokens.get(at)
                && !(at > 0 && is_punct(&tokens[at - 1], '#'))
            {
                let is_tuple = group.delimiter() == Delimiter::Parenthesis;
                if self.rules.patterns && is_tuple && is_pattern(next) {
                    self.fields(group);
                }
                let is_body = is_function && group.delimiter() == Delimiter::Brace;
                if is_body && self.body.is_none() {
                    self.body = Some(group.span().byte_range());
                    self.stream(group.stream(), Some(group.delimiter()));
                    self.body = None;
                } else {
                    self.stream(group.stream(), Some(group.delimiter()));
                }
                is_function &= !is_body;
            }
            at += 1;
        }
    }

    /// A condition, up to the block or arm that it guards: never, or always.
    fn condition(&mut self, rest: &[TokenTree]) {
        if let (true, Some(TokenTree::Group(group))) =
            (self.rules.conditions_in_parentheses, rest.first())
        {
            let range = group.span_open().byte_range().end..group.span_close().byte_range().start;
            self.propose(range.clone(), "false");
            self.propose(range, "true");
            return;
        }
        let is_end = |token: &TokenTree| match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(_) => is_punct(token, '='),
            _ => false,
        };
        // `==` does not end a condition, `=>` does.
        let end = rest.windows(2).position(|pair| {
            is_end(&pair[0]) && (!is_punct(&pair[0], '=') || is_punct(&pair[1], '>'))
        });
        let end = end.unwrap_or(rest.len().saturating_sub(1));
        let is_let = matches!(rest.first(), Some(TokenTree::Ident(name)) if *name == "let");
        if let (Some(first), Some(last), false) = (rest.first(), rest[..end].last(), is_let) {
            let range = first.span().byte_range().start..last.span().byte_range().end;
            self.propose(range.clone(), "false");
            self.propose(range, "true");
        }
    }

    fn name(
        &mut self,
        name: &str,
        range: Range<usize>,
        before: Option<&TokenTree>,
        next: Option<&TokenTree>,
    ) {
        let is_definition = matches!(before, Some(TokenTree::Ident(word))
            if is_any(word, self.rules.definitions));
        if is_definition {
            return;
        }
        if matches!(before, Some(TokenTree::Ident(word)) if *word == "as") {
            for (_, to) in self.rules.casts.iter().filter(|(from, _)| *from == name) {
                self.propose(range.clone(), *to);
            }
        }
        let is_call = matches!(next, Some(TokenTree::Group(group))
            if group.delimiter() == Delimiter::Parenthesis);
        if is_call && self.rules.extensions.contains(&name) {
            self.propose(range.clone(), "");
        }
        // The name of an alternative in a pattern, of a field or of a variant.
        let stays = next.is_some_and(|next| {
            is_pattern(Some(next)) || is_punct(next, '|') || is_punct(next, ':')
        });
        if !stays {
            for (_, to) in self.rules.names.iter().filter(|(from, _)| *from == name) {
                self.propose(range.clone(), *to);
            }
        }
    }

    fn number(&mut self, range: Range<usize>) {
        let text = self.source[range.clone()].replace('_', "");
        let (digits, radix) = match text.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None => (&text[..], 10),
        };
        let Ok(number) = u64::from_str_radix(digits, radix) else {
            if radix == 16 {
                self.table(range, digits);
            }
            return;
        };
        let write = |number: u64| {
            if radix == 16 { format!("{number:#x}") } else { number.to_string() }
        };
        self.propose(range.clone(), write(number.wrapping_add(1)));
        // A mask with another bit, beside its neighbour.
        if number > 0xff {
            self.propose(range, write(number >> 1));
        }
    }

    /// A number of more than 64 bits is a table of digits: without each of its entries.
    fn table(&mut self, range: Range<usize>, digits: &str) {
        for (at, _) in digits.match_indices(|digit| digit != '0') {
            self.propose(range.clone(), format!("0x{}0{}", &digits[..at], &digits[at + 1..]));
        }
    }

    fn operator(&mut self, tokens: &[TokenTree], first: Range<usize>) {
        let joint = tokens.iter().take_while(|token| is_joint(token)).count();
        let end = first.start + joint + 1;
        let text = &self.source[first.start..end.min(self.source.len())];
        let is_surrounded =
            self.source[..first.start].ends_with(' ') && self.source[end..].starts_with(' ');
        if is_surrounded {
            for (_, to) in self.rules.operators.iter().filter(|(from, _)| *from == text) {
                self.propose(first.start..end, *to);
            }
        } else if self.rules.unary.contains(&text)
            && !self.source[..first.start].ends_with(char::is_alphanumeric)
        {
            self.propose(first, "");
        }
    }

    /// Fields of a pattern after the first, which selects: without the check.
    fn fields(&mut self, group: &Group) {
        for token in group.stream().into_iter().skip(1) {
            if let TokenTree::Literal(literal) = token {
                self.propose(literal.span().byte_range(), "_");
            }
        }
    }

    /// Calls that are statements by themselves, which are left out.
    fn calls(&mut self, tokens: &[TokenTree]) {
        for pair in tokens.windows(2) {
            if let [TokenTree::Ident(name), TokenTree::Group(arguments)] = pair
                && is_any(name, self.rules.calls_without_semicolon)
            {
                let end = arguments.span().byte_range().end;
                self.propose(name.span().byte_range().start..end, "");
            }
        }
    }

    /// Statements that are left out.
    fn statements(&mut self, tokens: &[TokenTree]) {
        for statement in tokens.split_inclusive(|token| is_punct(token, ';')) {
            let (Some(first), Some(last)) = (statement.first(), statement.last()) else { continue };
            let is_kept = matches!(first, TokenTree::Ident(name) if is_any(name, self.rules.kept));
            let is_simple = statement.iter().all(|token| {
                !matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
            });
            if is_punct(last, ';') && !is_kept && is_simple && !is_punct(first, '#') {
                let range = first.span().byte_range().start..last.span().byte_range().end;
                self.propose(range, "");
            }
        }
    }
}

/// Whether `name` is one of `words`.
fn is_any(name: &Ident, words: &[&str]) -> bool {
    words.iter().any(|word| name == word)
}

/// Whether what stands before `next` is a pattern.
fn is_pattern(next: Option<&TokenTree>) -> bool {
    match next {
        Some(TokenTree::Ident(name)) => *name == "if",
        Some(TokenTree::Punct(punct)) => {
            punct.as_char() == '=' && punct.spacing() == Spacing::Joint
        }
        _ => false,
    }
}

/// Whether the punctuation at `at` is the `|` between two alternatives of a pattern.
fn is_alternative(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    is_punct(&tokens[at], '|')
        && match (before, tokens.get(at + 1)) {
            (Some(TokenTree::Literal(_)), Some(TokenTree::Literal(_))) => true,
            (Some(TokenTree::Ident(name)), Some(TokenTree::Ident(_))) => {
                name.to_string().starts_with(char::is_uppercase)
            }
            _ => false,
        }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_joint(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint)
}

#[cfg(test)]
mod tests {
    use super::{super::rules, changes};

    /// The source with each change made.
    fn mutants(source: &str) -> Vec<String> {
        mutants_by(rules::RUST, source)
    }

    fn mutants_by(rules: &'static rules::Rules, source: &str) -> Vec<String> {
        let made = changes(source, rules).unwrap().into_iter().map(|change| {
            let mut mutant = source.to_owned();
            mutant.replace_range(change.range, &change.with);
            mutant
        });
        made.collect()
    }

    #[test]
    fn operators_change_only_where_they_are_operators() {
        assert_eq!(mutants("fn f<T>(a: &T) -> A { b < c }"), ["fn f<T>(a: &T) -> A { b <= c }"]);
        assert_eq!(mutants("a & !b"), ["a | !b", "a & b"]);
        assert_eq!(mutants("x << y"), ["x >> y"]);
    }

    #[test]
    fn numbers_grow_and_masks_shrink() {
        assert_eq!(mutants("a.0"), [""; 0]);
        assert_eq!(mutants("7"), ["8"]);
        assert_eq!(mutants("0x0fff"), ["0x1000", "0x7ff"]);
    }

    #[test]
    fn checks_are_dropped() {
        assert!(mutants("if a { b }").contains(&"if false { b }".to_owned()));
        assert!(
            mutants("match a { 1 if b == 2 => c }")
                .contains(&"match a { 1 if true => c }".to_owned())
        );
        assert!(mutants("match a { (1, 0) => c }").contains(&"match a { (1, _) => c }".to_owned()));
        assert!(mutants("{ a.b(c); d }").contains(&"{  d }".to_owned()));
    }

    #[test]
    fn sign_extensions_go_both_ways() {
        assert_eq!(mutants("a as i32"), ["a as u32"]);
        assert_eq!(mutants("word(a)"), ["(a)"]);
    }

    #[test]
    fn comments_attributes_and_imports_stay() {
        assert_eq!(mutants("// 1 + 1\n/// 2\n#[a(3)]\nuse b::{hi, lo};"), [""; 0]);
    }

    #[test]
    fn solidity_and_yul_have_rules_of_their_own() {
        let mutants = |source| mutants_by(rules::SOLIDITY, source);
        assert_eq!(mutants("x &= ~y;"), ["x |= ~y;", "x &= y;"]);
        assert_eq!(mutants("{ if (a) f(b); }"), ["{ if (false) f(b); }", "{ if (true) f(b); }"]);
        assert_eq!(mutants("{ c = d; }"), ["{  }"]);
        assert_eq!(mutants("{ mcopy(a, b, c) }"), ["{  }"]);
        assert_eq!(mutants("error E(uint256 x); import {a} from b;"), [""; 0]);
        assert_eq!(
            mutants("0x70000000000000000000000000000009"),
            ["0x00000000000000000000000000000009", "0x70000000000000000000000000000000"]
        );
    }
}
