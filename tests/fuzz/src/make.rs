//! Making inputs: by the grammars, and by changing what the repository has.

pub(crate) mod expression;
pub(crate) mod json;
pub(crate) mod schema;
pub(crate) mod text;
pub(crate) mod words;
pub(crate) mod yaml;
