//! Who may start.

use crate::container::Demand;

/// The most jobs that are started in one go: a transaction has to stay short.
const AT_ONCE: usize = 64;

/// What is free of the machine, as jobs are placed in their order. Pure.
///
/// The first job that does not fit ends the round, so nothing that comes later in the order takes the room it waits for.
#[derive(Debug)]
pub(super) struct Room {
    capacity: Demand,
    used: Demand,
    /// Whether anything runs or has been placed.
    occupied: bool,
    left: usize,
}

impl Room {
    pub(super) fn new(capacity: Demand, running: impl Iterator<Item = Demand>) -> Self {
        let mut room = Self { capacity, used: Demand::default(), occupied: false, left: AT_ONCE };
        running.for_each(|demand| room.occupy(demand));
        room
    }

    /// Places a job, or says that it does not fit. One that asks for more than there is fits when nothing else runs.
    pub(super) fn place(&mut self, demand: Demand) -> bool {
        let fits = self.left > 0 && (!self.occupied || self.has(demand));
        if fits {
            self.occupy(demand);
            self.left -= 1;
        }
        fits
    }

    fn has(&self, demand: Demand) -> bool {
        self.used.millivcpus.saturating_add(demand.millivcpus) <= self.capacity.millivcpus
            && self.used.memory_mib.saturating_add(demand.memory_mib) <= self.capacity.memory_mib
    }

    fn occupy(&mut self, demand: Demand) {
        self.occupied = true;
        self.used.millivcpus = self.used.millivcpus.saturating_add(demand.millivcpus);
        self.used.memory_mib = self.used.memory_mib.saturating_add(demand.memory_mib);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn demand(millivcpus: u64, memory_mib: u64) -> Demand {
        Demand { millivcpus, memory_mib }
    }

    #[test]
    fn two_cores_hold_eight_quarters() {
        let mut room = Room::new(demand(2000, 4096), std::iter::empty());
        assert_eq!((0..20).filter(|_| room.place(demand(250, 512))).count(), 8);
    }

    #[test]
    fn what_is_too_big_for_the_machine_runs_alone() {
        let big = demand(16_000, 64 * 1024);
        let mut empty = Room::new(demand(2000, 4096), std::iter::empty());
        assert!(empty.place(big) && !empty.place(demand(250, 512)));
        let mut busy = Room::new(demand(2000, 4096), std::iter::once(demand(250, 512)));
        assert!(!busy.place(big));
    }

    proptest! {
        #[test]
        fn what_is_placed_fits_or_is_alone(
            running in proptest::collection::vec((1_u64..3000, 1_u64..3000), 0..4),
            waiting in proptest::collection::vec((1_u64..3000, 1_u64..3000), 0..80),
        ) {
            let capacity = demand(4000, 4000);
            let mut room = Room::new(capacity, running.iter().map(|(v, m)| demand(*v, *m)));
            let placed: Vec<_> = waiting.iter().take_while(|(v, m)| room.place(demand(*v, *m))).collect();
            let sum = |of: fn(&(u64, u64)) -> u64| {
                running.iter().map(of).sum::<u64>() + placed.iter().map(|job| of(job)).sum::<u64>()
            };
            let alone = running.is_empty() && placed.len() == 1;
            let fits = sum(|job| job.0) <= 4000 && sum(|job| job.1) <= 4000;
            prop_assert!(placed.is_empty() || alone || fits);
            // With nothing running, the first one always starts: no job waits for ever.
            prop_assert!(!running.is_empty() || waiting.is_empty() || !placed.is_empty());
        }
    }
}
