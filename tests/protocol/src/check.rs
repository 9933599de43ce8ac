//! Checking: every reachable state, every property, and the way out of each state.

use std::collections::BTreeSet;

use stateright::{Checker, Expectation, HasDiscoveries, Model};

use crate::{
    model::{Action, Protocol},
    reach::{Reach, reach},
    world::World,
};

/// What came of checking a model whole.
#[derive(Debug)]
pub struct Report {
    /// How many states are reachable.
    pub states: usize,
    /// How many transitions lead to them.
    pub transitions: usize,
    /// How many steps the farthest state is away.
    pub depth: usize,
    /// What became of each property.
    pub properties: Vec<Checked>,
    /// Whether every path can still end.
    pub reach: Reach<Protocol>,
}

/// What became of a property.
#[derive(Debug)]
pub struct Checked {
    /// Its name.
    pub name: &'static str,
    /// Whether it must hold in every state, or must be seen in some.
    pub expectation: Expectation,
    /// The way to the state that violates it, or in which it is seen; `None` if there is none.
    pub way: Option<Vec<Action>>,
}

impl Checked {
    /// Whether it is as it should be.
    pub fn is_met(&self) -> bool {
        self.way.is_some() != self.expectation.discovery_is_failure()
    }
}

impl Report {
    /// Whether every property is met, and every path can still end.
    pub fn is_met(&self) -> bool {
        self.reach.stuck == 0 && self.properties.iter().all(Checked::is_met)
    }
}

/// Visits every reachable state.
pub fn check(protocol: &Protocol) -> Report {
    // As long as a property that must always hold does, the checker goes on to the last state.
    let checker = protocol.clone().checker().threads(2).finish_when(HasDiscoveries::AllFailures).spawn_bfs().join();
    let mut found = checker.discoveries();
    let properties = protocol.properties().into_iter().map(|property| {
        let way = found.remove(property.name).map(stateright::Path::into_actions);
        // The way to the last state that violates it is long: a short one is looked for.
        let short = match property.expectation {
            Expectation::Always | Expectation::Eventually if way.is_some() => counterexample(protocol, property.name),
            Expectation::Always | Expectation::Eventually | Expectation::Sometimes => None,
        };
        Checked { name: property.name, way: short.or(way), expectation: property.expectation }
    });
    Report {
        properties: properties.collect(),
        states: checker.unique_state_count(),
        transitions: checker.state_count(),
        depth: checker.max_depth(),
        reach: reach(protocol, World::is_at_rest, Action::is_progress),
    }
}

/// A way to a state that violates the property, found on the way outward from the beginning; `None` if there is none.
pub fn counterexample(protocol: &Protocol, property: &'static str) -> Option<Vec<Action>> {
    let wanted = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = protocol.clone().checker().finish_when(wanted).spawn_bfs().join();
    checker.discovery(property).map(stateright::Path::into_actions)
}

/// A way in words, a step a line.
pub fn in_words(way: &[Action]) -> String {
    way.iter().map(|action| format!("    {action}\n")).collect()
}
