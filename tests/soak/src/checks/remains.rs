//! Nothing is left that should not be.

use std::{fs, path::Path};

use end_to_end::{Result, processes_in};

use crate::facts::Facts;

/// The functions have so many dead-letter queues.
const DEAD_LETTER_QUEUES: usize = 6;

/// No request was refused: all were right.
pub(crate) fn rejections(facts: &Facts) -> Vec<String> {
    facts.rejections.iter().map(|rejection| format!("rejected: {rejection}")).collect()
}

/// No message was given up.
pub(crate) fn dead_letters(facts: &Facts) -> Vec<String> {
    let queues: Vec<_> = facts.queues.iter().filter(|(name, _)| name.ends_with("-dead-letters")).collect();
    let full = queues.iter().filter(|(_, messages)| **messages > 0);
    let mut wrong: Vec<String> = full.map(|(name, messages)| format!("{messages} messages are in {name}")).collect();
    if queues.len() != DEAD_LETTER_QUEUES {
        wrong.push(format!("there should be {DEAD_LETTER_QUEUES} dead-letter queues, not {}", queues.len()));
    }
    wrong
}

/// No process works in the folder.
pub(crate) fn no_processes(folder: &Path) -> Vec<String> {
    processes_in(folder).into_iter().map(|pid| format!("process {pid} is alive in {}", folder.display())).collect()
}

/// No part of a server panicked.
///
/// # Errors
/// If what they said cannot be read.
pub(crate) fn no_panics(stderr: &Path) -> Result<Vec<String>> {
    let said = fs::read(stderr)?;
    let said = String::from_utf8_lossy(&said);
    Ok(said.lines().filter(|line| line.contains("panicked")).map(|line| format!("a server said: {line}")).collect())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::checks::example::facts;

    #[test]
    fn a_rejection_and_a_dead_letter_are_found() {
        assert_eq!((rejections(&facts()), dead_letters(&facts())), (Vec::new(), Vec::new()));
        let mut doctored = facts();
        doctored.rejections.push("sqs://q/1: no such pipeline".to_owned());
        doctored.queues.insert("batchwright-sweep-dead-letters".to_owned(), 2);
        assert!(matches!(&rejections(&doctored)[..], [one] if one.contains("no such pipeline")));
        assert!(matches!(&dead_letters(&doctored)[..], [one] if one.contains("2 messages")));
    }

    #[test]
    fn queues_that_are_not_there_are_not_taken_for_empty() {
        let mut doctored = facts();
        doctored.queues.clear();
        assert!(matches!(&dead_letters(&doctored)[..], [one] if one.contains("not 0")));
    }

    #[test]
    fn a_process_that_was_left_is_found() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(no_processes(folder.path()), Vec::<String>::new());
        let mut left = Command::new("sleep").arg("60").current_dir(folder.path()).spawn().unwrap();
        assert!(matches!(&no_processes(folder.path())[..], [one] if one.contains(&left.id().to_string())));
        left.kill().unwrap();
        left.wait().unwrap();
    }

    #[test]
    fn a_panic_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let stderr = folder.path().join("stderr");
        fs::write(&stderr, "stopping\nthread 'main' panicked at x.rs:1\n").unwrap();
        assert_eq!(no_panics(&stderr).unwrap().len(), 1);
        assert!(no_panics(&folder.path().join("none")).is_err());
    }
}
