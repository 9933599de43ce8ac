//! `retry`: what is tried again, and who does it.

use super::{
    fields::{Fields, shown},
    resources::Resources,
    value::{Placed, integer, items, scalar, text},
};
use crate::{
    compute::{Compute, fargate_memory_mib},
    fault::Report,
    retry::{BatchRetry, EvaluateOnExit, ExitPattern, LONGEST_BACKOFF_S, MAX_LIMIT, Retry, RetryOn, RetryRule},
    units,
    yaml::{Content, Key, Kind, Node, Span},
};

/// The keys of `retry`.
pub(super) const KEYS: [&str; 8] = ["attempts", "spot", "oom", "exit", "image_pull", "timeout", "lost", "any"];
/// The keys of a budget.
pub(super) const BUDGET_KEYS: [&str; 2] = ["limit", "backoff"];
/// The further keys of `spot`.
pub(super) const SPOT_KEYS: [&str; 1] = ["then"];
/// The further keys of `oom`.
pub(super) const OOM_KEYS: [&str; 2] = ["factor", "up_to"];
/// The further keys of `exit`.
pub(super) const EXIT_KEYS: [&str; 1] = ["codes"];

/// The memory is doubled, if nothing is said.
const DOUBLED_PERCENT: u32 = 200;
/// How many rules `evaluateOnExit` has at most.
const MAX_EVALUATED: usize = 5;
/// How many exit codes one may name.
const MAX_CODES: usize = 20;

/// What `retry` says, as far as it can be told without what the stage runs on.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    attempts: Option<Placed<u8>>,
    rules: Vec<Placed<RetryRule>>,
}

/// Reads it.
pub(super) fn read(node: &Node, report: &mut Report<'_>) -> Option<Placed<Draft>> {
    let fields = Fields::read(node, "retry", &KEYS, report)?;
    let mut sound = true;
    let attempts = fields.get("attempts").map(|node| {
        let attempts = integer(node, "attempts", &(1..=10), report);
        sound &= attempts.is_some();
        attempts
    });
    let mut rules = Vec::new();
    // `any` comes last: it is for what no other rule is for.
    for cause in KEYS.into_iter().skip(1) {
        let Some((key, node)) = fields.entry(cause) else { continue };
        match rule(cause, key, node, report) {
            Some(rule) => rules.push(rule),
            None => sound = false,
        }
    }
    if fields.is_empty() {
        let help = "write `retry: { attempts: 3 }`, three tries in all; or a budget for each cause, `retry: { spot: 5, oom: 2 }`";
        report.add(&fields.start(), "retry says nothing", help);
        return None;
    }
    let draft = Draft { attempts: attempts.flatten(), rules };
    sound.then(|| Placed { value: draft, span: node.span.clone() })
}

fn rule(cause: &'static str, key: &Key, node: &Node, report: &mut Report<'_>) -> Option<Placed<RetryRule>> {
    let further: &[&'static str] = match cause {
        "spot" => &SPOT_KEYS,
        "oom" => &OOM_KEYS,
        "exit" => &EXIT_KEYS,
        _ => &[],
    };
    let range = 1..=MAX_LIMIT;
    let fields = match &node.content {
        Content::Scalar(_) => None,
        Content::Mapping(_) | Content::Sequence(_) => {
            let known: Vec<_> = BUDGET_KEYS.iter().chain(further).copied().collect();
            Some(Fields::read(node, cause, &known, report)?)
        }
    };
    let limit = match &fields {
        None => integer(node, cause, &range, report),
        Some(fields) => {
            let help = "write `limit: 3`: three more attempts after such failures";
            integer(fields.required("limit", help, report)?, "limit", &range, report)
        }
    };
    let field = |name: &str| fields.as_ref().and_then(|fields| fields.get(name));
    let backoff_s = field("backoff").map_or(Some(0), |node| backoff_s(node, report));
    let on = match cause {
        "spot" => field("then")
            .map_or(Some(false), |node| then(node, report))
            .map(|then_on_demand| RetryOn::Spot { then_on_demand }),
        "oom" => out_of_memory(field("factor"), field("up_to"), report),
        "exit" => field("codes").map_or(Some(Vec::new()), |node| codes(node, report)).map(RetryOn::Exit),
        "image_pull" => Some(RetryOn::ImagePull),
        "timeout" => Some(RetryOn::Timeout),
        "lost" => Some(RetryOn::Lost),
        _ => Some(RetryOn::Any),
    };
    let rule = RetryRule { on: on?, limit: limit?.value, backoff_s: backoff_s? };
    Some(Placed { value: rule, span: key.span.clone() })
}

