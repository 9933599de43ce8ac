//! What Fargate takes.

use serde_json::{Map, Value};

use super::Demand;
use crate::Error;

/// Memory sizes in MiB: least, most, step.
type Sizes = (u64, u64, u64);

/// By thousandths of a vCPU, as the AWS Batch user guide lists them.
const PAIRS: [(u64, Sizes); 7] = [
    (250, (512, 2_048, 512)),
    (500, (1_024, 4_096, 1_024)),
    (1_000, (2_048, 8_192, 1_024)),
    (2_000, (4_096, 16_384, 1_024)),
    (4_000, (8_192, 30_720, 1_024)),
    (8_000, (16_384, 61_440, 4_096)),
    (16_000, (32_768, 122_880, 8_192)),
];
const SIZES_OF_32: [u64; 3] = [61_440, 122_880, 249_856];
/// What only EC2 has.
const EC2_ONLY: [&str; 3] = ["privileged", "ulimits", "instanceType"];
const EC2_ONLY_LINUX: [&str; 4] = ["devices", "sharedMemorySize", "tmpfs", "maxSwap"];

/// Checks a container that is to run on Fargate.
///
/// # Errors
/// What Fargate does not take, and what it would.
pub(crate) fn check_fargate(container: &Map<String, Value>) -> Result<(), Error> {
    if container.get("executionRoleArn").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(Error::client("containerProperties.executionRoleArn is required for Fargate jobs"));
    }
    let linux = container.get("linuxParameters").and_then(Value::as_object);
    let set = |value: Option<&Value>| value.is_some_and(|value| !empty(value));
    let plain = EC2_ONLY.iter().find(|key| set(container.get(**key)));
    let deep = EC2_ONLY_LINUX.iter().find(|key| set(linux.and_then(|linux| linux.get(**key))));
    if let Some(key) = plain.or(deep) {
        return Err(Error::client(format!("{key} is not supported for Fargate jobs")));
    }
    let gpu = container.get("resourceRequirements").and_then(Value::as_array).into_iter().flatten();
    if gpu.into_iter().any(|requirement| requirement.get("type").is_some_and(|kind| kind == "GPU")) {
        return Err(Error::client("GPU is not supported for Fargate jobs"));
    }
    check_pair(Demand::of(container)?)
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
    }
}

fn check_pair(Demand { millivcpus, memory_mib }: Demand) -> Result<(), Error> {
    let ranged = PAIRS.iter().find(|(vcpus, _)| *vcpus == millivcpus).map(|(_, sizes)| *sizes);
    let (fits, right) = match ranged {
        Some((least, most, step)) => (
            (least..=most).contains(&memory_mib) && (memory_mib - least).is_multiple_of(step),
            format!("{least} to {most} MiB in steps of {step}"),
        ),
        None if millivcpus == 32_000 => (SIZES_OF_32.contains(&memory_mib), "61440, 122880 or 249856 MiB".to_owned()),
        None => (false, "with 0.25, 0.5, 1, 2, 4, 8, 16 or 32 vCPUs".to_owned()),
    };
    if fits {
        return Ok(());
    }
    let vcpus = format!("{}.{:03}", millivcpus / 1000, millivcpus % 1000);
    let vcpus = vcpus.trim_end_matches('0').trim_end_matches('.');
    Err(Error::client(format!(
        "Fargate resource requirements ({vcpus} vCPU, {memory_mib} MiB) not valid: {right} would be"
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_pairs_of_fargate() {
        for (millivcpus, memory_mib, good) in [
            (250, 512, true),
            (250, 1536, true),
            (250, 2049, false),
            (250, 4096, false),
            (1000, 2048, true),
            (1000, 1024, false),
            (8000, 20_480, true),
            (8000, 20_000, false),
            (32_000, 122_880, true),
            (32_000, 65_536, false),
            (3000, 8192, false),
        ] {
            assert_eq!(check_pair(Demand { millivcpus, memory_mib }).is_ok(), good, "{millivcpus} {memory_mib}");
        }
    }

    #[test]
    fn what_only_ec2_has_is_named() {
        let check = |extra: (&str, Value)| {
            let mut container = json!({
                "executionRoleArn": "arn:aws:iam::000000000000:role/x",
                "resourceRequirements": [{ "type": "VCPU", "value": "0.25" }, { "type": "MEMORY", "value": "512" }],
            });
            container[extra.0] = extra.1;
            check_fargate(container.as_object().unwrap()).map_err(|error| error.to_string())
        };
        assert_eq!(check(("privileged", json!(false))), Ok(()));
        assert_eq!(check(("linuxParameters", json!({ "initProcessEnabled": true }))), Ok(()));
        assert!(check(("privileged", json!(true))).unwrap_err().contains("privileged"));
        assert!(check(("linuxParameters", json!({ "tmpfs": [{}] }))).unwrap_err().contains("tmpfs"));
        assert!(check(("executionRoleArn", json!(""))).unwrap_err().contains("executionRoleArn"));
        assert!(check(("resourceRequirements", json!([{ "type": "GPU", "value": "1" }]))).unwrap_err().contains("GPU"));
    }
}
