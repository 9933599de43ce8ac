//! The pipelines, and what they are made of: both their definitions and what must become of their runs follow from here.

/// A pipeline. Its runs start by a request, or by an upload under its name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The pipeline's name.
    pub(crate) name: &'static str,
    /// Its stages; each comes after those that it needs.
    pub(crate) stages: &'static [Plan],
}

/// A stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [&'static str],
    pub(crate) command: &'static [&'static str],
    /// How many children its job has, if it is an array.
    pub(crate) array: Option<u32>,
    /// How often Batch tries in all.
    pub(crate) attempts: usize,
    /// What the command ends with, unless its host is lost.
    pub(crate) exit_code: i32,
}

/// Batch tries no job more often.
const STURDY: usize = 10;

const fn stage(name: &'static str, needs: &'static [&'static str], command: &'static [&'static str]) -> Plan {
    Plan { name, needs, command, array: None, attempts: STURDY, exit_code: 0 }
}

impl Plan {
    const fn array(self, size: u32) -> Self {
        Self { array: Some(size), ..self }
    }

    const fn attempts(self, attempts: usize) -> Self {
        Self { attempts, ..self }
    }

    const fn exits(self, exit_code: i32) -> Self {
        Self { exit_code, ..self }
    }
}

/// All of them.
pub(crate) const SHAPES: [Shape; 7] = [
    Shape {
        name: "chain",
        stages: &[
            stage("a", &[], &["true"]),
            stage("b", &["a"], &["sleep", "0.1"]),
            stage("c", &["b"], &["true"]),
            stage("d", &["c"], &["true"]),
        ],
    },
    Shape {
        name: "fan",
        stages: &[
            stage("split", &[], &["true"]),
            stage("w0", &["split"], &["true"]),
            stage("w1", &["split"], &["sleep", "0.2"]),
            stage("w2", &["split"], &["true"]),
            stage("w3", &["split"], &["true"]),
            stage("join", &["w0", "w1", "w2", "w3"], &["true"]),
        ],
    },
    Shape {
        name: "array",
        stages: &[
            stage("first", &[], &["true"]),
            stage("many", &["first"], &["sleep", "0.1"]).array(4),
            stage("last", &["many"], &["true"]),
        ],
    },
    // Long enough to be alive at a kill, and tried again.
    Shape { name: "sturdy", stages: &[stage("wait", &[], &["sleep", "1"]), stage("last", &["wait"], &["true"])] },
    // Tried once: the kill fails it.
    Shape {
        name: "frail",
        stages: &[stage("wait", &[], &["sleep", "1"]).attempts(1), stage("last", &["wait"], &["true"])],
    },
    // Fails whatever happens; what does not need the failure succeeds all the same.
    Shape {
        name: "broken",
        stages: &[
            stage("a", &[], &["true"]),
            stage("bad", &["a"], &["false"]).attempts(1).exits(1),
            stage("good", &["a"], &["true"]),
            stage("never", &["bad", "good"], &["true"]),
            stage("after", &["never"], &["true"]),
        ],
    },
    // A child of its own process that outlives it, an exit code of its own, and tried again in vain.
    Shape {
        name: "late",
        stages: &[
            stage("slow", &[], &["timeout", "0.2", "sleep", "30"]).attempts(3).exits(124),
            stage("never", &["slow"], &["true"]),
        ],
    },
];

impl Shape {
    /// The one of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SHAPES.iter().find(|shape| shape.name == name)
    }

    /// Its definition. The parameter `input` is the name of the input that a run comes from, where no upload tells it.
    pub(crate) fn source(&self) -> String {
        let Self { name, stages } = self;
        let stages: String = stages.iter().map(Plan::source).collect();
        format!(
            "pipeline: {name}\non: [{{ s3: {{ prefix: {name}/ }} }}]\nparams: {{ input: {{ type: string, default: '' }} }}\n\
             defaults: {{ image: busybox, vcpu: 0.25, memory: 512 MiB, env: {{ INPUT: '${{{{ params.input }}}}' }} }}\n\
             stages:\n{stages}"
        )
    }
}

impl Plan {
    fn source(&self) -> String {
        let Self { name, needs, command, array, attempts, .. } = self;
        let array = array.map_or_else(String::new, |size| format!("array: {size}, "));
        format!("  {name}: {{ needs: {needs:?}, command: {command:?}, {array}retry: {{ attempts: {attempts} }} }}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_what_the_plans_say() {
        for shape in &SHAPES {
            let definition = pipeline::parse(shape.name, &shape.source()).unwrap();
            assert_eq!(definition.name.as_str(), shape.name);
            let names: Vec<_> = definition.stages().map(|(_, stage)| stage.name.to_string()).collect();
            assert_eq!(names, shape.stages.iter().map(|plan| plan.name).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_a_stage_needs_comes_before_it() {
        for shape in &SHAPES {
            for (number, plan) in shape.stages.iter().enumerate() {
                let before: Vec<_> = shape.stages[..number].iter().map(|plan| plan.name).collect();
                assert!(plan.needs.iter().all(|need| before.contains(need)), "{plan:?}");
            }
        }
    }
}
