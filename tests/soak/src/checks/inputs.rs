//! Every acknowledged input has exactly one run; one whose answer was cut off has at most one; and no other run is there.

use std::collections::BTreeMap;

use crate::{
    facts::{Facts, Run},
    input::{Door, Input, key},
};

/// Checks all inputs.
pub(crate) fn inputs(facts: &Facts, asked: &[Input]) -> Vec<String> {
    let mut runs: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in &facts.runs {
        runs.entry(&run.input).or_default().push(run);
    }
    let mut wrong = Vec::new();
    for input in asked {
        let of_input = runs.remove(input.name.as_str()).unwrap_or_default();
        let title = format!("input {} ({:?})", key(input), input.door);
        match of_input.as_slice() {
            [] if input.acknowledged => wrong.push(format!("{title} was acknowledged, and has no run")),
            [] => {}
            [run] if run.pipeline == input.shape.name => {}
            [run] => wrong.push(format!("{title} has {}", run.title())),
            several => {
                let titles: Vec<String> = several.iter().map(|run| run.title()).collect();
                wrong.push(format!("{title} has {} runs: {}", several.len(), titles.join(", ")));
            }
        }
        let object = facts.objects.get(&key(input));
        let uploaded = matches!(input.door, Door::Upload | Door::File);
        if uploaded && input.acknowledged && object.is_none_or(|content| content != input.name.as_bytes()) {
            wrong.push(format!("{title} was acknowledged, and its object is {object:?}"));
        }
    }
    wrong.extend(runs.into_values().flatten().map(|run| format!("nobody asked for {}", run.title())));
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::example::{asked, facts};

    #[test]
    fn one_run_for_each_input_is_right() {
        assert_eq!(inputs(&facts(), &asked()), Vec::<String>::new());
    }

    #[test]
    fn a_lost_input_is_found_unless_it_was_cut_off() {
        let mut doctored = facts();
        doctored.runs.remove(0);
        assert!(matches!(&inputs(&doctored, &asked())[..], [one] if one.contains("has no run")));
        let mut cut_off = asked();
        cut_off[0].acknowledged = false;
        assert_eq!(inputs(&doctored, &cut_off), Vec::<String>::new());
    }

    #[test]
    fn a_second_run_is_found_even_of_what_was_cut_off() {
        let mut doctored = facts();
        let mut second = doctored.runs[0].clone();
        second.id = "b".repeat(24);
        doctored.runs.push(second);
        let mut cut_off = asked();
        cut_off[0].acknowledged = false;
        assert!(matches!(&inputs(&doctored, &cut_off)[..], [one] if one.contains("has 2 runs")));
    }

    #[test]
    fn a_run_of_another_pipeline_or_of_no_input_is_found() {
        let mut doctored = facts();
        doctored.runs[0].pipeline = "fan".to_owned();
        assert!(matches!(&inputs(&doctored, &asked())[..], [one] if one.contains("has run")));
        doctored.runs[0].input = "i99".to_owned();
        assert!(matches!(&inputs(&doctored, &asked())[..], [_, two] if two.contains("nobody asked")));
    }

    #[test]
    fn a_lost_or_broken_object_is_found() {
        for content in [None, Some(b"i".to_vec())] {
            let mut doctored = facts();
            doctored.objects = content.into_iter().map(|content| ("broken/i1".to_owned(), content)).collect();
            assert!(matches!(&inputs(&doctored, &asked())[..], [one] if one.contains("its object")));
        }
    }
}
