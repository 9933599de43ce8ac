//! **I10: what is gathered is in one run's manifest, once.** Each upload that was acknowledged, and nothing else.
//!
//! It would catch a gathering whose settling is not the same for everybody: then an upload is in none of two manifests; and one that
//! claims nothing: then an upload whose event came twice is in both.

use std::collections::BTreeMap;

use crate::{
    facts::{Asked, Facts},
    invariants::Invariant,
    plan::Plan,
};

pub(super) struct GatheredOnce;

impl Invariant for GatheredOnce {
    fn name(&self) -> &'static str {
        "I10"
    }

    fn end(&self, facts: &Facts, plan: &Plan) -> Result<(), String> {
        for pipeline in &plan.pipelines {
            let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
            for key in facts.listed(&pipeline.name) {
                *listed.entry(key).or_default() += 1;
            }
            for asked in &facts.asked {
                if let Asked::Gathered { pipeline: of, key } = asked
                    && *of == pipeline.name
                {
                    let times = listed.remove(key.as_str()).unwrap_or_default();
                    if times != 1 {
                        return Err(format!("{key} is in the manifests of {times} runs of {of}"));
                    }
                }
            }
            if let Some(key) = listed.keys().next() {
                return Err(format!("{key} is in a manifest of {}, and was never uploaded", pipeline.name));
            }
        }
        Ok(())
    }
}
