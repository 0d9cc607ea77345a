//! All that stores and galleries have of requests, compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use pixmill_engine::{
    gallery::{Gallery, GridFs, Layout, Objects},
    model::{Batch, ImageState, Origin, Request, RequestId, StoreId, Timestamp},
    store::{Embedded, Kept, Kind, Mongo, Requests, Store},
};

/// What one store and its gallery have, with what is a matter of each store left out.
#[derive(Debug, PartialEq)]
pub(crate) struct Holdings(BTreeMap<String, Holding>);

/// What there is of one request.
#[derive(Debug, PartialEq)]
struct Holding {
    request: Request,
    batches: Vec<Batch>,
    sheet: String,
    /// By name, a hash of the bytes.
    images: BTreeMap<String, String>,
}

impl Holdings {
    /// What a computer has.
    pub(crate) async fn of_computer(folder: &Path) -> Self {
        let store = Embedded::open(&folder.join("store"), 8 << 20).unwrap();
        let gallery = Objects::folder(&folder.join("gallery"), Layout::ByRequest).unwrap();
        let files = files_under(&folder.join("gallery"));
        Holdings::of(Arc::new(store), Arc::new(gallery), files).await
    }

    /// What a deployment has.
    pub(crate) async fn of_deployment(database: &str) -> Self {
        let store = Mongo::open(&database.parse().unwrap()).await.unwrap();
        let gallery = GridFs::new(store.database());
        let files = store.database().collection::<Document>("gallery.files");
        let only = doc! { "_id": 0, "filename": 1 };
        let files = files.find(doc! {}).projection(only).await.unwrap();
        let files: Vec<Document> = files.try_collect().await.unwrap();
        let files = files.iter().map(|file| file.get_str("filename").unwrap().to_owned());
        let holdings = Holdings::of(Arc::new(store.clone()), Arc::new(gallery), files.collect());
        let holdings = holdings.await;
        store.close().await;
        holdings
    }

    /// What there is in a store and a gallery, `files` being all that are in that: nothing is there
    /// but what is part of a request, or known to be left of one that was deleted.
    async fn of(
        store: Arc<dyn Store>,
        gallery: Arc<dyn Gallery>,
        mut files: BTreeSet<String>,
    ) -> Self {
        let requests = Requests::new(Arc::clone(&store));
        let mut stray = ids(&*store, Kind::Batch).await;
        let mut holdings = BTreeMap::new();
        for document in store.list(Kind::Request, None, None, 10_000).await.unwrap() {
            let request = Kept::<Request>::read(document).unwrap().value;
            let id = request.id;
            let batches: Vec<Batch> = requests.all_batches(id).try_collect().await.unwrap();
            assert_eq!(batches.len(), request.batches as usize, "{id}");
            let images = batches.iter().flat_map(|batch| &batch.products);
            let mut hashes = BTreeMap::new();
            for image in images.flat_map(|product| &product.images) {
                let ImageState::Done(made) = &image.state else { panic!("{image:?}") };
                files.remove(&format!("images/{id}/{}", made.name));
                hashes.insert(made.name.clone(), hash(&*gallery, id, &made.name).await);
            }
            files.remove(&format!("sheets/{id}.csv"));
            for batch in &batches {
                stray.remove(&batch.id.to_string());
            }
            let mut sheet = blake3::Hasher::new();
            sheet.update_reader(gallery.open_sheet(id).await.unwrap()).unwrap();
            let holding = Holding {
                batches: batches.iter().map(Batch::copy).collect(),
                sheet: sheet.finalize().to_string(),
                images: hashes,
                request: as_everywhere(&request),
            };
            holdings.insert(id.to_string(), holding);
        }
        let cleared = ids(&*store, Kind::Trace).await;
        let is_cleared = |left: &String| cleared.iter().any(|id| left.contains(id));
        stray.extend(files);
        stray.retain(|left| !is_cleared(left));
        assert!(stray.is_empty(), "of no request: {stray:?}");
        Holdings(holdings)
    }

    /// The ids of the requests.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Compares these with what another has.
    pub(crate) fn assert_equal(&self, other: &Holdings, whose: &str) {
        assert!(self.ids().eq(other.ids()), "{whose} has other requests");
        for (id, holding) in &self.0 {
            assert_eq!(*holding, other.0[id], "{whose} has something else of {id}");
        }
    }
}

/// The ids of all documents of a kind.
async fn ids(store: &dyn Store, kind: Kind) -> BTreeSet<String> {
    let all = store.list(kind, None, None, 100_000).await.unwrap();
    all.into_iter().map(|document| document.id).collect()
}

/// The files in a gallery's folder, by their keys, but for those that were not finished.
fn files_under(gallery: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![gallery.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let key = path.strip_prefix(gallery).unwrap().to_str().unwrap().to_owned();
            if !key.contains('#') {
                files.insert(key);
            }
        }
    }
    files
}

/// A request without what is a matter of the store that it was made in.
fn as_everywhere(request: &Request) -> Request {
    let nowhere: StoreId = "00000000-0000-7000-8000-000000000000".parse().unwrap();
    request.copy(Origin { store: nowhere, revision: 0, at: Timestamp::EPOCH })
}

async fn hash(gallery: &dyn Gallery, id: RequestId, name: &str) -> String {
    let rendered = gallery.open(id, &name.parse().unwrap(), None).await.unwrap();
    let pieces: Vec<_> = rendered.body.try_collect().await.unwrap();
    let bytes: Vec<u8> = pieces.concat();
    blake3::hash(&bytes).to_string()
}
