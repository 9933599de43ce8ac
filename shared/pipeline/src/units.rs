//! Durations and sizes in words: `90s`, `1h 30m`, `8 GiB`.

/// Reads a duration as seconds: numbers, each with its unit (`s`, `m`, `h`, `d`, or the word).
///
/// # Errors
/// What is wrong with it, to follow "`…`".
pub(crate) fn duration_s(text: &str) -> Result<u32, &'static str> {
    let mut rest = text.trim();
    let mut total = 0u32;
    let mut smallest = u32::MAX;
    if rest.is_empty() {
        return Err("is no duration");
    }
    while !rest.is_empty() {
        let (number, unit, after) = quantity(rest).ok_or("is no duration")?;
        let seconds = match unit {
            "s" | "sec" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "" => return Err("has no unit"),
            _ => return Err("has a unit that is not known"),
        };
        if seconds >= smallest {
            return Err("does not go from larger units to smaller ones");
        }
        smallest = seconds;
        let number: u32 = number.parse().map_err(|_| "is not in whole numbers, or too long")?;
        total = number.checked_mul(seconds).and_then(|part| total.checked_add(part)).ok_or("is too long")?;
        rest = after.trim_start();
    }
    Ok(total)
}

/// Reads a size as MiB: `512 MiB`, `8 GiB`, `0.5 GiB`.
///
/// # Errors
/// What is wrong with it, to follow "`…`".
pub(crate) fn memory_mib(text: &str) -> Result<u32, &'static str> {
    let (number, unit, rest) = quantity(text.trim()).ok_or("is no size")?;
    let mib: u32 = match unit {
        "MiB" => 1,
        "GiB" => 1024,
        "TiB" => 1024 * 1024,
        "" => return Err("has no unit"),
        _ => return Err("has a unit that is not known (powers of two only, as Batch counts: MiB, GiB, TiB)"),
    };
    if !rest.trim().is_empty() {
        return Err("is more than one size");
    }
    let mib = scaled(number, mib.into()).and_then(|mib| u32::try_from(mib).ok());
    mib.ok_or("is not a whole number of MiB, or too large")
}

/// Reads a size as bytes: `100 B`, `4 KiB`, `0.5 GiB`.
///
/// # Errors
/// What is wrong with it, to follow "`…`".
pub(crate) fn size_bytes(text: &str) -> Result<u64, &'static str> {
    let (number, unit, rest) = quantity(text.trim()).ok_or("is no size")?;
    let bytes: u64 = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "" => return Err("has no unit"),
        _ => return Err("has a unit that is not known (powers of two only: B, KiB, MiB, GiB, TiB)"),
    };
    if !rest.trim().is_empty() {
        return Err("is more than one size");
    }
    scaled(number, bytes).ok_or("is not a whole number of bytes, or too large")
}

/// `number` × `scale`, if that is a whole number.
fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole = u64::from(whole.parse::<u32>().ok()?).checked_mul(scale)?;
    let part = part.trim_end_matches('0');
    if part.len() > 9 {
        return None;
    }
    let tens = 10u64.pow(u32::try_from(part.len()).ok()?);
    let product = if part.is_empty() { 0 } else { part.parse::<u64>().ok()?.checked_mul(scale)? };
    if !product.is_multiple_of(tens) {
        return None;
    }
    whole.checked_add(product / tens)
}

/// Splits off a number and the unit that follows it: what they are, and the rest.
fn quantity(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('.') {
        return None;
    }
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    Some((number, unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in
            [("90s", 90), ("2h", 7200), ("1h30m", 5400), ("1h 30m", 5400), ("1d", 86400), ("5 minutes", 300)]
        {
            assert_eq!(duration_s(text), Ok(seconds), "{text}");
        }
        for text in ["", "90", "h", "1h 1h", "1m 1h", "1.5h", "99999999d", "1 fortnight", "-1s", "1s,"] {
            assert!(duration_s(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_in_bytes() {
        for (text, bytes) in [
            ("0 B", 0),
            ("1 B", 1),
            ("1.5KiB", 1536),
            ("5 TiB", 5 << 40),
            ("0.5 B", u64::MAX),
            ("4294967295 TiB", u64::MAX),
            ("99999999999 B", u64::MAX),
            ("1 GB", u64::MAX),
            ("1", u64::MAX),
            ("-1 B", u64::MAX),
            ("1 B 1 B", u64::MAX),
        ] {
            let expected = Some(bytes).filter(|bytes| *bytes != u64::MAX);
            assert_eq!(size_bytes(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, mib) in [("512 MiB", 512), ("8GiB", 8192), ("0.5 GiB", 512), ("1.25 GiB", 1280), ("1 TiB", 1 << 20)]
        {
            assert_eq!(memory_mib(text), Ok(mib), "{text}");
        }
        for text in ["", "512", "8 GB", "8 G", "0.3 GiB", "1 GiB 1 MiB", "99999999 TiB", "-1 GiB", "1.0000000001 GiB"] {
            assert!(memory_mib(text).is_err(), "{text}");
        }
    }
}
