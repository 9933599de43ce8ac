//! Whether a stage's vCPUs, memory, GPUs and time go together with what it runs on.

use super::{
    fields::shown,
    settings::{Setting, Settings},
};
use crate::{
    compute::{Compute, Vcpu, fargate_memory_mib, fargate_vcpus},
    fault::Report,
    yaml::{Key, Span},
};

/// After that long Fargate may end a job: its resources "might become unavailable" (Batch user guide, "Job timeouts").
const FARGATE_LONGEST_S: u32 = 14 * 24 * 3600;

/// What a stage runs on, checked.
pub(super) struct Resources {
    pub(super) compute: Compute,
    pub(super) vcpu: Vcpu,
    pub(super) memory_mib: u32,
    pub(super) gpu: Option<u32>,
    pub(super) timeout_s: Option<u32>,
}

/// Checks them; `None` if one of them is faulty.
pub(super) fn check(key: &Key, settings: &Settings, report: &mut Report<'_>) -> Option<Resources> {
    let compute = given(&settings.compute)?.map_or(Compute::Fargate, |(compute, _)| compute);
    let vcpu = given(&settings.vcpu)?;
    let memory = given(&settings.memory_mib)?;
    let gpu = given(&settings.gpu)?;
    let timeout = given(&settings.timeout_s)?;
    let size = vcpu.as_ref().map_or(Vcpu::ONE, |(vcpu, _)| *vcpu);
    let at_vcpu = vcpu.map_or_else(|| key.span.clone(), |(_, span)| span);
    let memory_mib = if compute.is_fargate() {
        if let Some((_, span)) = &gpu {
            let help = "take `compute: ec2`, or leave `gpu` out";
            report.add(span, format!("stage `{}`: Fargate has no GPUs", shown(&key.text)), help);
        }
        if let Some((_, span)) = timeout.as_ref().filter(|(timeout_s, _)| *timeout_s > FARGATE_LONGEST_S) {
            let help = "at most 14d on Fargate; take `compute: ec2` for longer jobs";
            report.add(span, format!("stage `{}`: Fargate ends jobs after 14 days", shown(&key.text)), help);
        }
        on_fargate(key, size, &at_vcpu, memory, report)
    } else {
        on_ec2(key, size, &at_vcpu, memory, report)
    };
    Some(Resources {
        compute,
        vcpu: size,
        memory_mib: memory_mib?,
        gpu: gpu.map(|(gpu, _)| gpu),
        timeout_s: timeout.map(|(timeout_s, _)| timeout_s),
    })
}

/// What a setting says, and where; the outer `None` if it is faulty.
fn given<T: Copy>(setting: &Setting<T>) -> Option<Option<(T, Span)>> {
    match setting {
        Setting::Absent => Some(None),
        Setting::Faulty => None,
        Setting::Given(placed) => Some(Some((placed.value, placed.span.clone()))),
    }
}

/// The memory: one of those that Fargate allows with the vCPUs, by default the least.
fn on_fargate(
    key: &Key,
    vcpu: Vcpu,
    at_vcpu: &Span,
    memory: Option<(u32, Span)>,
    report: &mut Report<'_>,
) -> Option<u32> {
    let allowed = fargate_memory_mib(vcpu);
    let Some(least) = allowed.first().copied() else {
        let sizes: Vec<_> = fargate_vcpus().map(|vcpu| vcpu.to_string()).collect();
        let help = format!("Fargate has {} vCPUs", sizes.join(", "));
        report.add(at_vcpu, format!("stage `{}`: Fargate has no {vcpu} vCPUs", shown(&key.text)), help);
        return None;
    };
    match memory {
        None => Some(least),
        Some((mib, _)) if allowed.contains(&mib) => Some(mib),
        Some((mib, span)) => {
            report.add(
                &span,
                format!("stage `{}`: Fargate has no {vcpu} vCPU with {}", shown(&key.text), size(mib)),
                format!("with {vcpu} vCPU: {}", sizes(&allowed)),
            );
            None
        }
    }
}

/// The memory: any, by default 2 GiB for each vCPU.
fn on_ec2(key: &Key, vcpu: Vcpu, at_vcpu: &Span, memory: Option<(u32, Span)>, report: &mut Report<'_>) -> Option<u32> {
    if !vcpu.is_whole() {
        let help = "take a whole number, or `compute: fargate`";
        report.add(
            at_vcpu,
            format!("stage `{}`: EC2 has no parts of a vCPU, but {vcpu} is asked for", shown(&key.text)),
            help,
        );
        return None;
    }
    Some(memory.map_or(vcpu.quarters() * 512, |(mib, _)| mib))
}

fn size(mib: u32) -> String {
    if mib.is_multiple_of(1024) { format!("{} GiB", mib / 1024) } else { format!("{mib} MiB") }
}

/// A few sizes, or from the least to the most.
fn sizes(mib: &[u32]) -> String {
    match mib {
        [first, second, .., last] if mib.len() > 4 => {
            format!("{} to {}, in steps of {}", size(*first), size(*last), size(second - first))
        }
        few => few.iter().copied().map(size).collect::<Vec<_>>().join(", "),
    }
}