fn backoff_s(node: &Node, report: &mut Report<'_>) -> Option<u32> {
    let text = text(node, "backoff", report)?;
    let problem = match units::duration_s(text) {
        Ok(seconds @ 1..=LONGEST_BACKOFF_S) => return Some(seconds),
        Ok(_) => "is not between a second and an hour",
        Err(problem) => problem,
    };
    let help = "write it as `30s` or `5m`; each time it is twice as long, up to an hour";
    report.add(&node.span, format!("backoff: `{}` {problem}", shown(text)), help);
    None
}

fn then(node: &Node, report: &mut Report<'_>) -> Option<bool> {
    let text = text(node, "then", report)?;
    let right = text == "on-demand";
    if !right {
        let help = "write `then: on-demand`: one more attempt, on what is not taken away";
        report.add(&node.span, format!("there is nothing `{}` to go on with", shown(text)), help);
    }
    right.then_some(true)
}

fn out_of_memory(factor: Option<&Node>, up_to: Option<&Node>, report: &mut Report<'_>) -> Option<RetryOn> {
    let factor_percent = factor.map_or(Some(DOUBLED_PERCENT), |node| factor_percent(node, report));
    let up_to_mib = up_to.map_or(Some(u32::MAX), |node| super::settings::memory_mib(node, "up_to", report));
    Some(RetryOn::OutOfMemory { factor_percent: factor_percent?, up_to_mib: up_to_mib? })
}

/// From 1.1 to 10, in hundredths.
fn factor_percent(node: &Node, report: &mut Report<'_>) -> Option<u32> {
    let given = scalar(node, "factor", report)?;
    let number = match given.kind() {
        Kind::Integer(number) => u32::try_from(number).ok().and_then(|number| number.checked_mul(100)),
        Kind::Float(number) => {
            let hundredths = number.as_f64().unwrap_or_default() * 100.0;
            (1..=1000_u32).find(|percent| (f64::from(*percent) - hundredths).abs() < 0.5)
        }
        Kind::Null | Kind::Boolean(_) | Kind::Text => None,
    };
    let number = number.filter(|percent| (110..=1000).contains(percent));
    if number.is_none() {
        let help = "a number from 1.1 to 10: with 2 the memory is doubled";
        report.add(&node.span, format!("`{}` is no factor for memory", shown(&given.text)), help);
    }
    number
}

fn codes(node: &Node, report: &mut Report<'_>) -> Option<Vec<u8>> {
    let help = "write a list of exit codes, `codes: [75, 111]`";
    let nodes = items(node, "codes", help, report)?;
    if nodes.is_empty() || nodes.len() > MAX_CODES {
        report.add(&node.span, format!("there are {} exit codes, and must be 1 to {MAX_CODES}", nodes.len()), help);
        return None;
    }
    let codes: Vec<_> = nodes.iter().map(|node| integer(node, "an exit code", &(1..=255_u8), report)).collect();
    codes.into_iter().map(|code| code.map(|code| code.value)).collect()
}

/// What is tried again, now that it is known what the stage runs on; `None` if that does not go together.
pub(super) fn check(key: &Key, draft: Option<&Draft>, resources: &Resources, report: &mut Report<'_>) -> Option<Retry> {
    let Some(draft) = draft else { return Some(Retry::none()) };
    let mut sound = true;
    let mut rules = Vec::new();
    for Placed { value: rule, span } in &draft.rules {
        let on = match &rule.on {
            RetryOn::Spot { then_on_demand: true } if !resources.compute.is_spot() => {
                let message = format!("stage `{}` runs on {}, which is on demand", shown(&key.text), resources.compute);
                report.add(span, message, "leave `then: on-demand` out, or take `compute: fargate-spot` or `ec2-spot`");
                None
            }
            RetryOn::OutOfMemory { factor_percent, up_to_mib } => {
                more_memory(key, resources, *factor_percent, *up_to_mib, span, report)
            }
            RetryOn::Spot { .. }
            | RetryOn::Exit(_)
            | RetryOn::ImagePull
            | RetryOn::Timeout
            | RetryOn::Lost
            | RetryOn::Any => Some(rule.on.clone()),
        };
        sound &= on.is_some();
        rules.extend(on.map(|on| RetryRule { on, ..rule.clone() }));
    }
    let retry = share_out(draft.attempts.as_ref(), rules, &draft.rules, resources.compute, report)?;
    sound.then_some(retry)
}

