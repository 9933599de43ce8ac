//! The service as its clients see it: the AWS SDK, in process, in virtual time; and its expressions against the calendar.

#[cfg(test)]
mod api;
#[cfg(test)]
mod calendar;
#[cfg(test)]
mod firing;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod zones;
