//! Numbers as people read them.

/// A count with its thousands divided: `11,859`.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with its noun: `1 chunk`, `8 chunks`.
pub(super) fn several(value: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(value), if value == 1 { "" } else { "s" })
}

/// A number to about four significant digits, without idle zeros.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{value:.3e}").replace('-', "−");
    }
    let decimals = match size {
        1_000.0.. => 0,
        100.0.. => 1,
        1.0.. => 2,
        0.01.. => 4,
        _ => 6,
    };
    let text = format!("{size:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{whole}{point}{fraction}")
}

/// A size: `769 KiB`.
pub(super) fn bytes(value: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = UNITS.into_iter().find(|(shift, _)| value >> shift > 0);
    unit.map_or_else(
        || several(value, "byte"),
        |(shift, unit)| format!("{} {unit}", number((value as f64 / f64::from(1_u32 << shift) * 10.0).round() / 10.0)),
    )
}

/// A part of a whole in percent, never rounded to 0 or 100 if it is neither.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".into();
    }
    let share = part as f64 / whole as f64 * 100.0;
    match share {
        ..0.1 => "< 0.1 %".into(),
        99.9..100.0 => "> 99.9 %".into(),
        ..10.0 => format!("{} %", number((share * 10.0).round() / 10.0)),
        _ => format!("{share:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(several(1, "row"), "1 row");
    }

    #[test]
    fn decimals() {
        let values = [0.0, -79.0, 53.7253, 0.012_34, 1_234_567.8, 992.61, 1e300, -2.5e-9];
        assert_eq!(values.map(number), ["0", "−79", "53.73", "0.0123", "1,234,568", "992.6", "1.000e300", "−2.500e−9"]);
    }

    #[test]
    fn shares_and_sizes() {
        assert_eq!(
            [percent(0, 5), percent(1, 3), percent(1, 100_000), percent(99_999, 100_000)],
            ["0 %", "33 %", "< 0.1 %", "> 99.9 %"]
        );
        assert_eq!([bytes(17), bytes(787_449), bytes(3 << 30)], ["17 bytes", "769 KiB", "3 GiB"]);
    }
}
