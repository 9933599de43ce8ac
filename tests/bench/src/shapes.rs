//! The shapes of pipelines that are measured. Every job is `true`, and takes the smallest share of the machine.

use std::fmt::Write;

const HEAD: &str = "pipeline: bench\ndefaults: { image: busybox, vcpu: 0.25, memory: 512 MiB }\nstages:\n  s1: { command: ['true'] }\n";

/// Stages that need nothing.
pub(crate) fn independent(stages: u32) -> String {
    stages_from(stages, |_| "[]".to_owned())
}

/// Stages of which each needs the one before it.
pub(crate) fn chain(stages: u32) -> String {
    stages_from(stages, |stage| format!("[s{}]", stage - 1))
}

/// One, then `width` that need it, then one that needs all of them.
pub(crate) fn fan(width: u32) -> String {
    let last = width + 2;
    stages_from(last, |stage| {
        if stage < last {
            return "[s1]".to_owned();
        }
        let needs: Vec<String> = (2..last).map(|need| format!("s{need}")).collect();
        format!("[{}]", needs.join(", "))
    })
}

fn stages_from(stages: u32, needs: impl Fn(u32) -> String) -> String {
    let mut source = HEAD.to_owned();
    for stage in 2..=stages {
        // Writing to a String does not fail.
        let _ = writeln!(source, "  s{stage}: {{ needs: {}, command: ['true'] }}", needs(stage));
    }
    source
}
