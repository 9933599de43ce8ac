//! The machine of a stage: its transitions, as the table at the top of `decide.rs` tells them; from when on what is due; and what
//! holds whatever happens.

mod conditions;
mod ends;
#[cfg(test)]
mod fan_outs;
mod jobs;
mod looks;
mod play;
mod properties;
mod retries;
mod sample;
mod spans;
mod starts;
mod stories;
mod submits;
mod words;
