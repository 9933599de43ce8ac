//! One column of the plan, and how it is read.

use serde::{Deserialize, Serialize};

use super::bins::Bins;
use crate::moment::{DateOrder, Period};

/// A column's name and how its cells are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The name from the header, or `column 3`.
    pub name: String,
    /// How its cells are read.
    pub kind: Kind,
}

/// How a column's cells are read, with the bounds found in the whole table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// Numbers.
    Number {
        /// The bins of the histogram; they cover every number of the column.
        bins: Bins,
    },
    /// Points in time.
    Time {
        /// How the dates are written.
        order: DateOrder,
        /// By which period they are counted.
        period: Period,
    },
    /// Anything else, and columns without any value.
    Text,
}
