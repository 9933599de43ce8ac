//! The embedded S3 through the AWS SDK for Rust, in process and over TCP.

#[cfg(test)]
mod conditions;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod events;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod multipart;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod world;
