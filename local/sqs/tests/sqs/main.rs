//! The service as its clients see it: the AWS SDK, in process, in virtual time.

mod dead_letters;
mod in_process;
mod limits;
mod messages;
mod protocol;
mod queues;
mod setup;
mod waiting;
