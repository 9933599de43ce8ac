//! What an input may take, by its length.

use crate::memory::Usage;

/// The most that a target may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// At a time: so many bytes,
    pub peak: usize,
    /// and so many more for each byte of the input.
    pub peak_per_byte: usize,
    /// In all: so many bytes,
    pub total: usize,
    /// and so many more for each byte of the input.
    pub total_per_byte: usize,
}

impl Bounds {
    /// What an input of this length took too much of, in words.
    pub fn exceeded(&self, length: usize, usage: Usage) -> Option<String> {
        let most = |fixed: usize, per_byte: usize| fixed.saturating_add(per_byte.saturating_mul(length));
        let (peak, total) = (most(self.peak, self.peak_per_byte), most(self.total, self.total_per_byte));
        if usage.peak > peak {
            Some(format!("{} bytes of memory at a time, of an input of {length} bytes; at most {peak}", usage.peak))
        } else if usage.total > total {
            Some(format!("{} bytes of memory in all, of an input of {length} bytes; at most {total}", usage.total))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_grows_with_the_input() {
        let bounds = Bounds { peak: 100, peak_per_byte: 10, total: 1000, total_per_byte: 100 };
        assert_eq!(bounds.exceeded(1, Usage { peak: 110, total: 1100 }), None);
        assert!(bounds.exceeded(1, Usage { peak: 111, total: 0 }).is_some_and(|words| words.contains("at a time")));
        assert!(bounds.exceeded(1, Usage { peak: 0, total: 1101 }).is_some_and(|words| words.contains("in all")));
        assert_eq!(bounds.exceeded(2, Usage { peak: 111, total: 1101 }), None);
    }
}
