//! Whether every path can still end.
//!
//! stateright's `eventually` is blind to cycles, and this model is full of them: workers crash, and others begin again. So the
//! graph is laid out whole, and walked back from its ends: a state that is not met on the way cannot end.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

use stateright::Model;

/// The reachable states, and the way out of each.
#[derive(Debug)]
pub struct Reach<M: Model> {
    /// How many states there are.
    pub states: usize,
    /// How many of them are ends.
    pub ends: usize,
    /// How many cannot reach an end.
    pub stuck: usize,
    /// The shortest way to one that cannot.
    pub way: Option<Vec<M::Action>>,
}

struct Graph<A> {
    /// For each state, from where it was reached first, and by what.
    origin: Vec<Option<(u32, A)>>,
    /// For each state, from where it can be reached by progress.
    before: Vec<Vec<u32>>,
    ends: Vec<u32>,
}

/// Lays out all states of a model. An end must be reached from each by actions that are `progress` alone.
pub fn reach<M>(model: &M, is_end: fn(&M::State) -> bool, progress: fn(&M::Action) -> bool) -> Reach<M>
where
    M: Model,
    M::State: Hash,
    M::Action: Clone,
{
    let graph = lay_out(model, is_end, progress);
    let can_end = walk_back(&graph);
    let mut stuck = can_end.iter().enumerate().filter(|(_, can)| !**can).map(|(state, _)| state);
    let first = stuck.next();
    Reach {
        states: graph.origin.len(),
        ends: graph.ends.len(),
        stuck: usize::from(first.is_some()) + stuck.count(),
        way: first.map(|state| way_to(&graph, state)),
    }
}

fn lay_out<M>(model: &M, is_end: fn(&M::State) -> bool, progress: fn(&M::Action) -> bool) -> Graph<M::Action>
where
    M: Model,
    M::State: Hash,
    M::Action: Clone,
{
    let mut graph = Graph { origin: Vec::new(), before: Vec::new(), ends: Vec::new() };
    let mut numbers: HashMap<u64, u32> = HashMap::new();
    let mut pending = VecDeque::new();
    for state in model.init_states() {
        numbers.insert(hash(&state), graph.add(None));
        pending.push_back((0, state));
    }
    let mut actions = Vec::new();
    while let Some((number, state)) = pending.pop_front() {
        if is_end(&state) {
            graph.ends.push(number);
        }
        model.actions(&state, &mut actions);
        for action in actions.drain(..) {
            let Some(next) = model.next_state(&state, action.clone()) else { continue };
            let is_progress = progress(&action);
            let fingerprint = hash(&next);
            let next_number = match numbers.get(&fingerprint) {
                Some(known) => *known,
                None => {
                    let new = graph.add(Some((number, action)));
                    numbers.insert(fingerprint, new);
                    pending.push_back((new, next));
                    new
                }
            };
            if is_progress && let Some(before) = graph.before.get_mut(index(next_number)) {
                before.push(number);
            }
        }
    }
    graph
}

fn walk_back<A>(graph: &Graph<A>) -> Vec<bool> {
    let mut can_end = vec![false; graph.origin.len()];
    let mut pending = graph.ends.clone();
    while let Some(number) = pending.pop() {
        match can_end.get_mut(index(number)) {
            Some(can) if !*can => *can = true,
            Some(_) | None => continue,
        }
        pending.extend(graph.before.get(index(number)).into_iter().flatten());
    }
    can_end
}

fn way_to<A: Clone>(graph: &Graph<A>, state: usize) -> Vec<A> {
    let origin = |state: usize| graph.origin.get(state).and_then(Option::as_ref);
    let steps = std::iter::successors(origin(state), |(before, _)| origin(index(*before)));
    let mut way: Vec<A> = steps.map(|(_, action)| action.clone()).collect();
    way.reverse();
    way
}

impl<A> Graph<A> {
    fn add(&mut self, origin: Option<(u32, A)>) -> u32 {
        let number = u32::try_from(self.origin.len()).unwrap_or(u32::MAX);
        self.origin.push(origin);
        self.before.push(Vec::new());
        number
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
