//! Finding the run that a person means.

use std::collections::BTreeSet;

use control::{RunId, table::whole_run::RunLine};
use machine::Timestamp;

use super::{Client, no_such_run};
use crate::exit::Failure;

/// How many of the latest runs the beginning of an id is looked for among.
const LATEST: usize = 1000;
/// How many runs are read at once.
const PAGE: usize = 500;
/// How many runs are looked at for those that a filter lets through.
const LOOKED_AT: usize = 10_000;

impl Client {
    /// The run of that id, or whose id begins so, or the latest.
    ///
    /// # Errors
    /// If there is none, or if several are meant.
    pub(crate) async fn find_run(&self, text: &str) -> Result<RunId, Failure> {
        if let Ok(run) = RunId::parse(text) {
            return match self.table.run(&run).await? {
                Some(_) => Ok(run),
                None => Err(no_such_run(&run)),
            };
        }
        let limit = if text == "latest" { 1 } else { LATEST };
        let lines = self.table.latest_runs(self.ahead(), limit).await?;
        the_one(text, &lines)
    }

    /// The latest runs that `wanted` lets through, newest first, at most `limit`.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(crate) async fn latest_runs(
        &self,
        limit: usize,
        wanted: impl Fn(&RunLine) -> bool,
    ) -> Result<Vec<RunLine>, Failure> {
        let (mut before, mut seen, mut found) = (self.ahead(), BTreeSet::new(), Vec::new());
        while found.len() < limit && seen.len() < LOOKED_AT {
            let page = self.table.latest_runs(before, PAGE).await?;
            let (last, whole) = (page.last().map(|line| line.created_at), page.len() == PAGE);
            let fresh: Vec<RunLine> = page.into_iter().filter(|line| seen.insert(line.id.clone())).collect();
            let (nothing_new, Some(last)) = (fresh.is_empty(), last) else { break };
            found.extend(fresh.into_iter().filter(|line| wanted(line)));
            if !whole || nothing_new {
                break;
            }
            // Others may have been admitted in the same millisecond as the last one.
            before = Timestamp::from_ms(last.as_ms() + 1);
        }
        found.truncate(limit);
        Ok(found)
    }

    /// A time that no run was admitted after, even by a clock that is ahead.
    fn ahead(&self) -> Timestamp {
        self.now().plus(std::time::Duration::from_secs(3600))
    }
}

fn the_one(text: &str, lines: &[RunLine]) -> Result<RunId, Failure> {
    if text == "latest" {
        let latest = lines.first().map(|line| line.id.clone());
        return latest
            .ok_or_else(|| Failure::nothing_there("there are no runs yet; `batchwright run PIPELINE` makes one"));
    }
    let mut meant = lines.iter().filter(|line| !text.is_empty() && line.id.as_str().starts_with(text));
    match (meant.next(), meant.next()) {
        (Some(line), None) => Ok(line.id.clone()),
        (None, _) => Err(Failure::nothing_there(format!(
            "the id of none of the latest {LATEST} runs begins with {text:?}; `batchwright ps` lists them"
        ))),
        (Some(one), Some(other)) => Err(Failure::nothing_there(format!(
            "the ids of several runs begin with {text:?}, {} and {} for two: write more of it",
            one.id, other.id
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str) -> RunLine {
        RunLine {
            id: RunId::parse(id).unwrap(),
            pipeline: "p".into(),
            status: "RUNNING".into(),
            created_at: Timestamp::from_ms(0),
            ended_at: None,
        }
    }

    #[test]
    fn a_run_is_meant_by_as_much_of_its_id_as_tells_it_apart() {
        let lines = [line("abcaaaaaaaaaaaaaaaaaaaaa"), line("abdaaaaaaaaaaaaaaaaaaaaa")];
        assert_eq!(the_one("abd", &lines).unwrap(), lines[1].id);
        assert_eq!(the_one("latest", &lines).unwrap(), lines[0].id);
        assert!(the_one("ab", &lines).unwrap_err().to_string().contains("several"));
        for nothing in ["x", "", "ABC", "%"] {
            assert!(the_one(nothing, &lines).unwrap_err().to_string().contains("none"), "{nothing}");
        }
        assert!(the_one("latest", &[]).is_err());
    }
}
