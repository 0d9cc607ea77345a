//! What was made for one request serves later ones.

use pixmill_engine::{Config, model::KeyId};

use super::{Answer, House, Origin, picture, rows, sheet_of};

const IMAGES: u8 = 5;

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

/// An origin whose pictures have none.
async fn untagged() -> Origin {
    let origin = Origin::start().await;
    for n in 0..IMAGES {
        origin.serve(&format!("/{n}.png"), [Answer::ok(picture(n))]);
    }
    origin
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_says_is_unchanged_is_neither_downloaded_nor_compressed_again() {
    let (house, origin) = (House::open().await, tagged().await);
    let sheet = sheet_of(&rows(&origin, IMAGES));
    let first = house.submit(&sheet).await;
    house.until_ended(first).await;
    let house = house.reopened_with(compress_nothing).await;
    let second = house.submit(&sheet).await;
    let ended = house.until_ended(second).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    let asked = origin.requests("/3.png");
    assert!(asked[1].contains("if-none-match: \"3\""), "{}", asked[1]);
    let bytes = |id| -> Vec<Vec<u8>> {
        house.images(id).iter().map(|path| std::fs::read(path).unwrap()).collect()
    };
    assert_eq!(bytes(second).len(), usize::from(IMAGES));
    assert_eq!(bytes(second), bytes(first));
    // The renditions of the second are its own.
    house.engine.remove(first).await.unwrap();
    assert_eq!(bytes(second).len(), usize::from(IMAGES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_from_another_place_are_not_compressed_again() {
    let (house, elsewhere) = (House::open().await, untagged().await);
    let first = house.submit(&sheet_of(&rows(&elsewhere, IMAGES))).await;
    house.until_ended(first).await;
    let house = house.reopened_with(compress_nothing).await;
    let origin = untagged().await;
    let second = house.submit(&sheet_of(&rows(&origin, IMAGES))).await;
    let ended = house.until_ended(second).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    assert_eq!(origin.hits("/0.png"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_any_more_is_made_anew() {
    let (house, origin) = (House::open().await, tagged().await);
    let sheet = sheet_of(&rows(&origin, 1));
    let first = house.submit(&sheet).await;
    house.until_ended(first).await;
    house.engine.remove(first).await.unwrap();
    let unchanged_then_whole = [Answer::status(304), Answer::ok(picture(0))];
    origin.serve("/0.png", unchanged_then_whole);
    let second = house.submit(&sheet).await;
    assert_eq!(house.until_ended(second).await.status, "completed");
    assert_eq!(house.images(second).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_recipe_or_owner_has_its_own_made() {
    let (house, origin) = (House::open().await, untagged().await);
    let sheet = sheet_of(&rows(&origin, IMAGES));
    let owner = KeyId::fresh();
    let first = house.submit_for(owner, &sheet).await;
    house.until_ended(first).await;
    let house = house.reopened_with(compress_nothing).await;
    let same = house.submit_for(owner, &sheet).await;
    assert_eq!(house.until_ended(same).await.status, "completed");
    let others = house.submit_for(KeyId::fresh(), &sheet).await;
    assert_eq!(house.until_ended(others).await.progress.failed, u64::from(IMAGES));
    let smaller = sheet.replace("Input Image Urls", "Input Image Urls,Max Width");
    let smaller: Vec<String> = smaller.lines().map(|line| format!("{line},32")).collect();
    let smaller = smaller.join("\n").replacen(",32", "", 1);
    let smaller = house.submit_for(owner, &smaller).await;
    assert_eq!(house.until_ended(smaller).await.progress.failed, u64::from(IMAGES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_reused_where_that_is_not_wanted() {
    let (house, origin) = (House::open().await, untagged().await);
    let sheet = sheet_of(&rows(&origin, IMAGES));
    let first = house.submit(&sheet).await;
    house.until_ended(first).await;
    let off = |config: &mut Config| {
        compress_nothing(config);
        config.work.reuse = None;
    };
    let house = house.reopened_with(off).await;
    let second = house.submit(&sheet).await;
    assert_eq!(house.until_ended(second).await.progress.failed, u64::from(IMAGES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_with_two_recipes_is_fetched_once() {
    let (house, origin) = (House::open().await, untagged().await);
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
