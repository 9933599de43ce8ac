//! `retry`: who does it.

use pipeline::{BatchRetry, EvaluateOnExit, ExitPattern, Retry, RetryOn, RetryRule, parse};

fn retry(settings: &str) -> Retry {
    let source = format!("pipeline: p\ndefaults: {{ image: x }}\nstages: {{ s: {{ command: [x], {settings} }} }}\n");
    let definition = parse("p.yaml", &source).unwrap_or_else(|faults| panic!("{faults}"));
    definition.stages().next().unwrap().1.retry.clone()
}

fn rule(on: RetryOn, limit: u8) -> RetryRule {
    RetryRule { on, limit, backoff_s: 0 }
}

fn batch(attempts: u8, evaluate_on_exit: &[(ExitPattern, bool)]) -> BatchRetry {
    let evaluate_on_exit = evaluate_on_exit.iter();
    let evaluate_on_exit =
        evaluate_on_exit.map(|(pattern, retries)| EvaluateOnExit { pattern: pattern.clone(), retries: *retries });
    BatchRetry { attempts, evaluate_on_exit: evaluate_on_exit.collect() }
}

#[test]
fn nothing_is_tried_again_unless_asked() {
    assert_eq!(retry("array: 3"), Retry::none());
}

/// One budget without waiting and without other resources is one that Batch can keep.
#[test]
fn what_batch_can_do_is_left_to_it() {
    for (settings, expected) in [
        ("retry: { attempts: 3 }", batch(3, &[])),
        ("retry: { any: 2 }", batch(3, &[])),
        (
            "retry: { image_pull: 9 }",
            batch(10, &[(ExitPattern::Reason("CannotPullContainer*"), true), (ExitPattern::Anything, false)]),
        ),
        (
            "compute: fargate-spot, retry: { spot: { limit: 4 } }",
            batch(
                5,
                &[(ExitPattern::StatusReason("Your Spot Task was interrupted*"), true), (ExitPattern::Anything, false)],
            ),
        ),
        (
            "compute: ec2-spot, retry: { spot: 4 }",
            batch(5, &[(ExitPattern::StatusReason("Host EC2*"), true), (ExitPattern::Anything, false)]),
        ),
        (
            "retry: { exit: { limit: 1, codes: [75, 111] } }",
            batch(
                2,
                &[
                    (ExitPattern::ExitCode(75), true),
                    (ExitPattern::ExitCode(111), true),
                    (ExitPattern::Anything, false),
                ],
            ),
        ),
    ] {
        assert_eq!(retry(settings), Retry { batch: expected, rules: Vec::new() }, "{settings}");
    }
}

#[test]
fn what_batch_cannot_do_is_a_new_attempt() {
    for (settings, rules) in [
        ("retry: { any: 10 }", vec![rule(RetryOn::Any, 10)]),
        ("retry: { any: { limit: 1, backoff: 5m } }", vec![RetryRule { on: RetryOn::Any, limit: 1, backoff_s: 300 }]),
        ("retry: { timeout: 1 }", vec![rule(RetryOn::Timeout, 1)]),
        ("retry: { lost: 1 }", vec![rule(RetryOn::Lost, 1)]),
        ("retry: { exit: 2 }", vec![rule(RetryOn::Exit(Vec::new()), 2)]),
        (
            "compute: fargate-spot, retry: { spot: { limit: 3, then: on-demand } }",
            vec![rule(RetryOn::Spot { then_on_demand: true }, 3)],
        ),
        (
            "retry: { oom: { limit: 2, factor: 1.5 } }",
            vec![rule(RetryOn::OutOfMemory { factor_percent: 150, up_to_mib: 8192 }, 2)],
        ),
        (
            "compute: ec2, retry: { oom: { limit: 2, up_to: 60 GiB } }",
            vec![rule(RetryOn::OutOfMemory { factor_percent: 200, up_to_mib: 61440 }, 2)],
        ),
        (
            "retry: { any: 1, spot: 2, image_pull: 3 }",
            vec![rule(RetryOn::Spot { then_on_demand: false }, 2), rule(RetryOn::ImagePull, 3), rule(RetryOn::Any, 1)],
        ),
    ] {
        assert_eq!(retry(settings), Retry { rules, ..Retry::none() }, "{settings}");
    }
}

/// What Batch tries again by itself must not be what a rule asks more for.
#[test]
fn batch_leaves_alone_what_has_a_rule() {
    let both =
        retry("compute: ec2-spot, retry: { attempts: 4, spot: 2, oom: 1, exit: { limit: 1, codes: [3] }, lost: 1 }");
    let expected = [
        (ExitPattern::StatusReason("Host EC2*"), false),
        (ExitPattern::Reason("OutOfMemory*"), false),
        (ExitPattern::ExitCode(3), false),
    ];
    assert_eq!((both.batch, both.rules.len()), (batch(4, &expected), 4));
}
