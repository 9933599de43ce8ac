//! What `defaults` and a stage may both say.

use indexmap::IndexMap;

use super::{
    fields::{Fields, entries, shown},
    job, retry,
    template::template,
    value::{Placed, integer, parsed, text},
};
use crate::{
    compute::{Compute, Vcpu},
    fault::Report,
    scope::Scope,
    template::Template,
    units,
    yaml::{Key, Node},
};

/// The keys of them.
pub(super) const KEYS: [&str; 8] = ["image", "env", "compute", "vcpu", "memory", "gpu", "timeout", "retry"];

/// These, and those of the job.
pub(super) fn all_keys() -> Vec<&'static str> {
    KEYS.into_iter().chain(job::KEYS).collect()
}

/// A setting that may be left out. A faulty one is not replaced by a default: that would only make more faults.
#[derive(Debug, Clone)]
pub(super) enum Setting<T> {
    Absent,
    Faulty,
    Given(Placed<T>),
}

/// The settings of a stage, or of all.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) image: Setting<String>,
    pub(super) env: IndexMap<String, Template>,
    pub(super) compute: Setting<Compute>,
    pub(super) vcpu: Setting<Vcpu>,
    pub(super) memory_mib: Setting<u32>,
    pub(super) gpu: Setting<u32>,
    pub(super) timeout_s: Setting<u32>,
    pub(super) retry: Setting<retry::Draft>,
    pub(super) job: job::Draft,
}

impl<T: Clone> Setting<T> {
    fn read(node: Option<&Node>, read: impl FnOnce(&Node) -> Option<Placed<T>>) -> Self {
        match node.map(read) {
            None => Self::Absent,
            Some(None) => Self::Faulty,
            Some(Some(placed)) => Self::Given(placed),
        }
    }

    fn or(self, default: &Self) -> Self {
        match self {
            Self::Absent => default.clone(),
            Self::Faulty | Self::Given(_) => self,
        }
    }
}

impl Settings {
    /// Nothing is said.
    pub(super) fn none() -> Self {
        Self {
            image: Setting::Absent,
            env: IndexMap::new(),
            compute: Setting::Absent,
            vcpu: Setting::Absent,
            memory_mib: Setting::Absent,
            gpu: Setting::Absent,
            timeout_s: Setting::Absent,
            retry: Setting::Absent,
            job: job::Draft::default(),
        }
    }

    pub(super) fn read(fields: &Fields<'_>, scope: &mut Scope, report: &mut Report<'_>) -> Self {
        let help = "one of fargate, fargate-spot, ec2, ec2-spot";
        Self {
            image: Setting::read(fields.get("image"), |node| image(node, report)),
            env: fields.get("env").map(|node| env(node, scope, report)).unwrap_or_default(),
            compute: Setting::read(fields.get("compute"), |node| parsed(node, "a kind of compute", help, report)),
            vcpu: Setting::read(fields.get("vcpu"), |node| vcpu(node, report)),
            memory_mib: Setting::read(fields.get("memory"), |node| {
                let value = memory_mib(node, "memory", report)?;
                Some(Placed { value, span: node.span.clone() })
            }),
            gpu: Setting::read(fields.get("gpu"), |node| integer(node, "gpu", &(1..=16), report)),
            timeout_s: Setting::read(fields.get("timeout"), |node| timeout_s(node, report)),
            retry: Setting::read(fields.get("retry"), |node| retry::read(node, report)),
            job: job::Draft::read(fields, report),
        }
    }

    /// These, and where they say nothing, those.
    pub(super) fn or(self, defaults: &Self) -> Self {
        let mut env = defaults.env.clone();
        env.extend(self.env);
        Self {
            image: self.image.or(&defaults.image),
            env,
            compute: self.compute.or(&defaults.compute),
            vcpu: self.vcpu.or(&defaults.vcpu),
            memory_mib: self.memory_mib.or(&defaults.memory_mib),
            gpu: self.gpu.or(&defaults.gpu),
            timeout_s: self.timeout_s.or(&defaults.timeout_s),
            retry: self.retry.or(&defaults.retry),
            job: self.job.or(&defaults.job),
        }
    }
}

