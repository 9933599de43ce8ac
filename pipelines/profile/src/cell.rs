//! What one cell says: nothing, or a number, or text.

use serde::{Deserialize, Serialize};

/// True for an empty cell, and for the words that exporters write where a value is missing.
pub fn is_missing(cell: &str) -> bool {
    matches!(cell.trim(), "" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "NULL" | "null" | "None")
}

/// The largest size of a number that is counted: squares of it can be summed without overflow.
const LARGEST: f64 = 1e100;

/// What stands between the whole part of a number and its fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecimalMark {
    /// `12.5`
    Point,
    /// `12,5`, and `12.5` as well.
    Comma,
}

/// The number that a cell holds in plain or scientific notation, up to 10^100 in size.
///
/// A leading zero, as in `007`, means an identifier and not a number.
pub fn number(cell: &str, mark: DecimalMark) -> Option<f64> {
    let text = cell.trim();
    let mut digits = text.trim_start_matches(['+', '-']).bytes();
    let (first, second) = (digits.next()?, digits.next());
    let identifier = first == b'0' && second.is_some_and(|byte| byte.is_ascii_digit());
    if identifier || !(first.is_ascii_digit() || first == b'.') {
        return None;
    }
    let parsed = match mark {
        DecimalMark::Comma if !text.contains('.') => text.replacen(',', ".", 1).parse::<f64>(),
        DecimalMark::Comma | DecimalMark::Point => text.parse(),
    };
    parsed.ok().filter(|value| value.abs() <= LARGEST)
}

/// A cell's bytes as text: UTF-8, with each byte that is not shown as `U+FFFD`.
pub fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (cell, value) in
            [("1", 1.0), (" -2.5 ", -2.5), ("1e3", 1000.0), ("0", 0.0), ("0.5", 0.5), (".5", 0.5), ("+7", 7.0)]
        {
            assert_eq!(number(cell, DecimalMark::Point), Some(value), "{cell}");
        }
        for cell in ["", "-", "007", "1,000", "inf", "NaN", "1e999", "1e101", "12 km", "--1", "0x10", "2020-01-01"] {
            assert_eq!(number(cell, DecimalMark::Point), None, "{cell}");
        }
    }

    #[test]
    fn decimal_commas() {
        assert_eq!(number("-12,5", DecimalMark::Comma), Some(-12.5));
        assert_eq!(number("12.5", DecimalMark::Comma), Some(12.5));
        assert_eq!(number("1.234,5", DecimalMark::Comma), None);
        assert_eq!(number("1,2,3", DecimalMark::Comma), None);
    }

    #[test]
    fn missing() {
        assert!(["", "  ", "NA", "null"].iter().all(|cell| is_missing(cell)));
        assert!(["0", "none of it", "-"].iter().all(|cell| !is_missing(cell)));
    }
}
