//! The language as its users meet it: by the public functions of the crate.

#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod definition;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod params;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod render;
#[cfg(test)]
mod retry;
#[cfg(test)]
mod triggers;
