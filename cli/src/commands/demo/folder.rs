//! Where a demo keeps what it makes.

use std::{fs, path::PathBuf};

use crate::{arguments::Context, exit::Failure, output::note};

/// The folder of one demo. Only what the demo made itself is ever removed.
#[derive(Debug)]
pub(crate) struct DemoFolder {
    /// The data folder of its server, which is new.
    pub(crate) data_dir: PathBuf,
    /// Where the report goes. It stays.
    pub(crate) report: PathBuf,
}

impl DemoFolder {
    /// Names a new data folder under `target/demo`, or under the one given.
    ///
    /// # Errors
    /// If the folder around it cannot be made.
    pub(crate) fn create(context: &Context) -> Result<Self, Failure> {
        let around = context.data_dir_or("target/demo");
        fs::create_dir_all(&around)
            .map_err(|error| Failure::failed(format!("the folder {} cannot be made: {error}", around.display())))?;
        let name: String = context.ids.hex().chars().take(8).collect();
        Ok(Self { data_dir: around.join(format!("data-{name}")), report: around.join("report.html") })
    }

    /// Removes the data folder.
    pub(crate) fn remove(self) {
        if let Err(error) = fs::remove_dir_all(&self.data_dir) {
            note(format_args!("{} cannot be removed: {error}", self.data_dir.display()));
        }
    }
}
