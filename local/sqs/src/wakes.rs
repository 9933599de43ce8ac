//! Who waits for which queue.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// A wake-up for each queue that someone waits for, by the queue's name.
///
/// A wake-up says "look again", never what is there: waking too often costs one look, and the rows decide.
#[derive(Debug, Default)]
pub(crate) struct Wakes(Mutex<BTreeMap<String, Arc<Notify>>>);

impl Wakes {
    /// The wake-up of a queue, to be waited for. Those that nobody waits for any more are forgotten.
    pub(crate) fn of(&self, queue: &str) -> Arc<Notify> {
        let mut wakes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wakes.retain(|_, wake| Arc::strong_count(wake) > 1);
        Arc::clone(wakes.entry(queue.to_owned()).or_default())
    }

    /// Wakes all who wait for the queue. It may be called inside the transaction that concerns them: the store is one
    /// connection, so they look only after it ended.
    pub(crate) fn wake(&self, queue: &str) {
        let wakes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wake) = wakes.get(queue) {
            wake.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_kept_and_who_left_is_forgotten() {
        let wakes = Wakes::default();
        let waiting = wakes.of("a");
        drop(wakes.of("b"));
        assert!(Arc::ptr_eq(&waiting, &wakes.of("a")));
        assert_eq!(wakes.0.lock().unwrap().len(), 1);
    }
}
