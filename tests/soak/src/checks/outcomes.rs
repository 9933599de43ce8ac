//! Every run has ended as it must.
//!
//! The model: a stage whose needs have all succeeded has exactly one attempt, and ends as its job did; any other is skipped. A
//! job ends as its command does, unless its host was lost in each of its tries. A run succeeds if all its stages did.

use std::collections::BTreeMap;

use machine::{CauseKind, Outcome, run};

use crate::{
    facts::{End, Facts, Job, Run, Stage, Try},
    shapes::{Plan, Shape},
};

/// Checks all runs.
pub(crate) fn outcomes(facts: &Facts) -> Vec<String> {
    facts.runs.iter().filter_map(|run| Some(format!("{}: {}", run.title(), of_run(run, &facts.jobs).err()?))).collect()
}

fn of_run(run: &Run, jobs: &BTreeMap<String, Job>) -> Result<(), String> {
    let shape = Shape::named(&run.pipeline).ok_or("its pipeline is none of ours")?;
    let mut succeeded: Vec<&str> = Vec::new();
    for plan in shape.stages {
        let stage = run.stages.get(plan.name).ok_or_else(|| format!("its stage {} never began", plan.name))?;
        let may_run = plan.needs.iter().all(|need| succeeded.contains(need));
        let wrong = |why: String| format!("its stage {}: {why}; it is {stage:?}", plan.name);
        match if may_run { of_stage(plan, stage, jobs) } else { skipped(stage) } {
            Ok(Outcome::Succeeded) => succeeded.push(plan.name),
            Ok(Outcome::Failed | Outcome::Skipped | Outcome::Cancelled) => {}
            Err(why) => return Err(wrong(why)),
        }
    }
    let all = succeeded.len() == shape.stages.len();
    let expected = if all { run::Outcome::Succeeded } else { run::Outcome::Failed };
    match run.status {
        run::Status::Ended { outcome, .. } if outcome == expected => Ok(()),
        run::Status::Ended { .. } | run::Status::Queued | run::Status::Running | run::Status::Cancelling => {
            Err(format!("it should have {expected:?}, by its stages; it is {:?}", run.status))
        }
    }
}

fn skipped(stage: &Stage) -> Result<Outcome, String> {
    match stage {
        Stage { attempt: 0, job: None, ended: Some((Outcome::Skipped, Some(CauseKind::NeedNotMet))) } => {
            Ok(Outcome::Skipped)
        }
        _ => Err("it should be skipped, without a job, since something it needs did not succeed".to_owned()),
    }
}

fn of_stage(plan: &Plan, stage: &Stage, jobs: &BTreeMap<String, Job>) -> Result<Outcome, String> {
    let job = stage.job.as_ref().and_then(|job| jobs.get(job)).ok_or("Batch does not know its job")?;
    let (outcome, cause) = of_job(plan, job)?;
    let expected = Stage { attempt: 1, job: stage.job.clone(), ended: Some((outcome, cause)) };
    if *stage == expected { Ok(outcome) } else { Err(format!("by its job, it should be {expected:?}")) }
}

/// How a stage with this job must have ended.
fn of_job(plan: &Plan, job: &Job) -> Result<(Outcome, Option<CauseKind>), String> {
    let wrong = || format!("its job should not have ended so: {job:?}");
    match (job.end, plan.array) {
        (End::Succeeded, None) if succeeds(plan, &job.tries) => Ok((Outcome::Succeeded, None)),
        (End::Succeeded, Some(_)) if plan.exit_code == 0 => Ok((Outcome::Succeeded, None)),
        (End::Failed, None) => match fails(plan, &job.tries) {
            Some(Try::HostLost) => Ok((Outcome::Failed, Some(CauseKind::Host))),
            Some(Try::Exit(_)) => Ok((Outcome::Failed, Some(CauseKind::Exit))),
            Some(Try::Other(_)) | None => Err(wrong()),
        },
        (End::Failed, Some(_)) => {
            let justly = job.failed_children.iter().all(|tries| fails(plan, tries).is_some());
            let some = !job.failed_children.is_empty();
            if some && justly { Ok((Outcome::Failed, Some(CauseKind::Other))) } else { Err(wrong()) }
        }
        (End::Succeeded | End::Alive, _) => Err(wrong()),
    }
}

/// Whether a job with these tries may have succeeded: hosts were lost, and then it was done.
fn succeeds(plan: &Plan, tries: &[Try]) -> bool {
    let Some((last, lost)) = tries.split_last() else { return false };
    let within = tries.len() <= plan.attempts;
    within && plan.exit_code == 0 && *last == Try::Exit(0) && lost.iter().all(|lost| *lost == Try::HostLost)
}

