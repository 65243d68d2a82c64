//! Variables of the environment that force what is else decided by the machine.

use std::env::{self, VarError};

use crate::error::Error;

/// The value of a variable; `None` where it is not set or empty.
pub(crate) fn value(variable: &'static str) -> Result<Option<String>, Error> {
    match env::var(variable) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(value)) => {
            let reason = format!("'{}' is not Unicode", value.to_string_lossy());
            Err(Error::Environment { variable, reason })
        }
    }
}
