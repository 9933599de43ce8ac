//! The example pipelines, run on a laptop with small data that each test makes.

#[cfg(test)]
mod business;
#[cfg(test)]
mod definitions;
#[cfg(test)]
mod example;
#[cfg(test)]
mod media;
#[cfg(test)]
mod science;
