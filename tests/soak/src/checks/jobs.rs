//! Every attempt had exactly one job, which is the recorded one, and there are no others.

use std::collections::BTreeMap;

use crate::facts::{End, Facts, Job, Run};

/// Checks all jobs.
pub(crate) fn jobs(facts: &Facts) -> Vec<String> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, job) in &facts.jobs {
        by_name.entry(&job.name).or_default().push(id);
    }
    let mut wrong: Vec<String> = facts.runs.iter().flat_map(|run| recorded(run, &facts.jobs)).collect();
    for run in &facts.runs {
        for name in run.job_names() {
            match by_name.remove(name.as_str()).unwrap_or_default().as_slice() {
                [_] => {}
                ids => wrong.push(format!("{}: {name} has {} jobs: {ids:?}", run.title(), ids.len())),
            }
        }
    }
    wrong.extend(by_name.iter().map(|(name, ids)| format!("no run knows of the jobs {ids:?} of the name {name}")));
    let alive = facts.jobs.iter().filter(|(_, job)| job.end == End::Alive);
    wrong.extend(alive.map(|(id, job)| format!("job {id} ({}) has not ended", job.name)));
    wrong
}

/// The job that a stage records has the name of its last attempt.
fn recorded(run: &Run, jobs: &BTreeMap<String, Job>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, stage) in &run.stages {
        let Some(id) = &stage.job else { continue };
        let last = run.job_name(name, stage.attempt);
        if jobs.get(id).is_none_or(|job| job.name != last) {
            wrong.push(format!("{}: {id} is recorded for {last}, and has not its name", run.title()));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::example::{chain, facts};

    #[test]
    fn one_job_for_each_attempt_is_right() {
        assert_eq!(jobs(&facts()), Vec::<String>::new());
    }

    #[test]
    fn a_twin_is_found() {
        let mut doctored = facts();
        let id = chain(&mut doctored).stages["c"].job.clone().unwrap();
        let twin = doctored.jobs[&id].clone();
        doctored.jobs.insert("twin".to_owned(), twin);
        assert!(matches!(&jobs(&doctored)[..], [one] if one.contains("2 jobs")));
    }

    #[test]
    fn a_job_that_is_missing_is_found() {
        let mut doctored = facts();
        let id = chain(&mut doctored).stages["c"].job.clone().unwrap();
        doctored.jobs.remove(&id);
        assert!(matches!(&jobs(&doctored)[..], [_, two] if two.contains("0 jobs")));
    }

    #[test]
    fn a_job_of_no_run_is_found_and_one_that_lives() {
        let mut doctored = facts();
        let mut job = doctored.jobs.values().next().unwrap().clone();
        job.name = "bw-aaaaaaaaaaaaaaaaaaaaaaaa-a-1".to_owned();
        job.end = End::Alive;
        doctored.jobs.insert("stray".to_owned(), job);
        assert!(matches!(&jobs(&doctored)[..], [one, two] if one.contains("no run") && two.contains("not ended")));
    }

    #[test]
    fn another_job_than_the_recorded_one_is_found() {
        let mut doctored = facts();
        let other = chain(&mut doctored).stages["a"].job.clone();
        chain(&mut doctored).stages.get_mut("b").unwrap().job = other;
        assert!(matches!(&jobs(&doctored)[..], [one] if one.contains("has not its name")));
    }
}
