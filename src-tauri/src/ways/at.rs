//! Where the work is done at a moment.

use std::sync::Arc;

use tokio::task::AbortHandle;

use crate::{
    host::{Away, Here, Host},
    refusal::{Answer, Refusal},
    wire::Way,
};

/// Where the work is done.
pub(super) enum At {
    Here,
    /// On a server, once the keyring has said whether there is a key for it.
    Asking(String),
    Server(Server),
    /// On a server that no calls can be made to.
    Unusable(String, Refusal),
}

/// A server that is worked with.
pub(super) struct Server {
    pub(super) address: String,
    pub(super) away: Arc<Away>,
    pub(super) has_key: bool,
    /// Whether its key lies in a keyring that cannot be read.
    pub(super) is_locked: bool,
    /// Something to know of it although all is well.
    pub(super) note: Option<String>,
    pub(super) tending: AbortHandle,
}

/// Who does the work.
pub(crate) struct Chosen {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) way: Way,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tending.abort();
    }
}

impl At {
    /// Who does the work; none while the keyring is asked.
    pub(super) fn chosen(&self, here: &Arc<Here>) -> Option<Answer<Chosen>> {
        match self {
            At::Here => Some(Ok(Chosen { host: here.clone(), way: Way::Here })),
            At::Asking(_) => None,
            At::Server(Server { address, away, .. }) => {
                let way = Way::Server { address: address.clone() };
                Some(Ok(Chosen { host: away.clone(), way }))
            }
            At::Unusable(_, why) => Some(Err(why.clone())),
        }
    }

    /// Whether a server of an earlier run waits for its key.
    pub(super) fn waits_for_key(&self, of: &str) -> bool {
        match self {
            At::Asking(address) => address == of,
            At::Server(Server { address, is_locked, .. }) => *is_locked && address == of,
            At::Here | At::Unusable(..) => false,
        }
    }
}
