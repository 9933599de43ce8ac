//! How much of the machine a job asks for.

use serde_json::{Map, Value};

use super::list;
use crate::Error;

/// What a job reserves while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Demand {
    /// Thousandths of a vCPU.
    pub(crate) millivcpus: u64,
    pub(crate) memory_mib: u64,
}

impl Demand {
    /// What `container` asks for, in `resourceRequirements` or the older `vcpus` and `memory`.
    ///
    /// # Errors
    /// If it asks for no vCPU or no memory, or in no number.
    pub(crate) fn of(container: &Map<String, Value>) -> Result<Self, Error> {
        let (mut vcpu, mut memory) = (old(container, "vcpus"), old(container, "memory"));
        for requirement in list(container, "resourceRequirements")? {
            let value = requirement.get("value").and_then(Value::as_str).map(str::to_owned);
            match requirement.get("type").and_then(Value::as_str) {
                Some("VCPU") => vcpu = value,
                Some("MEMORY") => memory = value,
                // No accounting of GPUs here: a job that asks for one runs, and finds what the machine has.
                Some("GPU") => {}
                Some(_) | None => {
                    return Err(Error::client("a resource requirement's type should be VCPU, MEMORY or GPU"));
                }
            }
        }
        let missing = |what: &str, got: Option<&str>| {
            Error::client(format!("resourceRequirements {what} is {got:?}; it should be a positive number"))
        };
        Ok(Self {
            millivcpus: vcpu.as_deref().and_then(thousandths).ok_or_else(|| missing("VCPU", vcpu.as_deref()))?,
            memory_mib: memory
                .as_deref()
                .and_then(positive)
                .ok_or_else(|| missing("MEMORY (MiB)", memory.as_deref()))?,
        })
    }
}

fn old(container: &Map<String, Value>, key: &str) -> Option<String> {
    container.get(key).and_then(Value::as_u64).map(|number| number.to_string())
}

fn positive(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number > 0 && *number <= u64::from(u32::MAX))
}

/// `"0.25"` is 250, `"2"` is 2000.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let fraction: u64 = format!("{fraction:0<3}").parse().ok()?;
    Some(u64::from(whole) * 1000 + fraction).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn vcpus_are_counted_in_thousandths() {
        for (text, number) in [
            ("0.25", Some(250)),
            ("1", Some(1000)),
            ("16.0", Some(16_000)),
            ("0.125", Some(125)),
            ("0", None),
            ("", None),
            (".5", None),
            ("-1", None),
            ("1e3", None),
            ("0.0001", None),
            ("99999999999", None),
        ] {
            assert_eq!(thousandths(text), number, "{text}");
        }
    }

    #[test]
    fn both_spellings_are_read_and_the_newer_wins() {
        let of = |container: Value| Demand::of(container.as_object().unwrap());
        let old = json!({ "vcpus": 2, "memory": 128 });
        assert_eq!(of(old).unwrap(), Demand { millivcpus: 2000, memory_mib: 128 });
        let both = json!({ "vcpus": 2, "memory": 128, "resourceRequirements": [{ "type": "VCPU", "value": "0.5" }] });
        assert_eq!(of(both).unwrap(), Demand { millivcpus: 500, memory_mib: 128 });
        assert!(of(json!({ "vcpus": 2 })).unwrap_err().to_string().contains("MEMORY"));
        assert!(of(json!({ "resourceRequirements": [{ "type": "DISK", "value": "1" }] })).is_err());
    }
}
