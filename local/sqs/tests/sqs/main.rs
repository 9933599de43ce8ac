//! The service as its clients see it: the AWS SDK, in process, in virtual time.

#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod in_process;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod waiting;
