//! The model: what may happen, and what it does.

use std::fmt;

use machine::{
    Epoch, JobId,
    stage::{Effect, Event, JobChange, State},
};
use stateright::{Model, Property};

use crate::{
    batch::{ATTEMPT, Phase},
    properties,
    rules::Rules,
    time,
    worker::{Doing, Worker, steps},
    world::{Which, World},
};

/// The protocol of one attempt, under some rules.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// What the workers go by.
    pub rules: Rules,
    /// How often `ListJobs` may leave out the newest job.
    pub blind: u8,
    /// Whether Batch may forget the recorded job.
    pub forgets: bool,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// A worker looks at the stage: the start of the run, a wake-up, the sweep.
    Look,
    /// People cancel the run.
    CancelRun,
    /// A worker gives the stage its turn: the lane.
    GiveTurn,
    /// A worker tells the stage that the run was cancelled: the cancel, or the sweep.
    CancelStage,
    /// A worker hears that a job exists. The event may come as late and as often as it likes, or never.
    HearAlive(JobId),
    /// A worker hears that a job has ended. The same.
    HearEnded(JobId),
    /// A worker takes its next step, and what it asks for is answered so.
    Step(Which, Answer),
    /// A worker crashes.
    Crash(Which),
    /// The late `SubmitJob` is executed.
    ExecuteLate,
    /// A job ends by itself.
    Succeed(JobId),
    /// A job that was terminated ends.
    Fail(JobId),
    /// Batch forgets the recorded job.
    Forget(JobId),
    /// The sweep finds nothing left to do, and takes the run off its watch.
    LeaveWatch,
    /// Time passes, until the next deadline.
    Wait,
}

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// As it should be.
    Plain,
    /// `ListJobs` leaves out the newest job.
    Blind,
    /// `SubmitJob` is throttled.
    Throttled,
    /// `SubmitJob` is executed, and its answer is lost.
    Lost,
    /// `SubmitJob` is lost on its way.
    Dropped,
    /// `SubmitJob` is executed after its client gave up.
    Late,
}

impl Protocol {
    /// `ListJobs` may leave out the newest job once, when a claim is settled.
    pub fn blind_once(rules: Rules) -> Self {
        Self { rules, blind: 1, forgets: false }
    }

    /// Batch may forget a job that is recorded.
    pub fn forgetful(rules: Rules) -> Self {
        Self { rules, blind: 0, forgets: true }
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self.blind)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if idle(world).is_some() {
            begin(world, actions);
        }
        for which in [Which::One, Which::Two] {
            if let Worker::Busy { doing, .. } = world.worker(which) {
                actions.extend(answers(world, doing).iter().map(|answer| Action::Step(which, *answer)));
                actions.push(Action::Crash(which));
            }
        }
        outside(world, self.forgets, actions);
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        match action {
            Action::Look => self.start(&mut world, Event::Looked),
            Action::GiveTurn => self.start(&mut world, Event::TurnCame),
            Action::CancelStage => self.start(&mut world, Event::Cancelled { epoch: Epoch::FIRST }),
            Action::HearAlive(job) => {
                let change = JobChange::Alive { blocked: None };
                self.start(&mut world, Event::JobChanged { attempt: ATTEMPT, job, change });
            }
            Action::HearEnded(job) => {
                let change = world.batch.describe(&job)?;
                self.start(&mut world, Event::JobChanged { attempt: ATTEMPT, job, change });
            }
            Action::Step(which, answer) => steps::go_on(&mut world, &self.rules, which, answer),
            Action::Crash(which) => *world.both(which).0 = Worker::Idle,
            Action::CancelRun => world.run.cancelled = true,
            Action::ExecuteLate => {
                world.batch.late = None;
                world.batch.submit();
            }
            Action::Succeed(job) => turn(&mut world, &job, Phase::Succeeded),
            Action::Fail(job) => turn(&mut world, &job, Phase::Failed),
            Action::Forget(job) => turn(&mut world, &job, Phase::Gone),
            Action::LeaveWatch => world.run.watched = false,
            Action::Wait => {
                let by = time::to_next_deadline(&world, self.rules.settle_after)?;
                time::pass(&mut world, by);
            }
        }
        world.sort_workers();
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self)
    }
}

impl Protocol {
    fn start(&self, world: &mut World, event: Event) {
        if let Some(which) = idle(world) {
            steps::start(world, &self.rules, which, event);
        }
    }
}

impl Action {
    /// Whether it belongs to the way out of any state: no fault, and no event of Batch, which may be lost.
    pub fn is_progress(&self) -> bool {
        match self {
            Self::Look
            | Self::GiveTurn
            | Self::CancelStage
            | Self::Step(_, Answer::Plain)
            | Self::ExecuteLate
            | Self::Succeed(_)
            | Self::Fail(_)
            | Self::LeaveWatch
            | Self::Wait => true,
            Self::CancelRun | Self::HearAlive(_) | Self::HearEnded(_) | Self::Crash(_) | Self::Forget(_) => false,
            Self::Step(_, Answer::Blind | Answer::Throttled | Answer::Lost | Answer::Dropped | Answer::Late) => false,
        }
    }
}

