//! What the engine says to a command, and what to do about it where a server has the store.

use std::fmt;

use pixmill_engine::{Error, store::StoreError, webhook::WebhookError};

/// Why the engine did not do what a command was for.
#[derive(Debug)]
pub(super) struct Refused(Error);

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused(error.into())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.0, Error::Store(StoreError::InUse(_))) {
            f.write_str(
                "a server runs on the store in this folder, and only one process can use it at a \
                 time: have that server do it (POST /keys, POST /webhooks and the like, see its \
                 /swagger/), or stop it first",
            )
        } else {
            self.0.fmt(f)?;
            if matches!(self.0, Error::Webhook(WebhookError::Refused(_))) {
                f.write_str("; --allow-addresses says what may be reached all the same")?;
            }
            Ok(())
        }
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
