//! What was made for one request serves later ones, wherever things are kept.

use bytes::Bytes;
use futures_util::TryStreamExt;
use pixmill_engine::{
    Config, GalleryAt, StoreAt,
    model::{KeyId, RequestId},
};

use super::{
    Answer, House, Origin, bucket, deployment::Deployment, picture, pictures, rows, sheet_of,
};

const IMAGES: u8 = 5;

/// Makes a test of each function for each place where things can be kept.
macro_rules! everywhere {
    ($($test:ident,)*) => {
        everywhere! { folder: $($test,)* }
        everywhere! { mongo: $($test,)* }
        everywhere! { s3: $($test,)* }
    };
    ($place:ident: $($test:ident,)*) => {
        mod $place {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(house) = super::house::$place().await {
                    super::$test(house).await;
                }
            })*
        }
    };
}

everywhere! {
    what_a_server_says_is_unchanged_is_neither_downloaded_nor_compressed_again,
    the_same_bytes_from_another_place_are_not_compressed_again,
    what_is_not_there_any_more_is_made_anew,
    another_recipe_has_its_own_made,
    two_keys_never_share,
    nothing_is_reused_where_that_is_not_wanted,
}

/// Engines by where things are kept; none where it cannot be had, after having said so.
mod house {
    use super::*;

    pub(super) async fn folder() -> Option<House> {
        Some(House::open().await)
    }

    pub(super) async fn mongo() -> Option<House> {
        let uri = Deployment::shared()?.fresh_database().parse().unwrap();
        let house = House::open_with(|config| {
            config.store = StoreAt::Mongo(uri);
            config.gallery = GalleryAt::GridFs;
        });
        Some(house.await)
    }

    pub(super) async fn s3() -> Option<House> {
        let (url, options) = bucket::fresh().await?;
        let house = House::open_with(|config| config.gallery = GalleryAt::S3 { url, options });
        Some(house.await)
    }
}

/// Whatever has to be compressed fails from now on.
fn compress_nothing(config: &mut Config) {
    config.compress.max_pixels = 1;
}

/// An origin whose pictures have entity tags, and that says so when they have not changed.
async fn tagged() -> Origin {
    let origin = Origin::start().await;
    for n in 0..IMAGES {
        let picture = Answer::ok(picture(n)).header("ETag", format!("\"{n}\""));
        origin.serve(&format!("/{n}.png"), [picture, Answer::status(304)]);
    }
    origin
}

/// The renditions of a request, in the order of its sheet.
async fn renditions(house: &House, id: RequestId) -> Vec<Bytes> {
    let mut renditions = Vec::new();
    for product in house.status(id).await.processed_data {
        for output in product.output_image_urls {
            let name = output.unwrap().rsplit('/').next().unwrap().parse().unwrap();
            let rendered = house.engine.image(id, &name, None).await.unwrap();
            let pieces: Vec<Bytes> = rendered.body.try_collect().await.unwrap();
            renditions.push(pieces.concat().into());
        }
    }
    renditions
}

/// Hands a sheet in, and waits until all of it is done.
async fn done(house: &House, owner: Option<KeyId>, sheet: &str) -> RequestId {
    let id = match owner {
        Some(owner) => house.submit_for(owner, sheet).await,
        None => house.submit(sheet).await,
    };
    let ended = house.until_ended(id).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    assert_eq!((ended.progress.done, ended.progress.failed), (ended.progress.total, 0));
    id
}

/// Hands a sheet in of which each image has to be made anew, where none can be.
async fn made_anew(house: &House, owner: KeyId, sheet: &str) -> u64 {
    let id = house.submit_for(owner, sheet).await;
    house.until_ended(id).await.progress.failed
}

async fn what_a_server_says_is_unchanged_is_neither_downloaded_nor_compressed_again(house: House) {
    let origin = tagged().await;
    let sheet = sheet_of(&rows(&origin, IMAGES));
    let first = done(&house, None, &sheet).await;
    let before = renditions(&house, first).await;
    assert_eq!((before.len(), origin.bodies()), (usize::from(IMAGES), usize::from(IMAGES)));
    let house = house.reopened_with(compress_nothing).await;
    let second = done(&house, None, &sheet).await;
    for n in 0..IMAGES {
        let asked = origin.requests(&format!("/{n}.png"));
        assert_eq!(asked.len(), 2);
        assert!(asked[1].contains(&format!("if-none-match: \"{n}\"")), "{}", asked[1]);
    }
    assert_eq!(origin.bodies(), usize::from(IMAGES), "none was downloaded again");
    assert_eq!(renditions(&house, second).await, before);
    // The renditions of the second are its own.
    house.engine.remove(first).await.unwrap();
    assert_eq!(renditions(&house, second).await, before);
}

