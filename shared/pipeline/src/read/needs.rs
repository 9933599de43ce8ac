//! Who needs whom: names become positions, and cycles come to light.

use std::collections::BTreeMap;

use super::{fields::shown, stage::Draft};
use crate::{fault::Report, graph, index::StageIndex, nearest::suggestion};

/// The positions of what each stage needs. Unknown names, names that differ only in case, and cycles are faults.
pub(super) fn resolve(drafts: &[Draft<'_>], report: &mut Report<'_>) -> Vec<Vec<StageIndex>> {
    report_twins(drafts, report);
    let positions: BTreeMap<&str, StageIndex> =
        (0u16..).zip(drafts).map(|(at, draft)| (draft.key.text.as_str(), StageIndex::new(at))).collect();
    let names: Vec<&str> = drafts.iter().map(|draft| draft.key.text.as_str()).collect();
    let mut needs = Vec::new();
    for draft in drafts {
        let mut known = Vec::new();
        for need in &draft.needs {
            match positions.get(need.value.as_str()) {
                Some(position) => known.push(*position),
                None => {
                    let others: Vec<_> =
                        names.iter().copied().filter(|name| *name != draft.key.text).take(20).collect();
                    let help = if others.is_empty() {
                        "there is no other stage: leave `needs` out".to_owned()
                    } else {
                        suggestion(&need.value, &others)
                    };
                    report.add(&need.span, format!("there is no stage `{}`", shown(&need.value)), help);
                }
            }
        }
        needs.push(known);
    }
    report_cycles(drafts, &needs, report);
    needs
}

/// Batch's `JOB_NAME` filter, by which a stage's job is found again, knows no case.
fn report_twins(drafts: &[Draft<'_>], report: &mut Report<'_>) {
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    for draft in drafts {
        let name = draft.key.text.as_str();
        match first.get(&name.to_lowercase()) {
            Some(twin) if *twin != name => {
                let message = format!("the stages `{}` and `{}` differ only in case", shown(twin), shown(name));
                report.add(&draft.key.span, message, "Batch finds jobs by name without regard to case: rename one");
            }
            _ => {
                first.insert(name.to_lowercase(), name);
            }
        }
    }
}

fn report_cycles(drafts: &[Draft<'_>], needs: &[Vec<StageIndex>], report: &mut Report<'_>) {
    let name = |index: &StageIndex| drafts.get(index.as_usize()).map_or("", |draft| draft.key.text.as_str());
    for cycle in graph::cycles(needs) {
        let Some(first) = cycle.first() else { continue };
        let Some(draft) = drafts.get(first.as_usize()) else { continue };
        let message = match cycle.as_slice() {
            [alone] => format!("the stage `{}` needs itself", shown(name(alone))),
            along => {
                let names: Vec<_> = along.iter().chain([first]).map(|at| format!("`{}`", shown(name(at)))).collect();
                format!("stages need each other in a circle: {}", names.join(" needs "))
            }
        };
        report.add(&draft.key.span, message, "none of them could ever start: take one of the needs away");
    }
}
