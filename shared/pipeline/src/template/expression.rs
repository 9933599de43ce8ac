//! One expression: parsed, checked and evaluated by minijinja, within bounds.
//!
//! What must hold: an expression ends. minijinja counts its steps (fuel), and repetition (`*`), by which a short text could ask
//! for a long value, is not part of the language.

use std::{collections::BTreeSet, fmt, sync::LazyLock};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::{
    OPEN, TemplateError, filters,
    scan::{self, Token, tokens},
    value::{ValueError, json_text, sole_text, texts},
};
use crate::nearest::suggestion;

/// The longest expression, in bytes.
const MAX_LEN: usize = 1000;

/// How many steps an expression may take.
const FUEL: u64 = 200_000;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    filters::register(&mut environment);
    environment
});

/// What stands between `${{` and `}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expression {
    source: String,
}

impl Expression {
    /// Checks all that can be known without a run. All faults at once.
    pub(crate) fn parse(source: &str) -> Result<Self, Vec<TemplateError>> {
        let errors: Vec<_> = forbidden(source).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        match ENVIRONMENT.compile_expression_owned(source.to_owned()) {
            Ok(_) => Ok(Self { source: source.to_owned() }),
            Err(error) => {
                Err(vec![fault(&whole(source), format!("the expression cannot be read: {}", detail(&error)), EXAMPLE)])
            }
        }
    }

    /// What it is, without the white space around it.
    pub(crate) fn inner(&self) -> &str {
        self.source.trim()
    }

    /// The names it uses, with what follows their dots: `params.x`, `trigger.s3.uri`.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        match ENVIRONMENT.compile_expression_owned(self.source.clone()) {
            Ok(expression) => expression.undeclared_variables(true).into_iter().collect(),
            Err(_) => BTreeSet::new(),
        }
    }

    /// Whether it speaks of what has that name: cheap, and in doubt it does.
    pub(crate) fn speaks_of(&self, name: &str) -> bool {
        tokens(&self.source).any(|(_, token)| token == Token::Word(name))
    }

    /// Whether it says itself what happens where a name has no value.
    pub(crate) fn is_guarded(&self) -> bool {
        tokens(&self.source).any(|(_, token)| match token {
            Token::Word(word) => ["default", "or", "and", "if", "in", "is", "not"].contains(&word),
            Token::Symbol(symbol) => ['=', '!', '<', '>'].contains(&symbol),
            Token::Quoted(_) | Token::Number(_) => false,
        })
    }

    /// Its value.
    pub(crate) fn value(&self, context: &Value) -> Result<Value, ValueError> {
        let expression = ENVIRONMENT.compile_expression_owned(self.source.clone()).map_err(|error| failed(&error))?;
        expression.eval(context.clone()).map_err(|error| failed(&error))
    }

    /// Its value as JSON, `null` if it has none.
    pub(super) fn json(&self, context: &Value) -> Result<serde_json::Value, ValueError> {
        let value = match self.value(context) {
            Ok(value) => value,
            Err(ValueError::Absent) => return Ok(serde_json::Value::Null),
            Err(error) => return Err(error),
        };
        serde_json::from_str(&json_text(&value)?).map_err(|error| ValueError::Failed(error.to_string()))
    }

    pub(super) fn text(&self, context: &Value) -> Result<String, ValueError> {
        sole_text(&self.value(context)?)
    }

    pub(super) fn texts(&self, context: &Value) -> Result<Vec<String>, ValueError> {
        texts(&self.value(context)?)
    }
}

impl fmt::Display for Expression {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN}{}{}", self.source, scan::CLOSE)
    }
}

const EXAMPLE: &str =
    "write a name, as in `${{ params.region }}`, with filters if need be: `${{ trigger.s3.key | basename }}`";

/// What minijinja would take, or find out only in a run, but the language does not have.
fn forbidden(source: &str) -> impl Iterator<Item = TemplateError> {
    let too_long = (source.len() > MAX_LEN)
        .then(|| fault(OPEN, format!("the expression is longer than {MAX_LEN} bytes"), "compute in the job, not here"));
    let checked = if too_long.is_some() { "" } else { source };
    let blank = source.trim().is_empty().then(|| fault(&whole(source), "the expression is empty", EXAMPLE));
    let mut previous = [None, None];
    let found = tokens(checked).filter_map(move |(_, token)| {
        let [before, last] = previous;
        previous = [last, Some(token)];
        match token {
            Token::Word(filter) if last == Some(Token::Symbol('|')) => unknown("filter", filter, filters::FILTERS),
            Token::Word("not") if last == Some(Token::Word("is")) => None,
            Token::Word(test)
                if last == Some(Token::Word("is"))
                    || (last == Some(Token::Word("not")) && before == Some(Token::Word("is"))) =>
            {
                unknown("test", test, filters::TESTS)
            }
            Token::Symbol('*') => {
                let help = "expressions choose and join values; compute in the job";
                Some(fault(&whole(checked), "there is no multiplication in expressions", help))
            }
            Token::Word(_) | Token::Quoted(_) | Token::Number(_) | Token::Symbol(_) => None,
        }
    });
    too_long.into_iter().chain(blank).chain(found)
}

fn unknown(what: &str, name: &str, known: &[&str]) -> Option<TemplateError> {
    (!known.contains(&name)).then(|| fault(name, format!("there is no {what} `{name}`"), suggestion(name, known)))
}

fn whole(source: &str) -> String {
    format!("{OPEN}{source}{}", scan::CLOSE)
}

fn fault(part: &str, problem: impl Into<String>, help: impl Into<String>) -> TemplateError {
    TemplateError { part: part.to_owned(), problem: problem.into(), help: help.into() }
}

fn failed(error: &Error) -> ValueError {
    if error.kind() == ErrorKind::UndefinedError {
        ValueError::Absent
    } else if error.kind() == ErrorKind::OutOfFuel {
        ValueError::Failed("it takes too many steps".to_owned())
    } else {
        ValueError::Failed(detail(error))
    }
}

fn detail(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}
