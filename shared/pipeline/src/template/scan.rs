//! The little that must be known of an expression's text before minijinja parses it: where it ends, and which filters, tests
//! and operators it uses.

/// How an expression ends.
pub(super) const CLOSE: &str = "}}";

/// A part of an expression's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or keyword.
    Word(&'a str),
    /// A text in quotes, quotes included; may be unclosed.
    Quoted(&'a str),
    /// A number.
    Number(&'a str),
    /// Any other character, but for white space.
    Symbol(char),
}

/// The tokens of an expression, each with where it begins.
pub(super) fn tokens(source: &str) -> impl Iterator<Item = (usize, Token<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = source.get(at..)?;
        let start = at + (rest.len() - rest.trim_start().len());
        let rest = source.get(start..)?;
        let first = rest.chars().next()?;
        let (token, len) = match first {
            '"' | '\'' => {
                let len = quoted_len(rest, first);
                (Token::Quoted(rest.get(..len)?), len)
            }
            c if c.is_alphabetic() || c == '_' => {
                let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                (Token::Word(rest.get(..len)?), len)
            }
            c if c.is_ascii_digit() => {
                let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                (Token::Number(rest.get(..len)?), len)
            }
            c => (Token::Symbol(c), c.len_utf8()),
        };
        at = start + len;
        Some((start, token))
    })
}

/// Where the expression that begins here ends: before the `}}` that is in no quotes and closes no brace of its own.
pub(super) fn end_of_expression(source: &str) -> Option<usize> {
    let mut open = 0usize;
    let mut closing_at = None;
    for (at, token) in tokens(source) {
        match token {
            Token::Symbol('{') => open += 1,
            Token::Symbol('}') if open > 0 => open -= 1,
            Token::Symbol('}') if closing_at == at.checked_sub(1) && at > 0 => return closing_at,
            Token::Symbol('}') => {
                closing_at = Some(at);
                continue;
            }
            Token::Symbol(_) | Token::Word(_) | Token::Quoted(_) | Token::Number(_) => {}
        }
        closing_at = None;
    }
    None
}

fn quoted_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + quote.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_expression() {
        for (source, inner) in [
            (" a }} b }}", Some(" a ")),
            ("'}}'}}", Some("'}}'")),
            (r#""\"}}" }}"#, Some(r#""\"}}" "#)),
            ("{'a': {'b': 1}}}}", Some("{'a': {'b': 1}}")),
            ("}}", Some("")),
            ("a } }", None),
            ("a }", None),
            ("'a }}", None),
            ("", None),
        ] {
            assert_eq!(end_of_expression(source).map(|end| &source[..end]), inner, "{source}");
        }
    }
}
