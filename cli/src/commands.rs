//! The commands, one a file.

pub mod cancel;
pub mod demo;
pub mod logs;
pub mod ps;
pub mod register;
pub mod rejected;
pub mod retry;
pub mod run;
pub mod schema;
pub mod show;
pub mod up;
pub mod validate;
