//! The environment of an attempt.

use std::collections::BTreeMap;

use super::start::Chosen;
use crate::{Config, container, runner::StartError, secrets};

/// What AWS gives, the local endpoint, and `PATH` and `HOME`: nothing else. The job's own variables win over all but
/// `AWS_BATCH_…`, which are reserved.
///
/// # Errors
/// If a variable of the job has no name, or if a secret is not to be had.
pub(super) fn environment(config: &Config, chosen: &Chosen) -> Result<BTreeMap<String, String>, StartError> {
    let own = container::environment(&chosen.spec.container)
        .map_err(|error| StartError(format!("CannotStartContainerError: {error}")))?;
    let secret = secrets::variables(&chosen.spec.container, config.secrets.as_deref())?;
    let named = |(name, value): (&str, String)| (name.to_owned(), value);
    let of_machine = of_machine(config).into_iter().map(named);
    Ok(of_machine.chain(own).chain(secret).chain(reserved(chosen).map(named)).collect())
}

fn of_machine(config: &Config) -> [(&'static str, String); 7] {
    let path = std::env::join_paths(config.path_prepend.iter().chain(&config.machine.path)).unwrap_or_default();
    [
        ("PATH", path.to_string_lossy().into_owned()),
        ("HOME", config.machine.home.to_string_lossy().into_owned()),
        ("AWS_ENDPOINT_URL", config.endpoint.clone()),
        ("AWS_REGION", config.region.clone()),
        ("AWS_DEFAULT_REGION", config.region.clone()),
        // Anything that signs: the local surface takes any key.
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
    ]
}

fn reserved(chosen: &Chosen) -> impl Iterator<Item = (&'static str, String)> {
    let Chosen { job, spec, compute_environment, .. } = chosen;
    let of_all = [
        ("AWS_BATCH_JOB_ID", job.key.to_string()),
        ("AWS_BATCH_JOB_ATTEMPT", job.attempt().to_string()),
        ("AWS_BATCH_JQ_NAME", job.queue.clone()),
        ("AWS_BATCH_CE_NAME", compute_environment.clone()),
    ];
    let of_child = job.key.child.zip(spec.array_size).into_iter().flat_map(|(index, size)| {
        [("AWS_BATCH_JOB_ARRAY_INDEX", index.to_string()), ("AWS_BATCH_JOB_ARRAY_SIZE", size.to_string())]
    });
    of_all.into_iter().chain(of_child)
}
