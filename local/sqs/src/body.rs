//! The text of messages: what SQS carries, and its digest.

use md5::{Digest, Md5};

use crate::{Code, Error};

/// The most bytes of a message with its attributes, and of a batch of messages together.
pub(crate) const MAX_BYTES: usize = 1_048_576;

/// Checks that a body has at least one character, and only those that SQS carries: the characters of XML 1.0.
///
/// # Errors
/// `MissingParameter` if it is empty, `InvalidMessageContents` if a character is not legal.
pub(crate) fn check(body: &str) -> Result<(), Error> {
    if body.is_empty() {
        return Err(Error::missing("MessageBody"));
    }
    match body.chars().find(|char| !legal(*char)) {
        None => Ok(()),
        Some(char) => Err(Error::caller(
            Code::InvalidMessageContents,
            format!(
                "Invalid character #x{:X} found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to \
                 #xFFFD | #x10000 to #x10FFFF",
                u32::from(char)
            ),
        )),
    }
}

/// Whether XML 1.0 has this character; a `char` is never a surrogate.
pub(crate) fn legal(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The MD5 digest in hexadecimal, which clients compare.
pub(crate) fn md5(bytes: &[u8]) -> String {
    format!("{:x}", Md5::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_characters_of_xml_are_carried() {
        for body in ["x", " ", "\t\r\n", "\u{7f}", "\u{E000}", "\u{FFFD}", "😀"] {
            assert!(check(body).is_ok(), "{body:?}");
        }
        for body in ["", "\0", "a\u{1}", "\u{b}", "\u{1f}", "\u{FFFE}", "\u{FFFF}"] {
            assert!(check(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn the_digest_is_that_of_rfc_1321() {
        assert_eq!(md5(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
