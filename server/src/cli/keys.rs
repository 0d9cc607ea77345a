//! `pixmill keys`: who may use the server.

use std::fmt;

use clap::{Args, Subcommand, ValueEnum};
use pixmill_engine::{
    Engine, Error,
    model::{InvalidKeyName, Key, KeyId, KeyName, KeyToken, NewKey, Role},
    store::{Keys, StoreError},
    wire::KeyView,
};
use thiserror::Error as ThisError;

use super::{DONE, refused::Refused};
use crate::{
    out::say,
    settings::{Keeping, SettingsError, Span},
};

/// How many keys are read at once.
const PAGE: usize = 100;

/// What is to be done with keys.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum KeysVerb {
    /// Make a key
    ///
    /// Prints its token to stdout, this once: send it as `Authorization: Bearer` or `X-API-Key`.
    Add(Add),
    /// List all keys
    List(List),
    /// Take a key back; what was handed in with it stays, and its webhooks hear nothing more
    Revoke(Revoke),
    /// Give a key another token
    ///
    /// Prints it to stdout, this once.
    Rotate(Rotate),
}

/// `pixmill keys add`.
#[derive(Clone, Debug, Args)]
pub(super) struct Add {
    /// What to call it
    name: String,
    /// What it is for: to hand in sheets, to look, or for everything
    #[arg(long, value_enum)]
    role: RoleName,
    /// For a viewer: the key whose requests it sees, by its id or name
    #[arg(long, value_name = "KEY", conflicts_with = "of_all")]
    of: Option<String>,
    /// For a viewer: have it see the requests of all keys
    #[arg(long)]
    of_all: bool,
    /// How long it is good [default: until it is revoked]
    #[arg(long, value_name = "TIME")]
    expires: Option<Span>,
    #[command(flatten)]
    pub(super) keeping: Keeping,
}

/// `pixmill keys list`.
#[derive(Clone, Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) keeping: Keeping,
}

/// `pixmill keys revoke`.
#[derive(Clone, Debug, Args)]
pub(super) struct Revoke {
    /// Its id or name
    key: String,
    #[command(flatten)]
    pub(super) keeping: Keeping,
}

/// `pixmill keys rotate`.
#[derive(Clone, Debug, Args)]
pub(super) struct Rotate {
    /// Its id or name
    key: String,
    /// How long the token before is good as well [default: not at all]
    #[arg(long, value_name = "TIME")]
    grace: Option<Span>,
    #[command(flatten)]
    pub(super) keeping: Keeping,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RoleName {
    Uploader,
    Viewer,
    Admin,
}

/// Why nothing was done with keys.
#[derive(Debug, ThisError)]
pub(super) enum KeysError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Name(#[from] InvalidKeyName),
    #[error("only a viewer sees the requests of another key: leave --of and --of-all out")]
    OfWithoutViewer,
    #[error("say what the viewer is to see: --of KEY for what one key handed in, or --of-all")]
    ViewerOfWhom,
    #[error("there is no key `{0}`: see pixmill keys list")]
    NoKey(String),
    #[error("the key `{0}` is over: it has expired or was revoked; make another one")]
    Over(String),
    #[error("several keys are called `{name}`: say which by its id: {}", ids.join(", "))]
    Ambiguous { name: String, ids: Vec<String> },
    #[error(transparent)]
    Refused(Refused),
}

impl From<Error> for KeysError {
    fn from(error: Error) -> Self {
        KeysError::Refused(error.into())
    }
}

impl From<StoreError> for KeysError {
    fn from(error: StoreError) -> Self {
        KeysError::Refused(error.into())
    }
}

impl KeysVerb {
    /// Where the keys are kept.
    pub(super) fn keeping(&mut self) -> &mut Keeping {
        match self {
            KeysVerb::Add(Add { keeping, .. })
            | KeysVerb::List(List { keeping })
            | KeysVerb::Revoke(Revoke { keeping, .. })
            | KeysVerb::Rotate(Rotate { keeping, .. }) => keeping,
        }
    }

    /// Does it; stdout gets nothing but a token or the list.
    pub(super) async fn perform(mut self) -> Result<u8, KeysError> {
        let keys = Engine::open_keys(self.keeping().config()?).await?;
        let done = self.perform_with(&keys).await;
        keys.close().await;
        done.map(|()| DONE)
    }

