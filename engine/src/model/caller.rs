//! Who asks, and what they may do: the one place where that is decided.
//!
//! 1. An **uploader** hands in sheets, and sees and changes what it handed in.
//! 2. A **viewer** changes nothing. It sees what one key handed in, or what all did.
//! 3. An **admin** sees and changes everything, and alone makes keys.
//! 4. Where no key has been made, everybody who can reach the server may do everything.
//!
//! What somebody does not see is not there for them.

use super::{KeyId, Role};

/// Who asks for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Whoever can reach the server; it asks for no key.
    Anybody,
    /// The bearer of a key.
    Key {
        /// The key.
        id: KeyId,
        /// What it lets its bearer do.
        role: Role,
    },
}

/// Whose requests somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everybody's, and those that nobody owns.
    All,
    /// Those of one key.
    Of(KeyId),
}

impl Caller {
    /// To whom belongs what the caller hands in.
    #[must_use]
    pub fn owner(self) -> Option<KeyId> {
        match self {
            Caller::Anybody => None,
            Caller::Key { id, .. } => Some(id),
        }
    }

    /// Whose requests the caller sees.
    #[must_use]
    pub fn sight(self) -> Sight {
        match self {
            Caller::Anybody | Caller::Key { role: Role::Admin | Role::Viewer { of: None }, .. } => {
                Sight::All
            }
            Caller::Key { id, role: Role::Uploader }
            | Caller::Key { role: Role::Viewer { of: Some(id) }, .. } => Sight::Of(id),
        }
    }

    /// Whether the caller may hand in sheets, and change what it sees.
    #[must_use]
    pub fn may_upload(self) -> bool {
        match self {
            Caller::Anybody | Caller::Key { role: Role::Uploader | Role::Admin, .. } => true,
            Caller::Key { role: Role::Viewer { .. }, .. } => false,
        }
    }

    /// Whether the caller may make and revoke keys.
    #[must_use]
    pub fn is_admin(self) -> bool {
        match self {
            Caller::Anybody | Caller::Key { role: Role::Admin, .. } => true,
            Caller::Key { role: Role::Uploader | Role::Viewer { .. }, .. } => false,
        }
    }
}

impl Sight {
    /// Whether what belongs to `owner` is seen.
    #[must_use]
    pub fn covers(self, owner: Option<KeyId>) -> bool {
        match self {
            Sight::All => true,
            Sight::Of(id) => owner == Some(id),
        }
    }

    /// The one owner whose requests are seen; none where those of all are.
    #[must_use]
    pub fn owner(self) -> Option<KeyId> {
        match self {
            Sight::All => None,
            Sight::Of(id) => Some(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_sees_its_own_and_an_admin_sees_all() {
        let (mine, theirs) = (KeyId::fresh(), KeyId::fresh());
        for (role, sees_mine, sees_theirs, sees_nobodys) in [
            (Role::Uploader, true, false, false),
            (Role::Viewer { of: None }, true, true, true),
            (Role::Viewer { of: Some(theirs) }, false, true, false),
            (Role::Admin, true, true, true),
        ] {
            let sight = Caller::Key { id: mine, role }.sight();
            let sees = [Some(mine), Some(theirs), None].map(|owner| sight.covers(owner));
            assert_eq!(sees, [sees_mine, sees_theirs, sees_nobodys], "{role:?}");
        }
    }
}
