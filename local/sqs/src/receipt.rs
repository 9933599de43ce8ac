//! Receipt handles: which taking of which message.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Code, Error};

/// One taking of a message. Every receive makes a new one; only the newest deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// The queue's row.
    pub(crate) queue: i64,
    /// The message's row.
    pub(crate) message: i64,
    /// Random: nobody guesses it.
    pub(crate) nonce: u64,
}

impl Receipt {
    /// The handle that clients carry: opaque to them.
    pub(crate) fn handle(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}.{:016x}", self.queue, self.message, self.nonce))
    }

    /// Reads a handle of the queue with row `queue`.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid` if it is not one, or one of another queue.
    pub(crate) fn parse(handle: &str, queue: i64) -> Result<Self, Error> {
        Self::read(handle).filter(|receipt| receipt.queue == queue).ok_or_else(|| {
            let message = "The input receipt handle is not one that a receive from this queue returned.";
            Error::caller(Code::ReceiptHandleIsInvalid, message)
        })
    }

    fn read(handle: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(handle).ok()?).ok()?;
        let mut parts = text.split('.');
        let (queue, message, nonce) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            queue: queue.parse().ok()?,
            message: message.parse().ok()?,
            nonce: u64::from_str_radix(nonce, 16).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_handle_reads_back(queue: i64, message: i64, nonce: u64) {
            let receipt = Receipt { queue, message, nonce };
            prop_assert_eq!(Receipt::parse(&receipt.handle(), queue).unwrap(), receipt);
            prop_assert!(Receipt::parse(&receipt.handle(), queue.wrapping_add(1)).is_err());
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = Receipt::parse(&text, 1);
        }
    }
}
