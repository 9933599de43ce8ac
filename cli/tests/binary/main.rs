//! The binary itself: its exit statuses, and what it says where.

#[cfg(test)]
mod alone;
#[cfg(test)]
mod program;
#[cfg(test)]
mod with_server;
