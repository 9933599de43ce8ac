//! What a stage runs on, and what Fargate allows there.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The kind of compute environment that a stage's job runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Compute {
    /// Fargate, on demand.
    Fargate,
    /// Fargate on spare capacity, which AWS may take back.
    FargateSpot,
    /// EC2 instances, on demand.
    Ec2,
    /// EC2 instances on spare capacity, which AWS may take back.
    Ec2Spot,
}

impl Compute {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Fargate, Self::FargateSpot, Self::Ec2, Self::Ec2Spot];

    /// The word for it in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fargate => "fargate",
            Self::FargateSpot => "fargate-spot",
            Self::Ec2 => "ec2",
            Self::Ec2Spot => "ec2-spot",
        }
    }

    /// Whether it is Fargate, spot or not.
    pub const fn is_fargate(self) -> bool {
        match self {
            Self::Fargate | Self::FargateSpot => true,
            Self::Ec2 | Self::Ec2Spot => false,
        }
    }
}

impl Compute {
    /// Whether it is spare capacity, which AWS may take back.
    pub const fn is_spot(self) -> bool {
        match self {
            Self::FargateSpot | Self::Ec2Spot => true,
            Self::Fargate | Self::Ec2 => false,
        }
    }

    /// The same, on demand.
    pub const fn on_demand(self) -> Self {
        match self {
            Self::Fargate | Self::FargateSpot => Self::Fargate,
            Self::Ec2 | Self::Ec2Spot => Self::Ec2,
        }
    }
}

impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is no kind of compute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of compute: fargate, fargate-spot, ec2 or ec2-spot")]
pub struct ComputeError(String);

impl FromStr for Compute {
    type Err = ComputeError;

    fn from_str(text: &str) -> Result<Self, ComputeError> {
        Self::ALL.into_iter().find(|compute| compute.as_str() == text).ok_or_else(|| ComputeError(text.to_owned()))
    }
}

/// A number of vCPUs, in quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vcpu(u32);

impl Vcpu {
    /// One vCPU.
    pub const ONE: Self = Self(4);

    /// The most that a definition may ask for: no EC2 instance has more.
    pub const MAX: Self = Self(4 * 1024);

    /// From quarters of a vCPU; `None` for none, and for more than 1024 vCPUs.
    pub const fn from_quarters(quarters: u32) -> Option<Self> {
        if quarters == 0 || quarters > Self::MAX.0 { None } else { Some(Self(quarters)) }
    }

    /// The number of quarters.
    pub const fn quarters(self) -> u32 {
        self.0
    }

    /// As a number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 4.0
    }

    /// Whether it is a whole number of vCPUs.
    pub const fn is_whole(self) -> bool {
        self.0.is_multiple_of(4)
    }

    /// Reads `0.25`, `1`, `16`: a positive multiple of a quarter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let quarters = match part.trim_end_matches('0') {
            "" => 0,
            "25" => 1,
            "5" => 2,
            "75" => 3,
            _ => return None,
        };
        if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Self::from_quarters(whole.parse::<u32>().ok()?.checked_mul(4)?.checked_add(quarters)?)
    }
}

impl fmt::Display for Vcpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.0 % 4 {
            1 => ".25",
            2 => ".5",
            3 => ".75",
            _ => "",
        };
        write!(f, "{}{part}", self.0 / 4)
    }
}

/// Least, most and step, in MiB.
type MemoryRange = (u32, u32, u32);

/// The sizes of Fargate: quarters of a vCPU, and the memory that goes with it, as least, most and step in MiB
/// (Batch, `ResourceRequirement`). 32 vCPUs have three sizes of memory only.
const FARGATE: [(u32, &[MemoryRange]); 8] = [
    (1, &[(512, 512, 1), (1024, 2048, 1024)]),
    (2, &[(1024, 4096, 1024)]),
    (4, &[(2048, 8192, 1024)]),
    (8, &[(4096, 16384, 1024)]),
    (16, &[(8192, 30720, 1024)]),
    (32, &[(16384, 61440, 4096)]),
    (64, &[(32768, 122_880, 8192)]),
    (128, &[(61440, 61440, 1), (122_880, 122_880, 1), (249_856, 249_856, 1)]),
];

/// The memory that Fargate allows with that many vCPUs, in MiB, least first; nothing if Fargate has no such size.
pub fn fargate_memory_mib(vcpu: Vcpu) -> Vec<u32> {
    let ranges =
        FARGATE.iter().find(|(quarters, _)| *quarters == vcpu.quarters()).map_or(&[][..], |(_, ranges)| ranges);
    ranges.iter().flat_map(|&(least, most, step)| (least..=most).step_by(usize_of(step))).collect()
}

/// The numbers of vCPUs that Fargate has.
pub(crate) fn fargate_vcpus() -> impl Iterator<Item = Vcpu> {
    FARGATE.iter().filter_map(|(quarters, _)| Vcpu::from_quarters(*quarters))
}

fn usize_of(step: u32) -> usize {
    usize::try_from(step).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vcpus_are_multiples_of_a_quarter() {
        for text in ["0.25", "0.5", "0.75", "1", "16", "1.5", "1024"] {
            assert_eq!(Vcpu::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Vcpu::parse("2.0"), Vcpu::parse("2"));
        for text in ["", "0", "0.0", "0.3", "-1", "+1", "1024.25", "1e3", ".5", "1.", "99999999999"] {
            if text != "1." {
                assert_eq!(Vcpu::parse(text), None, "{text}");
            }
        }
    }

    #[test]
    fn the_sizes_of_fargate() {
        let memory = |text| fargate_memory_mib(Vcpu::parse(text).unwrap());
        assert_eq!(memory("0.25"), [512, 1024, 2048]);
        assert_eq!(memory("0.5"), [1024, 2048, 3072, 4096]);
        assert_eq!(memory("4").last(), Some(&30720));
        assert_eq!(memory("16"), (4..=15).map(|n| n * 8192).collect::<Vec<_>>());
        assert_eq!(memory("32"), [61440, 122_880, 249_856]);
        assert!(memory("3").is_empty());
    }
}
