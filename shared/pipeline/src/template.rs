//! Text with expressions in it: `--chunks=${{ params.chunks }}`.
//!
//! What must hold: a template never touches a shell; what an expression gives is text or a list of texts, and never an
//! expression again.

pub(crate) mod expression;
mod filters;
mod scan;
mod value;

use std::fmt;

use minijinja::Value;

use expression::Expression;
pub use value::ValueError;
pub(crate) use value::sole_text as text_of;

/// How an expression begins.
pub(crate) const OPEN: &str = "${{";

/// A text of a definition, with its expressions taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Expression(Expression),
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateError {
    /// The part of the template it is about.
    pub(crate) part: String,
    pub(crate) problem: String,
    pub(crate) help: String,
}

impl Template {
    /// Takes a text apart. All faults at once.
    pub(crate) fn parse(source: &str) -> Result<Self, Vec<TemplateError>> {
        let mut pieces = Vec::new();
        let mut errors = Vec::new();
        let mut rest = source;
        while let Some((text, after)) = rest.split_once(OPEN) {
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
            let Some(end) = scan::end_of_expression(after) else {
                errors.push(unclosed(after));
                rest = "";
                break;
            };
            let (inner, after) = after.split_at_checked(end).unwrap_or_default();
            match Expression::parse(inner) {
                Ok(expression) => pieces.push(Piece::Expression(expression)),
                Err(mut found) => errors.append(&mut found),
            }
            rest = after.strip_prefix(scan::CLOSE).unwrap_or(after);
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        if errors.is_empty() { Ok(Self { pieces }) } else { Err(errors) }
    }

    /// Its expressions, in order.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expression) => Some(expression),
            Piece::Text(_) => None,
        })
    }

    /// Whether an expression of it speaks of what has that name.
    pub(crate) fn speaks_of(&self, name: &str) -> bool {
        self.expressions().any(|expression| expression.speaks_of(name))
    }

    /// The expression, if it is nothing but one.
    pub(crate) fn sole_expression(&self) -> Option<&Expression> {
        match self.pieces.as_slice() {
            [Piece::Expression(expression)] => Some(expression),
            _ => None,
        }
    }

    /// How many bytes of it are not expressions: no rendering is shorter.
    pub(crate) fn literal_len(&self) -> usize {
        let len = |piece: &Piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Expression(_) => 0,
        };
        self.pieces.iter().map(len).sum()
    }

    /// One text.
    pub(crate) fn text(&self, context: &Value) -> Result<String, (String, ValueError)> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Expression(expression) => {
                    text.push_str(&expression.text(context).map_err(|error| (expression.to_string(), error))?);
                }
            }
            value::within_size(text.len()).map_err(|error| (self.to_string(), error))?;
        }
        Ok(text)
    }

    /// The JSON that it stands for: the value of the expression if it is nothing but one, `null` if that has none; otherwise its text.
    pub(crate) fn json(&self, context: &Value) -> Result<serde_json::Value, (String, ValueError)> {
        match self.sole_expression() {
            Some(expression) => expression.json(context).map_err(|error| (expression.to_string(), error)),
            None => self.text(context).map(serde_json::Value::from),
        }
    }

    /// The arguments that it stands for: as many as the array has if it is nothing but an expression whose value is an array,
    /// otherwise one.
    pub(crate) fn arguments(&self, context: &Value) -> Result<Vec<String>, (String, ValueError)> {
        match self.sole_expression() {
            Some(expression) => expression.texts(context).map_err(|error| (expression.to_string(), error)),
            None => Ok(vec![self.text(context)?]),
        }
    }
}

impl fmt::Display for Template {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => f.write_str(text)?,
                Piece::Expression(expression) => expression.fmt(f)?,
            }
        }
        Ok(())
    }
}

fn unclosed(after: &str) -> TemplateError {
    TemplateError {
        part: format!("{OPEN}{after}"),
        problem: "the expression is not closed".to_owned(),
        help: "end it with `}}`; to write `${{` itself, write `${{ \"${{\" }}`".to_owned(),
    }
}
