//! Accepting a sheet.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use tokio::{sync::mpsc, task::spawn_blocking};
use tracing::{info, warn};

use super::Engine;
use crate::{
    error::Error,
    model::{
        Accepted, Batch, BatchId, HookUrl, KeyId, Product, Receiver, Recipe, Repeated, Repeats,
        Request, RequestId, SheetFile,
    },
    sheet::{self, Sheet, Summary},
    store::{Creation, IdempotencyKey, KeyUse},
    webhook::Secret,
    worker::Event,
};

/// How many batches are on their way to the store at once: they bound the memory.
const BATCHES_ON_THE_WAY: usize = 16;

/// A sheet that somebody hands in.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file; the engine keeps a copy.
    pub sheet: PathBuf,
    /// The folder that the files lie in which it may name; none where it may not, as when it came
    /// from anybody else. Only an engine whose options for sheets allow files
    /// looks into it.
    pub folder: Option<PathBuf>,
    /// What whoever hands it in calls it.
    pub file_name: Option<String>,
    /// How its images are to be compressed, where a row does not say otherwise.
    pub recipe: Recipe,
    /// The API key that it is handed in with, if any.
    pub owner: Option<KeyId>,
    /// Where to tell of each change of its status, if anywhere; signed with a secret of its own.
    pub hook: Option<HookUrl>,
    /// The same word with the same sheet, recipe and hook makes one request, however often it is sent.
    /// Each owner has words of their own.
    pub idempotency_key: Option<String>,
}

/// What came of handing in a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The request.
    pub id: RequestId,
    /// Whether it was made by this; `false` where the idempotency key had made it before.
    pub is_new: bool,
    /// What its webhooks are signed with, where the upload asked for any and made the request: it is
    /// told this once.
    pub hook_secret: Option<Secret>,
}

impl Engine {
    /// Accepts a sheet: when this returns, the request is durable and will be worked on.
    ///
    /// 1. The whole sheet is read and checked; one fault refuses it, all faults are told.
    /// 2. The sheet and its batches are kept, unseen.
    /// 3. The request is created: from here on it is there, whatever crashes.
    ///
    /// # Errors
    /// [`Error::Faults`] where the sheet is refused, [`Error::KeyReused`] where the idempotency
    /// key belongs to something else.
    pub async fn submit(&self, upload: Upload) -> Result<Submitted, Error> {
        let Upload { sheet, folder, file_name, recipe, owner, hook, idempotency_key } = upload;
        let id = RequestId::fresh();
        let hook = hook.map(|url| self.0.webhooks.hook(id, url)).transpose()?;
        let options = self.options(folder.as_deref());
        let checked = spawn_blocking({
            let sheet = sheet.clone();
            move || check(&sheet, options)
        });
        let (bytes, hash, summary) = checked.await.map_err(ended_early)??;
        let key = idempotency_key.map(|key| IdempotencyKey {
            owner,
            key,
            fingerprint: fingerprint(&hash, folder.as_deref(), &recipe, hook.as_ref()),
        });
        if let Some(key) = &key
            && let Some(key_use) = self.0.requests.find_key(key).await?
        {
            return self.replay(key, key_use).await;
        }

        let sheet_file = SheetFile { name: file_name, bytes, hash, folder };
        let created = match self.keep(id, &sheet, options, recipe, &summary).await {
            Ok(batches) => {
                let Summary { products, images } = summary;
                let accepted =
                    Accepted { owner, recipe, sheet: sheet_file, products, images, batches, hook };
                let request = Request::new(id, accepted, self.0.store.now().await?);
                self.create(request, key.as_ref()).await
            }
            Err(error) => Err(error),
        };
        match created {
            Ok((Creation::Created, hook_secret)) => {
                info!(request = %id, products = summary.products, images = summary.images, "received");
                self.tell(Event::Status(id));
                self.0.workers.ring();
                Ok(Submitted { id, is_new: true, hook_secret })
            }
            Ok((Creation::KeyInUse(key_use), _)) => {
                self.discard(id).await;
                match &key {
                    Some(key) => self.replay(key, key_use).await,
                    None => Err(Error::KeyReused(key_use.request)),
                }
            }
            Err(error) => {
                self.discard(id).await;
                Err(error)
            }
        }
    }

    /// The request that an idempotency key has made, if it has; one without an owner.
    pub(crate) async fn find_submitted(&self, key: &str) -> Result<Option<RequestId>, Error> {
        let key = IdempotencyKey { owner: None, key: key.to_owned(), fingerprint: String::new() };
        Ok(self.0.requests.find_key(&key).await?.map(|key_use| key_use.request))
    }

