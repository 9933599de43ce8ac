//! The commands, one a file.

pub(crate) mod cancel;
pub(crate) mod demo;
pub(crate) mod logs;
pub(crate) mod ps;
pub(crate) mod redrive;
pub(crate) mod register;
pub(crate) mod rejected;
pub(crate) mod retry;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod up;
pub(crate) mod validate;
