//! Groups, in process.

use crate::{Error, Scheduler, definition::check_name, table::group};

impl Scheduler {
    /// Creates a schedule group, if it is not there.
    ///
    /// # Errors
    /// If its name is not legal, or the store fails.
    pub fn create_group(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        self.config.store.write(|transaction| {
            if group::find(transaction, name)?.is_none() {
                group::insert(transaction, name, &group::Tags::new(), None, self.now_ms())?;
            }
            Ok(())
        })
    }
}
