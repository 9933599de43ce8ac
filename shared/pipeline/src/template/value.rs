//! From an expression's value to text.

use std::io;

use minijinja::{Value, value::ValueKind};

/// The most that a value, and a text made of values, may take, in bytes: more fits into no `SubmitJob` (30 KiB).
pub(super) const MAX_VALUE_BYTES: usize = 64 * 1024;

/// Why a value cannot become text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// It is `null`: something that this run does not have.
    #[error("has no value in this run")]
    Absent,
    /// It holds a NUL, which neither an argument nor a variable can.
    #[error("holds a NUL character, which a command and its environment cannot")]
    Nul,
    /// It is too long for a job.
    #[error("is longer than the {MAX_VALUE_BYTES} bytes that fit into a job")]
    TooLong,
    /// It could not be computed.
    #[error("cannot be computed: {0}")]
    Failed(String),
}

pub(super) fn within_size(bytes: usize) -> Result<(), ValueError> {
    if bytes <= MAX_VALUE_BYTES { Ok(()) } else { Err(ValueError::TooLong) }
}

/// The value as text: strings as they are, anything else as JSON.
pub(crate) fn sole_text(value: &Value) -> Result<String, ValueError> {
    if matches!(value.kind(), ValueKind::Undefined | ValueKind::None) {
        return Err(ValueError::Absent);
    }
    match value.as_str() {
        Some(text) if text.contains('\0') => Err(ValueError::Nul),
        Some(text) => within_size(text.len()).map(|()| text.to_owned()),
        None => json_text(value),
    }
}

/// The value as texts: one for each item of an array, otherwise one.
pub(super) fn texts(value: &Value) -> Result<Vec<String>, ValueError> {
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Ok(vec![sole_text(value)?]);
    }
    let mut texts = Vec::new();
    let mut bytes = 0;
    for item in value.try_iter().map_err(|error| ValueError::Failed(error.to_string()))? {
        let text = sole_text(&item)?;
        bytes += text.len() + 1;
        within_size(bytes)?;
        texts.push(text);
    }
    Ok(texts)
}

/// The value as JSON.
pub(super) fn json_text(value: &Value) -> Result<String, ValueError> {
    let mut writer = Bounded(Vec::new());
    match serde_json::to_writer(&mut writer, value) {
        Ok(()) => String::from_utf8(writer.0).map_err(|error| ValueError::Failed(error.to_string())),
        Err(error) if error.is_io() => Err(ValueError::TooLong),
        Err(error) => Err(ValueError::Failed(error.to_string())),
    }
}

struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        within_size(self.0.len() + bytes.len()).map_err(io::Error::other)?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
