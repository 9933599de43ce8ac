//! The deterministic name of an attempt's job: `bw-<run>-<stage>-<attempt>`, and `bw-<run>-<stage>-<attempt>g<generation>c<chunk>`
//! for a chunk of a stage that is done for many items.

use std::fmt;

use machine::{Attempt, Epoch, stage::ChunkId};

use crate::RunId;

/// The name that the job of an attempt has, and no other job.
///
/// AWS Batch takes up to 128 characters: 3 + 24 + 1 + 64 + 1 + 10 + 1 + 10 + 1 + 10 are at most 125.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobName {
    /// The run.
    pub run: RunId,
    /// The stage's name.
    pub stage: String,
    /// The chunk of it.
    pub chunk: Option<ChunkId>,
    /// The attempt.
    pub attempt: Attempt,
}

const PREFIX: &str = "bw-";

impl JobName {
    /// Takes a name apart. `None` if it is not one of ours.
    pub fn parse(name: &str) -> Option<Self> {
        let (run, rest) = name.strip_prefix(PREFIX)?.split_once('-')?;
        let (stage, attempt) = rest.rsplit_once('-')?;
        let (attempt, chunk) = match attempt.split_once('g') {
            Some((attempt, chunk)) => (attempt, Some(parse_chunk(chunk)?)),
            None => (attempt, None),
        };
        let attempt: u32 = attempt.parse().ok().filter(|&attempt| attempt > 0)?;
        let parsed = Self { run: RunId::parse(run).ok()?, stage: stage.to_owned(), chunk, attempt: Attempt(attempt) };
        // Only what we would write ourselves: "+1" and "01" parse as numbers too.
        (!stage.is_empty() && parsed.to_string() == name).then_some(parsed)
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}-{}-{}", self.run, self.stage, self.attempt)?;
        match self.chunk {
            None => Ok(()),
            Some(chunk) => write!(f, "g{}c{}", chunk.generation.0, chunk.number),
        }
    }
}

fn parse_chunk(text: &str) -> Option<ChunkId> {
    let (generation, number) = text.split_once('c')?;
    Some(ChunkId { generation: Epoch(generation.parse().ok()?), number: number.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_as_it_was_put_together() {
        for stage in ["a", "split-2", "x-1-y-9", "A_b"] {
            for chunk in [None, Some(ChunkId { generation: Epoch(2), number: 17 })] {
                let name = JobName { run: RunId::of("p", "i"), stage: stage.into(), chunk, attempt: Attempt(12) };
                assert_eq!(JobName::parse(&name.to_string()), Some(name));
            }
        }
    }

    #[test]
    fn the_names_of_strangers_are_not_ours() {
        let run = RunId::of("p", "i");
        for name in [
            "",
            "bw-",
            "nightly-3",
            "bw-abc-a-1",
            &format!("bw-{run}-1"),
            &format!("bw-{run}-a-0"),
            &format!("bw-{run}-a-01"),
            &format!("bw-{run}-a-+1"),
            &format!("bw-{run}--1"),
            &format!("bw-{run}-a-x"),
            &format!("bw-{run}-a-1g"),
            &format!("bw-{run}-a-1g1"),
            &format!("bw-{run}-a-1g1c"),
            &format!("bw-{run}-a-1g01c0"),
        ] {
            assert_eq!(JobName::parse(name), None, "{name}");
        }
    }
}
