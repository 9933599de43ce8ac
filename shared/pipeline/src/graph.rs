//! The stages as a graph: who needs whom, and whether it is one that can run.

use crate::index::StageIndex;

/// The arrows of a definition whose stages form a graph without cycles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    dependents: Vec<Vec<StageIndex>>,
    roots: Vec<StageIndex>,
    sinks: Vec<StageIndex>,
}

impl Graph {
    /// From what each stage needs.
    pub(crate) fn new(needs: &[Vec<StageIndex>]) -> Self {
        let mut dependents = vec![Vec::new(); needs.len()];
        for (at, needs) in (0u16..).zip(needs) {
            for need in needs {
                if let Some(of_need) = dependents.get_mut(need.as_usize()) {
                    of_need.push(StageIndex::new(at));
                }
            }
        }
        Self { roots: empty_ones(needs), sinks: empty_ones(&dependents), dependents }
    }

    pub(crate) fn dependents(&self, index: StageIndex) -> &[StageIndex] {
        self.dependents.get(index.as_usize()).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn roots(&self) -> &[StageIndex] {
        &self.roots
    }

    pub(crate) fn sinks(&self) -> &[StageIndex] {
        &self.sinks
    }
}

fn empty_ones(lists: &[Vec<StageIndex>]) -> Vec<StageIndex> {
    (0u16..).zip(lists).filter(|(_, list)| list.is_empty()).map(|(at, _)| StageIndex::new(at)).collect()
}

/// Cycles, each as the stages along it: every one needs the next, and the last the first. No stage is in two of them; when there
/// are none, there is no cycle at all.
pub(crate) fn cycles(needs: &[Vec<StageIndex>]) -> Vec<Vec<StageIndex>> {
    let mut cycles = Vec::new();
    let mut visits = vec![Visit::New; needs.len()];
    for start in 0..needs.len() {
        if let Some(start) = StageIndex::at(start) {
            walk(start, needs, &mut visits, &mut Vec::new(), &mut cycles);
        }
    }
    cycles
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    OnPath,
    Done,
}

/// Depth first; the depth is bounded by the number of stages.
fn walk(
    at: StageIndex,
    needs: &[Vec<StageIndex>],
    visits: &mut [Visit],
    path: &mut Vec<StageIndex>,
    cycles: &mut Vec<Vec<StageIndex>>,
) {
    match visits.get_mut(at.as_usize()) {
        Some(visit @ Visit::New) => *visit = Visit::OnPath,
        Some(Visit::OnPath) => {
            let cycle: Vec<_> = path.iter().copied().skip_while(|stage| *stage != at).collect();
            if !cycles.iter().flatten().any(|stage| cycle.contains(stage)) {
                cycles.push(cycle);
            }
            return;
        }
        Some(Visit::Done) | None => return,
    }
    path.push(at);
    for need in needs.get(at.as_usize()).into_iter().flatten() {
        walk(*need, needs, visits, path, cycles);
    }
    path.pop();
    if let Some(visit) = visits.get_mut(at.as_usize()) {
        *visit = Visit::Done;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(needs: &[&[u16]]) -> Vec<Vec<StageIndex>> {
        needs.iter().map(|needs| needs.iter().copied().map(StageIndex::new).collect()).collect()
    }

    fn cycles_of(needs: &[&[u16]]) -> Vec<Vec<u16>> {
        cycles(&graph(needs)).into_iter().map(|cycle| cycle.into_iter().map(StageIndex::get).collect()).collect()
    }

    #[test]
    fn a_diamond() {
        let needs = graph(&[&[], &[0], &[0], &[1, 2]]);
        let graph = Graph::new(&needs);
        assert_eq!(graph.roots(), [StageIndex::new(0)]);
        assert_eq!(graph.sinks(), [StageIndex::new(3)]);
        assert_eq!(graph.dependents(StageIndex::new(0)), [StageIndex::new(1), StageIndex::new(2)]);
        assert!(cycles(&needs).is_empty());
    }

    #[test]
    fn cycles_are_found() {
        assert_eq!(cycles_of(&[&[0]]), [[0]]);
        assert_eq!(cycles_of(&[&[], &[2, 0], &[3], &[1]]), [[1, 2, 3]]);
        assert_eq!(cycles_of(&[&[1], &[0], &[3], &[2]]), [[0, 1], [2, 3]]);
        assert_eq!(cycles_of(&[&[1, 2], &[0], &[0]]), [[0, 1]]);
    }
}
