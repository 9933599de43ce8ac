//! Logs as the server on this machine keeps them: a file for each of Batch's tries.

use std::path::{Path, PathBuf};

use local_batch::JobKey;

use super::{prefix, tail::Tail};
use crate::{exit::Failure, output::Output};

/// The logs of some jobs.
#[derive(Debug)]
pub(crate) struct Files {
    data_dir: PathBuf,
    wanted: Option<u32>,
    jobs: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    job: JobKey,
    prefix: Option<String>,
    /// The log that is read, and the tail of it. Another try of the job has another log.
    tail: Option<(PathBuf, Tail)>,
}

impl Files {
    pub(super) fn new(data_dir: &Path, jobs: Vec<JobKey>, wanted: Option<u32>) -> Self {
        let several = jobs.len() > 1;
        let source = |job: JobKey| {
            let prefix = prefix(&job, several);
            Source { job, prefix, tail: None }
        };
        Self { data_dir: data_dir.to_owned(), wanted, jobs: jobs.into_iter().map(source).collect() }
    }

    pub(super) fn none(&self, job: &str) -> Failure {
        Failure::nothing_there(format!(
            "{} holds no such log of job {job}: it has not begun, or --data-dir is to name the folder of the server",
            self.data_dir.display()
        ))
    }

    pub(super) fn copy(&mut self, output: Output, end: bool) -> Result<bool, Failure> {
        for source in &mut self.jobs {
            source.copy(log_of(&self.data_dir, &source.job, self.wanted), output)?;
            if let (Some((_, tail)), true) = (&mut source.tail, end) {
                output.bytes(&tail.rest())?;
            }
        }
        output.flush()?;
        Ok(self.jobs.iter().any(|source| source.tail.is_some()))
    }
}

impl Source {
    fn copy(&mut self, log: Option<PathBuf>, output: Output) -> Result<(), Failure> {
        let Some(log) = log else { return Ok(()) };
        let same = self.tail.as_ref().is_some_and(|(path, _)| *path == log);
        if !same {
            if let Some((_, mut before)) = self.tail.take() {
                output.bytes(&before.rest())?;
            }
            self.tail = Some((log.clone(), Tail::new(log, self.prefix.clone())));
        }
        let Some((path, tail)) = &mut self.tail else { return Ok(()) };
        loop {
            let before = tail.offset;
            let more =
                tail.more().map_err(|error| Failure::failed(format!("{} cannot be read: {error}", path.display())))?;
            output.bytes(&more)?;
            if tail.offset == before {
                return Ok(());
            }
        }
    }
}

/// The log of one of Batch's tries of a job, the last if none is named. `None` if it has no such log.
fn log_of(data_dir: &Path, job: &JobKey, wanted: Option<u32>) -> Option<PathBuf> {
    let tries = local_batch::attempts(data_dir, job);
    let wanted = match wanted {
        Some(wanted) => tries.contains(&wanted).then_some(wanted),
        None => tries.last().copied(),
    };
    wanted.map(|wanted| local_batch::log_path(data_dir, job, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_try_is_meant_unless_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let job: JobKey = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8:2".parse().unwrap();
        assert_eq!(log_of(folder.path(), &job, None), None);
        for number in 1..=2 {
            let log = local_batch::log_path(folder.path(), &job, number);
            std::fs::create_dir_all(log.parent().unwrap()).unwrap();
            std::fs::write(log, "").unwrap();
        }
        let path = |number| Some(local_batch::log_path(folder.path(), &job, number));
        assert_eq!(log_of(folder.path(), &job, None), path(2));
        assert_eq!(log_of(folder.path(), &job, Some(1)), path(1));
        assert_eq!(log_of(folder.path(), &job, Some(3)), None);
    }
}