/// There must be more memory to be had.
fn more_memory(
    key: &Key,
    resources: &Resources,
    factor_percent: u32,
    up_to_mib: u32,
    span: &Span,
    report: &mut Report<'_>,
) -> Option<RetryOn> {
    let most = if resources.compute.is_fargate() {
        fargate_memory_mib(resources.vcpu).last().copied().unwrap_or(u32::MAX).min(up_to_mib)
    } else {
        up_to_mib
    };
    if most > resources.memory_mib {
        return Some(RetryOn::OutOfMemory { factor_percent, up_to_mib: most });
    }
    let has = resources.memory_mib;
    let help = if up_to_mib > has { "take more vCPUs, or `compute: ec2`" } else { "write more at `up_to`" };
    report.add(span, format!("stage `{}` has {has} MiB, and there is no more to be had", shown(&key.text)), help);
    None
}

/// What is left to Batch, and what are attempts of our own.
fn share_out(
    attempts: Option<&Placed<u8>>,
    rules: Vec<RetryRule>,
    placed: &[Placed<RetryRule>],
    compute: Compute,
    report: &mut Report<'_>,
) -> Option<Retry> {
    let Some(attempts) = attempts else {
        return Some(match rules.as_slice() {
            [sole] => alone(sole, compute).map_or_else(
                || Retry { rules: rules.clone(), ..Retry::none() },
                |batch| Retry { batch, rules: Vec::new() },
            ),
            _ => Retry { rules, ..Retry::none() },
        });
    };
    let any_exit = RetryOn::Exit(Vec::new());
    if let Some(same) = placed.iter().find(|rule| rule.value.on == RetryOn::Any || rule.value.on == any_exit) {
        let help = "`attempts` is Batch's own, at once and in the same job, and this would be a new job: leave one of them out, or name \
                    `codes`";
        report.add(&same.span, "this and `attempts` are for the same failures", help);
        return None;
    }
    let evaluate_on_exit: Vec<EvaluateOnExit> = rules
        .iter()
        .flat_map(|rule| patterns(&rule.on, compute))
        .map(|pattern| EvaluateOnExit { pattern, retries: false })
        .collect();
    if evaluate_on_exit.len() > MAX_EVALUATED {
        let help = "leave `attempts` out, and write `any: { limit: … }` instead";
        report.add(&attempts.span, "Batch can tell at most five kinds of failure apart from the rest", help);
        return None;
    }
    Some(Retry { batch: BatchRetry { attempts: attempts.value, evaluate_on_exit }, rules })
}

/// What Batch does, if it can do all that a rule asks.
fn alone(rule: &RetryRule, compute: Compute) -> Option<BatchRetry> {
    let attempts = rule.limit.checked_add(1).filter(|attempts| *attempts <= 10)?;
    let at_once = rule.backoff_s == 0;
    let retried = |pattern| EvaluateOnExit { pattern, retries: true };
    let mut evaluate_on_exit: Vec<_> = match &rule.on {
        RetryOn::Any if at_once => return Some(BatchRetry { attempts, evaluate_on_exit: Vec::new() }),
        RetryOn::Spot { then_on_demand: false } | RetryOn::ImagePull if at_once => {
            patterns(&rule.on, compute).into_iter().map(retried).collect()
        }
        RetryOn::Exit(codes) if at_once && !codes.is_empty() => {
            patterns(&rule.on, compute).into_iter().map(retried).collect()
        }
        // Batch never tries again what timed out or what it has forgotten, and never with other resources.
        RetryOn::Spot { .. }
        | RetryOn::OutOfMemory { .. }
        | RetryOn::Exit(_)
        | RetryOn::ImagePull
        | RetryOn::Timeout
        | RetryOn::Lost
        | RetryOn::Any => return None,
    };
    // What matches no rule would be tried again.
    evaluate_on_exit.push(EvaluateOnExit { pattern: ExitPattern::Anything, retries: false });
    (evaluate_on_exit.len() <= MAX_EVALUATED).then_some(BatchRetry { attempts, evaluate_on_exit })
}

/// How Batch recognises such a failure. What it never tries again needs no pattern.
fn patterns(on: &RetryOn, compute: Compute) -> Vec<ExitPattern> {
    match on {
        RetryOn::Spot { .. } if compute.is_fargate() => {
            vec![ExitPattern::StatusReason("Your Spot Task was interrupted*")]
        }
        RetryOn::Spot { .. } => vec![ExitPattern::StatusReason("Host EC2*")],
        RetryOn::OutOfMemory { .. } => vec![ExitPattern::Reason("OutOfMemory*")],
        RetryOn::Exit(codes) => codes.iter().copied().map(ExitPattern::ExitCode).collect(),
        RetryOn::ImagePull => vec![ExitPattern::Reason("CannotPullContainer*")],
        RetryOn::Timeout | RetryOn::Lost | RetryOn::Any => Vec::new(),
    }
}
