//! `rate(5 minutes)`.

use super::ScheduleError;

const HELP: &str = "write a whole number and minutes, hours or days: `5 minutes`, `1 hour`";

/// The text as Scheduler takes it: one of a unit is singular.
pub(super) fn check(text: &str) -> Result<String, ScheduleError> {
    let wrong = || ScheduleError::new(format!("`{text}` is no rate"), HELP);
    let mut words = text.split_whitespace();
    let (Some(number), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        return Err(wrong());
    };
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    match (number, unit) {
        (0, "minute" | "hour" | "day") => Err(ScheduleError::new("a rate of 0 never fires", HELP)),
        (1, "minute" | "hour" | "day") => Ok(format!("1 {unit}")),
        (_, "minute" | "hour" | "day") => Ok(format!("{number} {unit}s")),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!(check("5 minutes").unwrap(), "5 minutes");
        assert_eq!(check(" 1  hours ").unwrap(), "1 hour");
        assert_eq!(check("2 day").unwrap(), "2 days");
        for text in
            ["", "5", "minutes", "5 weeks", "0 minutes", "-1 hours", "1.5 hours", "5 minutes ago", "rate(5 minutes)"]
        {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
