//! What must hold at the end. Each check is a function of the facts, and answers with what is wrong, one line each.

mod databases;
mod inputs;
mod jobs;
mod outcomes;
mod remains;

pub(crate) use databases::databases;
use inputs::inputs;
use jobs::jobs;
use outcomes::outcomes;
use remains::{dead_letters, rejections};
pub(crate) use remains::{no_panics, no_processes};

use crate::{facts::Facts, input::Input};

/// All that can be checked while the server runs.
pub(crate) fn all(facts: &Facts, asked: &[Input]) -> Vec<String> {
    let checks = [outcomes(facts), jobs(facts), inputs(facts, asked), rejections(facts), dead_letters(facts)];
    checks.into_iter().flatten().collect()
}

#[cfg(test)]
pub(crate) mod example;