/// If a job with these tries may have failed, the last of them: all were used up, and each ended with the command's exit code,
/// which is a failure, or with its host.
fn fails<'a>(plan: &Plan, tries: &'a [Try]) -> Option<&'a Try> {
    let failed = |ended: &Try| match ended {
        Try::Exit(code) => *code == plan.exit_code && *code != 0,
        Try::HostLost => true,
        Try::Other(_) => false,
    };
    let used_up = tries.len() == plan.attempts;
    tries.last().filter(|_| used_up && tries.iter().all(failed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::example::{broken, chain, facts};

    /// The one complaint about facts that were doctored.
    fn complaint(facts: &Facts) -> String {
        let complaints = outcomes(facts);
        assert_eq!(complaints.len(), 1, "{complaints:#?}");
        complaints[0].clone()
    }

    #[test]
    fn what_is_right_is_not_complained_of() {
        assert_eq!(outcomes(&facts()), Vec::<String>::new());
    }

    #[test]
    fn a_run_that_has_not_ended_or_ended_otherwise_is_found() {
        for status in [
            run::Status::Running,
            run::Status::Ended { outcome: run::Outcome::Failed, at: machine::Timestamp::from_ms(1) },
        ] {
            let mut doctored = facts();
            chain(&mut doctored).status = status;
            assert!(complaint(&doctored).contains("should have Succeeded"));
        }
    }

    #[test]
    fn a_stage_that_disagrees_with_its_job_is_found() {
        let mut doctored = facts();
        chain(&mut doctored).stages.get_mut("b").unwrap().ended = Some((Outcome::Failed, Some(CauseKind::Host)));
        assert!(complaint(&doctored).contains("by its job"));
    }

    #[test]
    fn a_second_attempt_and_a_stage_without_a_job_are_found() {
        let mut doctored = facts();
        chain(&mut doctored).stages.get_mut("b").unwrap().attempt = 2;
        assert!(complaint(&doctored).contains("by its job"));
        chain(&mut doctored).stages.get_mut("b").unwrap().job = None;
        assert!(complaint(&doctored).contains("does not know its job"));
        chain(&mut doctored).stages.remove("b");
        assert!(complaint(&doctored).contains("never began"));
    }

    #[test]
    fn a_stage_that_ran_although_its_need_failed_is_found() {
        let mut doctored = facts();
        let of_good = broken(&mut doctored).stages["good"].clone();
        broken(&mut doctored).stages.insert("never".to_owned(), of_good);
        assert!(complaint(&doctored).contains("should be skipped"));
    }

    #[test]
    fn a_host_loss_fails_a_job_only_when_every_try_was_used_up() {
        let mut doctored = facts();
        let stage = chain(&mut doctored).stages.get_mut("d").unwrap();
        stage.ended = Some((Outcome::Failed, Some(CauseKind::Host)));
        let id = stage.job.clone().unwrap();
        chain(&mut doctored).status =
            run::Status::Ended { outcome: run::Outcome::Failed, at: machine::Timestamp::from_ms(1) };
        let failed =
            |tries: usize| Job { end: End::Failed, tries: vec![Try::HostLost; tries], ..facts().jobs[&id].clone() };
        doctored.jobs.insert(id.clone(), failed(10));
        assert_eq!(outcomes(&doctored), Vec::<String>::new());
        doctored.jobs.insert(id.clone(), failed(9));
        assert!(complaint(&doctored).contains("should not have ended so"));
    }

    #[test]
    fn a_job_that_ended_as_its_command_cannot_is_found() {
        for tries in [vec![], vec![Try::Exit(0), Try::Exit(0)], vec![Try::Exit(137), Try::Exit(0)], vec![Try::HostLost]]
        {
            let mut doctored = facts();
            let id = chain(&mut doctored).stages["a"].job.clone().unwrap();
            doctored.jobs.get_mut(&id).unwrap().tries = tries;
            assert!(complaint(&doctored).contains("should not have ended so"));
        }
        let mut doctored = facts();
        let id = broken(&mut doctored).stages["bad"].job.clone().unwrap();
        doctored.jobs.get_mut(&id).unwrap().tries = vec![Try::Exit(2)];
        assert!(complaint(&doctored).contains("should not have ended so"));
    }

    #[test]
    fn an_array_fails_only_by_a_child() {
        let plan = Shape::named("array").unwrap().stages[1];
        let job =
            |children| Job { name: String::new(), end: End::Failed, tries: Vec::new(), failed_children: children };
        assert!(of_job(&plan, &job(Vec::new())).is_err());
        assert!(of_job(&plan, &job(vec![vec![Try::HostLost; 9]])).is_err());
        assert!(of_job(&plan, &job(vec![vec![Try::HostLost; 10]])).is_ok());
    }
}
