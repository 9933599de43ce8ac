//! Where jobs work, and where their output lies.
//!
//! `jobs/<job id>[_<index>]/attempt-<n>/` holds the file `log` (standard output and error, as they came) and the folder `work`,
//! the working directory.

use std::path::{Path, PathBuf};

use crate::JobKey;

/// The folder of all of a job's attempts.
pub(crate) fn job_folder(data_dir: &Path, job: &JobKey) -> PathBuf {
    data_dir.join("jobs").join(job.folder())
}

/// The folder of one attempt.
pub(crate) fn attempt_folder(data_dir: &Path, job: &JobKey, attempt: u32) -> PathBuf {
    job_folder(data_dir, job).join(format!("attempt-{attempt}"))
}

/// The log of an attempt (from 1) of a job. It is there once the attempt has begun.
pub fn log_path(data_dir: &Path, job: &JobKey, attempt: u32) -> PathBuf {
    attempt_folder(data_dir, job, attempt).join("log")
}

/// The attempts of a job that have a log, in order. None if the job is not known here.
pub fn attempts(data_dir: &Path, job: &JobKey) -> Vec<u32> {
    let entries = std::fs::read_dir(job_folder(data_dir, job)).into_iter().flatten().flatten();
    let number = |name: std::ffi::OsString| name.to_str()?.strip_prefix("attempt-")?.parse().ok();
    let mut attempts: Vec<u32> = entries.filter_map(|entry| number(entry.file_name())).collect();
    attempts.retain(|attempt| log_path(data_dir, job, *attempt).is_file());
    attempts.sort_unstable();
    attempts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logs_of_a_job_are_found_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let job: JobKey = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8:7".parse().unwrap();
        assert_eq!(attempts(folder.path(), &job), Vec::<u32>::new());
        for attempt in [10, 2, 1] {
            let log = log_path(folder.path(), &job, attempt);
            std::fs::create_dir_all(log.parent().unwrap()).unwrap();
            std::fs::write(log, "").unwrap();
        }
        std::fs::create_dir_all(folder.path().join("jobs/4c7599ae-0a82-49aa-ba5a-4727fcce14a8_7/attempt-3")).unwrap();
        assert_eq!(attempts(folder.path(), &job), [1, 2, 10]);
    }
}
