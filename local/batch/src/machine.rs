//! What the machine has.

use std::path::PathBuf;

/// A vCPU is counted in thousandths: the smallest Fargate job asks for 250 of them.
const THOUSANDTHS: u64 = 1000;
const KIB_PER_GIB: u64 = 1024 * 1024;
/// What a machine is taken to have if it does not tell.
const ASSUMED_GIB: u64 = 4;

/// What jobs may use of the machine. The sum of what running jobs ask for stays within it, save that a job which asks for more
/// than there is runs alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Thousandths of a vCPU.
    pub millivcpus: u64,
    /// MiB of memory.
    pub memory_mib: u64,
    /// Where programs are looked for: the `PATH` of jobs that set none.
    pub path: Vec<PathBuf>,
    /// The `HOME` of jobs that set none.
    pub home: PathBuf,
}

impl Machine {
    /// This machine: one vCPU per core, and its memory rounded up to a whole GiB, since what firmware and kernel keep to
    /// themselves is part of what it was sold as. Nothing is over-committed: what a job asks for is reserved, used or not.
    pub fn here() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        Self {
            millivcpus: u64::try_from(cores).unwrap_or(1).saturating_mul(THOUSANDTHS),
            memory_mib: memory_gib().saturating_mul(1024),
            path: std::env::split_paths(&path).collect(),
            home: std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from),
        }
    }
}

/// Linux tells in `/proc/meminfo`; elsewhere the assumption holds.
fn memory_gib() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").ok();
    told.as_deref().and_then(total_kib).map_or(ASSUMED_GIB, |kib| kib.div_ceil(KIB_PER_GIB))
}

fn total_kib(meminfo: &str) -> Option<u64> {
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    total.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_meminfo() {
        assert_eq!(total_kib("MemTotal:        3919520 kB\nMemFree: 1 kB\n"), Some(3_919_520));
        assert_eq!(total_kib("MemFree: 1 kB\n"), None);
        assert!(Machine::here().millivcpus >= 1000 && Machine::here().memory_mib >= 1024);
    }
}