/// Batch: "up to 255 letters, numbers, hyphens, underscores, colons, periods, forward slashes, and number signs"; and `@`
/// before a digest.
fn image(node: &Node, report: &mut Report<'_>) -> Option<Placed<String>> {
    let text = text(node, "image", report)?;
    let valid = |c: char| c.is_ascii_alphanumeric() || "-_:./#@".contains(c);
    if !text.is_empty() && text.len() <= 255 && text.chars().all(valid) {
        return Some(Placed { value: text.to_owned(), span: node.span.clone() });
    }
    report.add(
        &node.span,
        format!("`{}` is not the name of an image", shown(text)),
        "at most 255 letters, digits and `- _ : . / # @`, as in `public.ecr.aws/docker/library/python:3.13`",
    );
    None
}

fn env(node: &Node, scope: &mut Scope, report: &mut Report<'_>) -> IndexMap<String, Template> {
    let mut env = IndexMap::new();
    for (key, value) in entries(node, "env", report).unwrap_or_default() {
        let name = key.text.as_str();
        variable_name(key, report);
        if let Some(template) = template(value, &format!("env.{}", shown(name)), scope, report) {
            env.insert(name.to_owned(), template);
        }
    }
    env
}

/// Whether the key is the name of a variable; it is a fault if it is not.
pub(super) fn variable_name(key: &Key, report: &mut Report<'_>) {
    let name = key.text.as_str();
    let valid = name.len() <= 255
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let upper = name.to_ascii_uppercase();
    if !valid {
        let help = "letters, digits and `_`, not beginning with a digit";
        report.add(&key.span, format!("`{}` is not the name of a variable", shown(name)), help);
    } else if upper.starts_with("AWS_BATCH") || upper.starts_with("BATCHWRIGHT") {
        let help = "choose a name that begins neither with AWS_BATCH nor with BATCHWRIGHT";
        report.add(&key.span, format!("`{name}` is reserved: jobs are given it"), help);
    }
}

fn vcpu(node: &Node, report: &mut Report<'_>) -> Option<Placed<Vcpu>> {
    let text = text(node, "vcpu", report)?;
    let value = Vcpu::parse(text);
    if value.is_none() {
        let help = "0.25, 0.5, or a whole number up to 1024";
        report.add(&node.span, format!("`{}` is not a number of vCPUs", shown(text)), help);
    }
    value.map(|value| Placed { value, span: node.span.clone() })
}

pub(super) fn memory_mib(node: &Node, what: &str, report: &mut Report<'_>) -> Option<u32> {
    let text = text(node, what, report)?;
    let problem = match units::memory_mib(text) {
        Ok(value @ 4..) => return Some(value),
        Ok(_) => "is less than the 4 MiB that Batch asks for",
        Err(problem) => problem,
    };
    report.add(&node.span, format!("{what}: `{}` {problem}", shown(text)), "write it as `512 MiB` or `8 GiB`");
    None
}

/// Batch: an attempt's timeout is at least 60 s.
fn timeout_s(node: &Node, report: &mut Report<'_>) -> Option<Placed<u32>> {
    let text = text(node, "timeout", report)?;
    let problem = match units::duration_s(text) {
        Ok(value) if (60..=i32::MAX.unsigned_abs()).contains(&value) => {
            return Some(Placed { value, span: node.span.clone() });
        }
        Ok(..60) => "is less than the 60 seconds that Batch asks for",
        Ok(_) => "is too long",
        Err(problem) => problem,
    };
    report.add(&node.span, format!("timeout: `{}` {problem}", shown(text)), "write it as `90s`, `2h` or `1h 30m`");
    None
}