    /// Keeps the sheet and its batches (step 2); gives the number of batches.
    async fn keep(
        &self,
        id: RequestId,
        sheet: &Path,
        options: sheet::Options,
        recipe: Recipe,
        summary: &Summary,
    ) -> Result<u32, Error> {
        self.0.requests.begin(id).await?;
        self.0.gallery.keep_sheet(id, sheet).await?;
        let (sender, mut batches) = mpsc::channel(BATCHES_ON_THE_WAY);
        let reading = spawn_blocking({
            let sheet = sheet.to_owned();
            let (batch_images, images) = (self.0.batch_images, summary.images);
            move || {
                let file = File::open(&sheet).map_err(Error::io("open the sheet"))?;
                let mut sheet = Sheet::open(file, options)?;
                let repeated = find_repeated(&mut sheet, images, &recipe)?;
                read_batches(&mut sheet, id, batch_images, &sender, |product| {
                    repeated.mark(product, &recipe);
                })
            }
        });
        let mut ready = Vec::with_capacity(BATCHES_ON_THE_WAY);
        while batches.recv_many(&mut ready, BATCHES_ON_THE_WAY).await > 0 {
            self.0.requests.add(id, &ready).await?;
            ready.clear();
        }
        let (count, products) = reading.await.map_err(ended_early)??;
        if products == summary.products {
            Ok(count)
        } else {
            let changed = io::Error::other("it changed while it was being read");
            Err(Error::Io { action: "read the sheet", source: changed })
        }
    }

    /// Creates the request (step 3); gives what its webhooks are signed with, if it has any.
    async fn create(
        &self,
        request: Request,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Creation, Option<Secret>), Error> {
        let secret = self.0.webhooks.hook_secret(&request)?;
        Ok((self.0.requests.create(&request, key).await?, secret))
    }

    /// The answer to an upload that has made a request before.
    async fn replay(&self, key: &IdempotencyKey, key_use: KeyUse) -> Result<Submitted, Error> {
        if key.fingerprint != key_use.fingerprint {
            return Err(Error::KeyReused(key_use.request));
        }
        let request = self.0.requests.show(key_use.request).await?;
        // An idempotency key is no secret: it is not to open what is shown once.
        Ok(Submitted { id: request.id, is_new: false, hook_secret: None })
    }

    /// Deletes what was kept for a request that was not created after all.
    async fn discard(&self, id: RequestId) {
        let discarded = async {
            self.0.requests.remove(id).await?;
            self.0.gallery.remove(id).await?;
            Ok::<(), Error>(self.0.requests.forget(id).await?)
        };
        if let Err(error) = discarded.await {
            warn!(request = %id, %error, "a refused request will be cleared away later");
        }
    }
}

/// A hash of all that is sent with an upload.
fn fingerprint(
    sheet: &str,
    folder: Option<&Path>,
    recipe: &Recipe,
    hook: Option<&Receiver>,
) -> String {
    let hook = hook.map(|hook| hook.url.to_string()).unwrap_or_default();
    blake3::hash(format!("{sheet} {folder:?} {recipe:?} {hook}").as_bytes()).to_string()
}

pub(super) fn ended_early(error: tokio::task::JoinError) -> Error {
    Error::Io { action: "read the sheet", source: error.into() }
}

/// Size and hash of a sheet, and what is in it.
fn check(sheet: &Path, options: sheet::Options) -> Result<(u64, String, Summary), Error> {
    let opened = || File::open(sheet).map_err(Error::io("open the sheet"));
    let summary = Sheet::open(opened()?, options)?.check()?;
    let mut hasher = blake3::Hasher::new();
    let bytes = io::copy(&mut opened()?, &mut hasher).map_err(Error::io("read the sheet"))?;
    Ok((bytes, hasher.finalize().to_string(), summary))
}

/// Finds out which of a sheet's images have twins, in a pass of its own: that the first has one may
/// only show on the last row, when its batch has long been kept.
fn find_repeated(sheet: &mut Sheet, images: u64, recipe: &Recipe) -> Result<Repeated, Error> {
    let mut repeats = Repeats::with_room_for(images);
    for product in sheet.products()? {
        repeats.note(&product?, recipe);
    }
    Ok(repeats.repeated())
}

/// Reads a sheet into batches of about `batch_images` images; a product is never split. Gives the
/// number of batches and of products.
fn read_batches(
    sheet: &mut Sheet,
    request: RequestId,
    batch_images: usize,
    batches: &mpsc::Sender<Batch>,
    mark: impl Fn(&mut Product),
) -> Result<(u32, u64), Error> {
    let (mut seq, mut count) = (0, 0);
    let mut products: Vec<Product> = Vec::new();
    let mut images = 0;
    let mut rows = sheet.products()?;
    loop {
        let product = rows.next().transpose()?;
        let is_full = images >= batch_images || (product.is_none() && !products.is_empty());
        if is_full {
            let products = std::mem::take(&mut products);
            let first = count - products.len() as u64;
            let batch = Batch { first, ..Batch::new(BatchId { request, seq }, products) };
            if batches.blocking_send(batch).is_err() {
                // Whoever was to keep them has failed and says why.
                return Ok((seq, count));
            }
            seq += 1;
            images = 0;
        }
        let Some(mut product) = product else { return Ok((seq, count)) };
        mark(&mut product);
        images += product.images.len();
        count += 1;
        products.push(product);
    }
}
