//! Processes of jobs: each works in a folder below its server's data folder, which tells whose it is.

use std::{fs, path::Path};

use rustix::process::{Pid, Signal, kill_process};

/// The processes that work in `folder` or below it.
pub fn processes_in(folder: &Path) -> Vec<i32> {
    let Ok(folder) = fs::canonicalize(folder) else { return Vec::new() };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(&folder))).collect()
}

/// Kills what works below a folder when it goes out of scope: a test that fails leaves nothing behind.
#[derive(Debug)]
pub struct Group<'a>(pub &'a Path);

impl Drop for Group<'_> {
    fn drop(&mut self) {
        for pid in processes_in(self.0) {
            // One that has ended meanwhile is what was wanted.
            let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
        }
    }
}
