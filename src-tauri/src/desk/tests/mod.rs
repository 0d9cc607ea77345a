//! The app without its window, with the real engine, a real server and the real permissions.

#[path = "../../../../engine/tests/support/deployment.rs"]
#[expect(dead_code, reason = "one that all tests share will do")]
mod deployment;
mod here;
mod away;
mod shared;
mod permissions;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use pixmill_engine::{
    fetch::Access,
    model::{Recipe, RequestId},
};

use super::{Desk, Places};
use crate::{
    around::Recorded,
    host::Handing,
    keyring::Ring,
    offers::Sheet,
    scheme,
    wire::{Handed, Offer, Products},
};

/// A photograph.
const PHOTO: &[u8] = include_bytes!("../../../../examples/caps.jpg");

/// The app in a folder, and the system around it.
struct Scene {
    desk: Desk,
    around: Arc<Recorded>,
}

fn places(folder: &Path) -> Places {
    Places {
        data: folder.join("data"),
        out: folder.join("Documents").join("Pixmill"),
        pictures: scheme::base(),
        access: Access::default(),
        ring: Ring::None,
    }
}

impl Scene {
    async fn open(folder: &Path) -> Self {
        let around = Arc::new(Recorded::default());
        let desk = Desk::open(places(folder), around.clone()).await.unwrap();
        Scene { desk, around }
    }

    async fn offer(&self, path: PathBuf) -> Offer {
        self.desk.take(vec![path]).await.remove(0)
    }

    async fn submit(&self, offer: &Offer) -> Handed {
        let sheet = self.desk.offers().sheet(&offer.id).unwrap();
        self.desk.submit(handing(sheet)).await.unwrap()
    }
}

fn handing(sheet: Sheet) -> Handing {
    let recipe = Recipe { max_width: Some("64".parse().unwrap()), ..Recipe::default() };
    Handing { sheet, recipe, idempotency_key: "once".to_owned() }
}

/// What the page asks for the first products of a request.
fn products_of(id: RequestId) -> Products {
    Products {
        request_id: id,
        from: None,
        cursor: None,
        limit: 10,
        only_failed: false,
        search: String::new(),
    }
}

/// A sheet that names a file beside it, and the file.
fn sheet_of_files(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("caps.jpg"), PHOTO).unwrap();
    let sheet = folder.join("shop.csv");
    fs::write(&sheet, "S. No.,Product Name,Input Image Urls\n1,Caps,caps.jpg\n").unwrap();
    sheet
}