async fn the_same_bytes_from_another_place_are_not_compressed_again(house: House) {
    let elsewhere = pictures(IMAGES).await;
    let first = done(&house, None, &sheet_of(&rows(&elsewhere, IMAGES))).await;
    let house = house.reopened_with(compress_nothing).await;
    let origin = pictures(IMAGES).await;
    let second = done(&house, None, &sheet_of(&rows(&origin, IMAGES))).await;
    assert_eq!(origin.bodies(), usize::from(IMAGES), "each was downloaded once");
    assert_eq!(renditions(&house, second).await, renditions(&house, first).await);
}

async fn what_is_not_there_any_more_is_made_anew(house: House) {
    let origin = tagged().await;
    let sheet = sheet_of(&rows(&origin, 1));
    let first = done(&house, None, &sheet).await;
    house.engine.remove(first).await.unwrap();
    let unchanged_then_whole = [Answer::status(304), Answer::ok(picture(0))];
    origin.serve("/0.png", unchanged_then_whole);
    let second = done(&house, None, &sheet).await;
    assert_eq!(renditions(&house, second).await.len(), 1);
}

async fn another_recipe_has_its_own_made(house: House) {
    let origin = pictures(IMAGES).await;
    let (owner, sheet) = (KeyId::fresh(), sheet_of(&rows(&origin, IMAGES)));
    done(&house, Some(owner), &sheet).await;
    let house = house.reopened_with(compress_nothing).await;
    let smaller = sheet.replace("Input Image Urls", "Input Image Urls,Max Width");
    let smaller: Vec<String> = smaller.lines().map(|line| format!("{line},32")).collect();
    let smaller = smaller.join("\n").replacen(",32", "", 1);
    assert_eq!(made_anew(&house, owner, &smaller).await, u64::from(IMAGES));
}

async fn two_keys_never_share(house: House) {
    let origin = tagged().await;
    let (owner, sheet) = (KeyId::fresh(), sheet_of(&rows(&origin, IMAGES)));
    done(&house, Some(owner), &sheet).await;
    let house = house.reopened_with(compress_nothing).await;
    // Neither the same link nor the same bytes: that it was asked for before is told to nobody.
    for n in 0..IMAGES {
        origin.serve(&format!("/{n}.png"), [Answer::ok(picture(n))]);
    }
    assert_eq!(made_anew(&house, KeyId::fresh(), &sheet).await, u64::from(IMAGES));
    for n in 0..IMAGES {
        let asked = origin.requests(&format!("/{n}.png"));
        assert!(!asked[1].contains("if-none-match"), "{}", asked[1]);
    }
    let nobodys = house.submit(&sheet).await;
    assert_eq!(house.until_ended(nobodys).await.progress.failed, u64::from(IMAGES));
    done(&house, Some(owner), &sheet).await;
}

async fn nothing_is_reused_where_that_is_not_wanted(house: House) {
    let origin = pictures(IMAGES).await;
    let (owner, sheet) = (KeyId::fresh(), sheet_of(&rows(&origin, IMAGES)));
    done(&house, Some(owner), &sheet).await;
    let off = |config: &mut Config| {
        compress_nothing(config);
        config.work.reuse = None;
    };
    let house = house.reopened_with(off).await;
    assert_eq!(made_anew(&house, owner, &sheet).await, u64::from(IMAGES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_with_two_recipes_is_fetched_once() {
    let (house, origin) = (House::open().await, pictures(1).await);
    let link = origin.url("/0.png");
    let sheet = format!(
        "S. No.,Product Name,Input Image Urls,Format\n1,Mug,{link},webp\n2,Mug,{link},jpeg\n\
         3,Mug,{link},\n"
    );
    let id = house.submit(&sheet).await;
    assert_eq!(house.until_ended(id).await.status, "completed");
    assert_eq!(house.images(id).len(), 3);
    assert_eq!(origin.hits("/0.png"), 1);
}
