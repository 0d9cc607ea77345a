//! The deployment that this computer shares its requests with. Its address has a password in it, so it
//! lies in the keyring; the settings say only where it is.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use pixmill_engine::{
    Engine,
    store::{MongoUri, NotMongo},
    sync::{Deployment, Sync},
    wire::{SyncState, SyncView},
};
use tokio::{sync::Mutex as Turn, time::sleep};
use tracing::warn;

use crate::{
    around::Around,
    keyring::{ASK_AGAIN, Found, Kept, Keys},
    refusal::{Answer, Refusal},
    settings::SettingsFile,
    wire::Said,
};

/// What the keyring knows the address by.
const ADDRESS: &str = "sync";

/// The deployment that this computer shares its requests with.
pub(crate) struct Syncing(Arc<Inner>);

struct Inner {
    sync: Sync,
    settings: Arc<SettingsFile>,
    keys: Arc<Keys>,
    /// Taken by whoever changes what is shared with.
    turn: Turn<()>,
    /// What there is to know of how the address is kept.
    note: Mutex<Option<&'static str>>,
}

impl Syncing {
    /// Goes on with the deployment that is set, and tells the page of how it stands with it.
    pub(crate) fn begin(
        engine: Engine,
        settings: Arc<SettingsFile>,
        keys: Arc<Keys>,
        around: Arc<dyn Around>,
    ) -> Self {
        let sync = Sync::new(engine);
        tokio::spawn(pass_on(sync.clone(), around));
        let is_set = settings.get().sync.is_some();
        let (turn, note) = (Turn::default(), Mutex::default());
        let inner = Arc::new(Inner { sync, settings, keys, turn, note });
        if is_set {
            tokio::spawn(go_on(Arc::downgrade(&inner)));
        }
        Syncing(inner)
    }

    /// What the engine shares.
    pub(crate) fn sync(&self) -> &Sync {
        &self.0.sync
    }

    /// What there is to know of how the address is kept.
    pub(crate) fn note(&self) -> Option<&'static str> {
        *self.0.note.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something is being sent or brought at this moment.
    pub(crate) fn is_working(&self) -> bool {
        self.0.sync.status().state == SyncState::Working
    }

    /// Shares with another deployment from now on, or with none; one that is away is waited for.
    ///
    /// # Errors
    /// Where the address is none, or the settings cannot be written: all stays as it was.
    pub(crate) async fn change(&self, address: Option<String>) -> Answer<()> {
        let database = address.map(|address| address.trim().parse::<MongoUri>()).transpose();
        let database = database.map_err(|error: NotMongo| {
            Refusal::new(422, "invalid_value", format!("address: {error}"))
        })?;
        let shown = database.as_ref().map(MongoUri::to_string);
        let Inner { sync, settings, keys, turn, note } = &*self.0;
        let _turn = turn.lock().await;
        let changed = settings.change(|settings| settings.sync = shown);
        changed.map_err(Refusal::failed("write the settings"))?;
        let secret = database.as_ref().map(|database| database.expose().to_owned());
        let kept = keys.keep(ADDRESS, secret).await;
        let is_forgotten = kept == Kept::ForThisRun && database.is_some();
        *note.lock().unwrap_or_else(PoisonError::into_inner) = is_forgotten.then_some(
            "There is no keyring on this computer, or it is locked: the address is forgotten when \
             Pixmill ends.",
        );
        Ok(sync.set(database.map(deployment)).await?)
    }
}

/// A deployment, with what the environment has to say of its bucket, if it keeps images in one.
fn deployment(database: MongoUri) -> Deployment {
    // What is in no encoding that can be read is none of ours.
    let readable = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let s3 = readable.filter(|(name, _)| name.starts_with("AWS_")).collect();
    Deployment { s3, ..Deployment::new(database) }
}

/// Shares with the deployment whose address is in the keyring. One that cannot be read is asked again and
/// again, unless somebody gives the address anew.
async fn go_on(syncing: Weak<Inner>) {
    loop {
        let Some(inner) = syncing.upgrade() else { return };
        let found = inner.keys.find(ADDRESS).await;
        let _turn = inner.turn.lock().await;
        let Some(shown) = inner.settings.get().sync else { return };
        match found {
            Found::Locked => {}
            Found::Nothing => return warn!("there is no address to sync with in the keyring"),
            Found::Key(address) => {
                // What was set meanwhile has its address from whoever set it.
                let database = address.parse::<MongoUri>().ok();
                let Some(database) = database.filter(|database| database.to_string() == shown)
                else {
                    return warn!("the keyring has the address of another deployment");
                };
                if let Err(error) = inner.sync.set(Some(deployment(database))).await {
                    warn!(%error, "nothing is synced");
                }
                return;
            }
        }
        drop(_turn);
        drop(inner);
        sleep(ASK_AGAIN).await;
    }
}

/// Tells the page how it stands, whenever that changes.
async fn pass_on(sync: Sync, around: Arc<dyn Around>) {
    let mut changes = sync.changes();
    drop(sync);
    while changes.changed().await.is_ok() {
        let view: SyncView = changes.borrow_and_update().clone();
        around.tell(Said::Sync(view));
    }
}
