//! Bugs that are planted, to see that they are found.

use std::hint::black_box;

use crate::targets::Input;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
    /// It panics.
    Panic,
    /// It says something that is not so.
    Wrong,
    /// It takes much memory, and gives it back.
    Hog,
    /// It works without end.
    Hang,
    /// It takes memory without end.
    Glutton,
    /// It calls itself without end.
    Recursion,
}

impl Plant {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Wrong => "wrong",
            Self::Hog => "hog",
            Self::Hang => "hang",
            Self::Glutton => "glutton",
            Self::Recursion => "recursion",
        }
    }

    /// Strikes in one input of some hundreds, and not by its number: by what is in it.
    ///
    /// # Errors
    /// If it is the plant that says so.
    pub(crate) fn strike(self, input: &Input) -> Result<(), String> {
        if !(input.text.contains("retry") && input.text.contains("14d")) {
            return Ok(());
        }
        match self {
            #[expect(clippy::panic, reason = "planted")]
            Self::Panic => panic!("planted"),
            Self::Wrong => return Err("planted".to_owned()),
            Self::Hog => drop(black_box(Vec::<u8>::with_capacity(400 << 20))),
            Self::Hang => loop {
                std::hint::spin_loop();
            },
            Self::Glutton => {
                let mut eaten = Vec::new();
                loop {
                    eaten.push(black_box(Vec::<u8>::with_capacity(1 << 20)));
                }
            }
            Self::Recursion => drop(black_box(deeper(0))),
        }
        Ok(())
    }
}

#[expect(unconditional_recursion, reason = "planted")]
fn deeper(level: u64) -> u64 {
    let frame = black_box([level; 64]);
    deeper(level + 1) + frame.iter().sum::<u64>()
}
