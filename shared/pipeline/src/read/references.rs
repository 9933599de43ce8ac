//! What expressions say of other stages: those must be before the stage that says it.

use std::collections::{BTreeMap, BTreeSet};

use super::{fields::shown, stage::Draft};
use crate::{
    before::identifier,
    fault::Report,
    index::StageIndex,
    nearest::suggestion,
    scope::{Reference, Referred},
};

/// The stages whose outputs each stage reads.
pub(super) fn resolve(
    drafts: &[Draft<'_>],
    needs: &[Vec<StageIndex>],
    report: &mut Report<'_>,
) -> Vec<Vec<StageIndex>> {
    let stages = Stages::new(drafts, needs);
    (0u16..)
        .zip(drafts)
        .map(|(at, draft)| {
            let mut sources = BTreeSet::new();
            for reference in &draft.references {
                sources.extend(stages.resolve(StageIndex::new(at), reference, report));
            }
            sources.into_iter().collect()
        })
        .collect()
}

struct Stages<'a> {
    drafts: &'a [Draft<'a>],
    needs: &'a [Vec<StageIndex>],
    /// The positions of the stages that expressions write so; more than one if only `-` and `_` tell them apart.
    written: BTreeMap<String, Vec<StageIndex>>,
}

impl<'a> Stages<'a> {
    fn new(drafts: &'a [Draft<'a>], needs: &'a [Vec<StageIndex>]) -> Self {
        let mut written: BTreeMap<String, Vec<StageIndex>> = BTreeMap::new();
        for (at, draft) in (0u16..).zip(drafts) {
            written.entry(identifier(&draft.key.text)).or_default().push(StageIndex::new(at));
        }
        Self { drafts, needs, written }
    }

    /// The stage whose output is meant, if it is an output.
    fn resolve(&self, of: StageIndex, reference: &Reference, report: &mut Report<'_>) -> Option<StageIndex> {
        let name = shown(&reference.stage);
        let mut fault = |message: String, help: String| report.add(&reference.span, message, help);
        let at = match self.written.get(&reference.stage).map(Vec::as_slice) {
            Some([at]) => *at,
            Some(_) => {
                fault(
                    format!("`stages.{name}` may mean two stages"),
                    "rename one: in expressions `-` is written `_`".to_owned(),
                );
                return None;
            }
            None => {
                let known: Vec<&str> = self.written.keys().map(String::as_str).take(20).collect();
                fault(format!("there is no stage `{name}`"), suggestion(&reference.stage, &known));
                return None;
            }
        };
        let direct = self.needs_of(of).contains(&at);
        match &reference.of {
            Referred::Outcome if direct => None,
            Referred::Outcome => {
                fault(format!("how `{name}` ended is not known here"), format!("add it to `needs: [{name}]`"));
                None
            }
            Referred::Output(_) if !direct && !self.is_before(at, of) => {
                fault(format!("the outputs of `{name}` are not known here"), format!("add it to `needs: [{name}]`"));
                None
            }
            Referred::Output(output) => {
                let declared = self.drafts.get(at.as_usize()).and_then(|draft| draft.stage.as_ref());
                let declared = declared.map_or(&[][..], |stage| &stage.outputs);
                let faulty = self.drafts.get(at.as_usize()).is_none_or(|draft| draft.stage.is_none());
                if !faulty && !declared.contains(output) {
                    let known: Vec<&str> = declared.iter().map(String::as_str).collect();
                    let help = if known.is_empty() {
                        format!("declare it there: `outputs: [{}]`", shown(output))
                    } else {
                        suggestion(output, &known)
                    };
                    fault(format!("the stage `{name}` has no output `{}`", shown(output)), help);
                }
                Some(at)
            }
        }
    }

    fn needs_of(&self, at: StageIndex) -> &[StageIndex] {
        self.needs.get(at.as_usize()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether `earlier` has ended whenever `later` starts.
    fn is_before(&self, earlier: StageIndex, later: StageIndex) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![later]);
        while let Some(at) = open.pop() {
            for &need in self.needs_of(at) {
                if need == earlier {
                    return true;
                }
                if seen.insert(need) {
                    open.push(need);
                }
            }
        }
        false
    }
}
