//! What names a job.

use std::{fmt, str::FromStr};

/// A job's id as AWS writes it: a UUID, for a child of an array followed by `:` and its index. Made by parsing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// The UUID, which a child shares with its parent.
    pub(crate) id: String,
    /// The index in the array; `None` for all but children.
    pub child: Option<u32>,
}

impl JobKey {
    /// The key of the child of this index, if this is an array.
    #[must_use]
    pub fn child_at(&self, index: u32) -> Self {
        Self { id: self.id.clone(), child: Some(index) }
    }

    /// The name of the job's folder: its id, with `_` before a child's index.
    pub(crate) fn folder(&self) -> String {
        match self.child {
            Some(index) => format!("{}_{index}", self.id),
            None => self.id.clone(),
        }
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.child {
            Some(index) => write!(f, "{}:{index}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

/// The text is not a job's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} should be a job's id: a UUID, for a child of an array with a colon and its index behind it")]
pub struct NotAJobId(String);

impl FromStr for JobKey {
    type Err = NotAJobId;

    /// Takes only what this service could have made, so that an id never names a path elsewhere.
    fn from_str(text: &str) -> Result<Self, NotAJobId> {
        let wrong = || NotAJobId(text.to_owned());
        let (id, child) = match text.split_once(':') {
            Some((id, index)) => (id, Some(index)),
            None => (text, None),
        };
        let hex = |c: char| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c);
        let plain = |index: &str| index.parse::<u32>().ok().filter(|number| number.to_string() == index);
        if id.len() != 36 || !id.chars().all(hex) {
            return Err(wrong());
        }
        Ok(Self { id: id.to_owned(), child: child.map(|index| plain(index).ok_or_else(wrong)).transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8";

    #[test]
    fn an_id_reads_back_and_names_a_folder() {
        for (text, folder) in [(ID.to_owned(), ID.to_owned()), (format!("{ID}:9999"), format!("{ID}_9999"))] {
            let key: JobKey = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
            assert_eq!(key.folder(), folder);
        }
    }

    #[test]
    fn what_is_no_id_of_ours_is_refused() {
        for text in [
            "",
            "..",
            "4c7599ae",
            &format!("{ID}:"),
            &format!("{ID}:01"),
            &format!("{ID}:-1"),
            &format!("../{}", &ID[3..]),
        ] {
            assert!(text.parse::<JobKey>().is_err(), "{text}");
        }
    }
}
