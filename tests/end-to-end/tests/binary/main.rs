//! The real binary, as a user has it: its own process, its own port, its own folder.

#[cfg(test)]
mod cloud;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod definitions;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod output;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod tour;