    async fn perform_with(self, keys: &Keys) -> Result<(), KeysError> {
        match self {
            KeysVerb::Add(add) => add.perform(keys).await,
            KeysVerb::List(_) => list(keys).await,
            KeysVerb::Revoke(Revoke { key, keeping: _ }) => {
                let revoked = keys.revoke(find(keys, &key).await?).await?;
                eprintln!("revoked {}", Named(&revoked));
                Ok(())
            }
            KeysVerb::Rotate(Rotate { key, grace, keeping: _ }) => {
                let grace = grace.map(|grace| grace.0).unwrap_or_default();
                let (key, token) = keys.rotate(find(keys, &key).await?, grace).await?;
                tell("changed the token of", &key, &token);
                Ok(())
            }
        }
    }
}

impl Add {
    async fn perform(self, keys: &Keys) -> Result<(), KeysError> {
        let Add { name, role, of, of_all, expires, keeping: _ } = self;
        let name: KeyName = name.parse()?;
        let of = match of {
            Some(of) => Some(find(keys, &of).await?),
            None => None,
        };
        let role = match (role, of, of_all) {
            (RoleName::Uploader, None, false) => Role::Uploader,
            (RoleName::Admin, None, false) => Role::Admin,
            (RoleName::Uploader | RoleName::Admin, _, _) => {
                return Err(KeysError::OfWithoutViewer);
            }
            (RoleName::Viewer, None, false) => return Err(KeysError::ViewerOfWhom),
            (RoleName::Viewer, of, _) => Role::Viewer { of },
        };
        let new = NewKey { name, role, life: expires.map(|expires| expires.0) };
        let (key, token) = keys.add(new).await?;
        tell("made", &key, &token);
        Ok(())
    }
}

/// Tells a token on stdout alone, so that it can be piped, and of what it is on stderr.
fn tell(done: &str, key: &Key, token: &KeyToken) {
    eprintln!("{done} {}; its token is shown this once:", Named(key));
    say(token.reveal());
}

/// A key as it is told in a sentence.
struct Named<'a>(&'a Key);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Key { id, name, role, .. } = self.0;
        write!(f, "the {} key `{}` ({id})", role.name(), name.as_str())
    }
}

/// Prints a line for each key, the newest first.
async fn list(keys: &Keys) -> Result<(), KeysError> {
    let (now, all) = (keys.now().await?, all(keys).await?);
    let line = |[id, role, state, expires, sees, name]: [&str; 6]| {
        say(format_args!("{id:<36}  {role:<8}  {state:<7}  {expires:<24}  {sees:<36}  {name}"));
    };
    line(["id", "role", "state", "expires", "sees", "name"]);
    for key in &all {
        let KeyView { key_id, role, state, expires_at, name, .. } = KeyView::new(key, now);
        let expires = expires_at.as_deref().unwrap_or("never");
        line([&key_id, &role, &state, expires, &sees(key.role), &name]);
    }
    Ok(())
}

/// Whose requests a key sees: its own, those of one key, by its id, or those of all.
fn sees(role: Role) -> String {
    match role {
        Role::Uploader => "own".to_owned(),
        Role::Viewer { of: Some(of) } => of.to_string(),
        Role::Viewer { of: None } | Role::Admin => "all".to_owned(),
    }
}

async fn all(keys: &Keys) -> Result<Vec<Key>, KeysError> {
    let mut all: Vec<Key> = Vec::new();
    loop {
        let page = keys.list(all.last().map(|key| key.id), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// The key with an id, or the one that is not over and has a name.
async fn find(keys: &Keys, word: &str) -> Result<KeyId, KeysError> {
    let (now, all) = (keys.now().await?, all(keys).await?);
    if let Some(key) = all.iter().find(|key| key.id.to_string() == word) {
        return Ok(key.id);
    }
    let named = all.iter().filter(|key| key.name.as_str() == word && key.check_good(now).is_ok());
    let ids: Vec<KeyId> = named.map(|key| key.id).collect();
    match ids.as_slice() {
        [] if all.iter().any(|key| key.name.as_str() == word) => {
            Err(KeysError::Over(word.to_owned()))
        }
        [] => Err(KeysError::NoKey(word.to_owned())),
        [id] => Ok(*id),
        several => Err(KeysError::Ambiguous {
            name: word.to_owned(),
            ids: several.iter().map(KeyId::to_string).collect(),
        }),
    }
}
