//! The control plane on a laptop in this process: the real SDKs, the real functions, real processes.

#[cfg(test)]
mod blocked;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod fan_out;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod foreach;
#[cfg(test)]
mod gather;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod job_needs;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod lane;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod poison;
#[cfg(test)]
mod redrive;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod retry;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod settle;
#[cfg(test)]
mod statuses;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tries;
#[cfg(test)]
mod unreadable;
#[cfg(test)]
mod uploads;
