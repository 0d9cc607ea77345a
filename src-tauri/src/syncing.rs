//! The deployment that this computer shares its requests with. Its address has a password in it, so it
//! lies in the keyring; the settings say only where it is.

use std::sync::Arc;

use pixmill_engine::{
    Engine,
    store::{MongoUri, NotMongo},
    sync::{Deployment, Sync},
    wire::SyncView,
};
use tracing::warn;

use crate::{
    around::Around,
    keyring::{Kept, Keys},
    refusal::{Answer, Refusal},
    settings::SettingsFile,
    wire::Said,
};

/// What the keyring knows the address by.
const ADDRESS: &str = "sync";

/// The deployment that this computer shares its requests with.
pub(crate) struct Syncing {
    sync: Sync,
    settings: Arc<SettingsFile>,
    keys: Arc<Keys>,
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
        if settings.get().sync.is_some() {
            tokio::spawn(go_on(sync.clone(), Arc::clone(&keys)));
        }
        Syncing { sync, settings, keys }
    }

    /// What the engine shares.
    pub(crate) fn sync(&self) -> &Sync {
        &self.sync
    }

    /// Shares with another deployment from now on, or with none; one that is away is waited for. Gives
    /// what there is to know of how its address is kept.
    ///
    /// # Errors
    /// Where the address is none, or the settings cannot be written: all stays as it was.
    pub(crate) async fn change(&self, address: Option<String>) -> Answer<Option<&'static str>> {
        let database = address.map(|address| address.trim().parse::<MongoUri>()).transpose();
        let database = database.map_err(|error: NotMongo| {
            Refusal::new(422, "invalid_value", format!("address: {error}"))
        })?;
        let shown = database.as_ref().map(MongoUri::to_string);
        let changed = self.settings.change(|settings| settings.sync = shown);
        changed.map_err(Refusal::failed("write the settings"))?;
        let secret = database.as_ref().map(|database| database.expose().to_owned());
        let kept = self.keys.keep(ADDRESS, secret).await;
        let is_set = database.is_some();
        self.sync.set(database.map(deployment)).await?;
        Ok(match kept {
            Kept::ForThisRun if is_set => Some(
                "There is no keyring on this computer, or it is locked: the address is forgotten \
                 when Pixmill ends.",
            ),
            Kept::ForThisRun | Kept::InKeyring => None,
        })
    }
}

/// A deployment, with what the environment has to say of its bucket, if it keeps images in one.
fn deployment(database: MongoUri) -> Deployment {
    let s3 = std::env::vars().filter(|(name, _)| name.starts_with("AWS_")).collect();
    Deployment { s3, ..Deployment::new(database) }
}

/// Shares with the deployment whose address is in the keyring.
async fn go_on(sync: Sync, keys: Arc<Keys>) {
    let address = keys.find(ADDRESS).await;
    let Some(Ok(database)) = address.map(|address| address.parse()) else {
        return warn!("the keyring has no address to sync with: somebody has to give it again");
    };
    if let Err(error) = sync.set(Some(deployment(database))).await {
        warn!(%error, "nothing is synced");
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
