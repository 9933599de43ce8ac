//! Random ids.

use std::sync::{Arc, Mutex, PoisonError};

use rand::{Rng, SeedableRng, rngs::StdRng};

/// Makes random ids. Cheap to clone; clones draw from one stream.
#[derive(Clone, Debug)]
pub struct Ids(Arc<Mutex<StdRng>>);

impl Ids {
    /// Ids from the operating system's entropy.
    pub fn random() -> Self {
        Self::from_rng(rand::make_rng())
    }

    /// Ids that follow from `seed`: the same seed, the same ids, in the same order.
    pub fn seeded(seed: u64) -> Self {
        Self::from_rng(StdRng::seed_from_u64(seed))
    }

    fn from_rng(rng: StdRng) -> Self {
        Self(Arc::new(Mutex::new(rng)))
    }

    /// 64 random bits.
    pub fn u64(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next_u64()
    }

    /// 32 hexadecimal digits: 128 random bits.
    pub fn hex(&self) -> String {
        format!("{:016x}{:016x}", self.u64(), self.u64())
    }

    /// A version 4 UUID, the form of the ids of AWS Batch jobs and SQS messages.
    pub fn uuid(&self) -> String {
        let (high, low) = (self.u64(), self.u64());
        let version = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
        let variant = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            version >> 32,
            (version >> 16) & 0xffff,
            version & 0xffff,
            variant >> 48,
            variant & 0xffff_ffff_ffff,
        )
    }

    /// A number below `bound`; 0 if `bound` is 0. For jitter: the slight bias of the modulus does not matter there.
    pub fn below(&self, bound: u64) -> u64 {
        self.u64().checked_rem(bound).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(Ids::seeded(7).hex(), Ids::seeded(7).hex());
        assert_ne!(Ids::seeded(7).hex(), Ids::seeded(8).hex());
        assert_ne!(Ids::random().hex(), Ids::random().hex());
    }

    #[test]
    fn a_uuid_says_its_version_and_variant() {
        let ids = Ids::seeded(1);
        for _ in 0..100 {
            let uuid = ids.uuid();
            assert_eq!(uuid.len(), 36);
            assert_eq!(uuid.as_bytes()[14], b'4');
            assert!(matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{uuid}");
        }
    }
}