/// The worker that takes what is next to be taken.
fn idle(world: &World) -> Option<Which> {
    [Which::One, Which::Two].into_iter().find(|which| *world.worker(*which) == Worker::Idle)
}

/// What an idle worker may take.
fn begin(world: &World, actions: &mut Vec<Action>) {
    actions.push(Action::Look);
    // To a stage in another state, a turn is a look.
    if matches!(world.item.state, State::Ready { .. }) {
        actions.push(Action::GiveTurn);
    }
    if world.run.cancelled && !matches!(world.item.state, State::Ended(_) | State::Cancelling { .. }) {
        actions.push(Action::CancelStage);
    }
    for job in &world.batch.jobs {
        actions.push(Action::HearAlive(job.id.clone()));
        if matches!(job.phase, Phase::Succeeded | Phase::Failed) {
            actions.push(Action::HearEnded(job.id.clone()));
        }
    }
}

/// How the next request of a worker may be answered.
fn answers(world: &World, doing: &Doing) -> &'static [Answer] {
    let Doing::Performing { effects, .. } = doing else { return &[Answer::Plain] };
    let first = effects.first();
    match first {
        Some(Effect::Submit { .. }) if world.batch.late.is_some() => &[Answer::Plain, Answer::Throttled, Answer::Lost],
        Some(Effect::Submit { .. }) => &[Answer::Plain, Answer::Throttled, Answer::Lost, Answer::Dropped, Answer::Late],
        Some(Effect::Settle { .. }) if world.batch.may_be_blind() => &[Answer::Plain, Answer::Blind],
        Some(
            Effect::Look
            | Effect::LookAt(_)
            | Effect::Evaluate
            | Effect::Expand
            | Effect::Chunks
            | Effect::AwaitTurn
            | Effect::Settle { .. }
            | Effect::Describe { .. }
            | Effect::Terminate(_)
            | Effect::LookAgain(_)
            | Effect::Resolve(_),
        )
        | None => &[Answer::Plain],
    }
}

/// What happens outside the workers.
fn outside(world: &World, forgets: bool, actions: &mut Vec<Action>) {
    if !world.run.cancelled && !world.run.ended {
        actions.push(Action::CancelRun);
    }
    if world.batch.late.is_some() {
        actions.push(Action::ExecuteLate);
    }
    for job in world.batch.alive() {
        actions.push(Action::Succeed(job.id.clone()));
        if job.terminated {
            actions.push(Action::Fail(job.id.clone()));
        }
    }
    let known = |job: &&JobId| world.batch.job(job).is_some_and(|job| job.phase != Phase::Gone);
    if forgets
        && let Some(job) = world.item.job().filter(known)
        && !matches!(world.item.state, State::Ended(_))
    {
        actions.push(Action::Forget(job.clone()));
    }
    if world.run.watched && world.is_over() {
        actions.push(Action::LeaveWatch);
    }
    actions.push(Action::Wait);
}

fn turn(world: &mut World, id: &JobId, phase: Phase) {
    world.batch.jobs.iter_mut().filter(|job| job.id == *id).for_each(|job| job.phase = phase);
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Look => write!(f, "a worker looks"),
            Self::GiveTurn => write!(f, "the lane gives the stage its turn"),
            Self::CancelRun => write!(f, "the run is cancelled"),
            Self::CancelStage => write!(f, "a worker cancels the stage"),
            Self::HearAlive(job) => write!(f, "a worker hears that {job} exists"),
            Self::HearEnded(job) => write!(f, "a worker hears that {job} has ended"),
            Self::Step(_, Answer::Plain) => write!(f, "a worker goes on"),
            Self::Step(_, Answer::Blind) => write!(f, "a worker lists jobs, and the newest is not shown"),
            Self::Step(_, Answer::Throttled) => write!(f, "SubmitJob is throttled"),
            Self::Step(_, Answer::Lost) => write!(f, "SubmitJob is executed, its answer lost"),
            Self::Step(_, Answer::Dropped) => write!(f, "SubmitJob is lost"),
            Self::Step(_, Answer::Late) => write!(f, "SubmitJob is late, its client gives up"),
            Self::Crash(_) => write!(f, "a worker crashes"),
            Self::ExecuteLate => write!(f, "the late SubmitJob is executed"),
            Self::Succeed(job) => write!(f, "{job} succeeds"),
            Self::Fail(job) => write!(f, "{job} ends, terminated"),
            Self::Forget(job) => write!(f, "Batch forgets {job}"),
            Self::LeaveWatch => write!(f, "the run leaves its watch"),
            Self::Wait => write!(f, "time passes"),
        }
    }
}
