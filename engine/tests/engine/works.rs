//! What comes out of a sheet.

use pixmill_engine::{
    Config, Error, StoreAt, Upload, gallery::RenditionName, model::Sight, sheet::Links, wire::Limit,
};

use super::{Answer, House, Origin, deployment::Deployment, picture, pictures, rows, sheet_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_goes_in_and_images_and_a_sheet_come_out() {
    let (house, origin) = (House::open().await, pictures(10).await);
    let mut rows = rows(&origin, 9);
    rows[0].push(origin.url("/9.png"));
    let id = house.submit(&sheet_of(&rows)).await;
    let ended = house.until_ended(id).await;
    assert_eq!(ended.status, "completed", "{ended:?}");
    assert_eq!((ended.progress.total, ended.progress.done, ended.progress.failed), (10, 10, 0));
    assert!(ended.progress.bytes_out < ended.progress.bytes_in);

    let status = house.status(id).await;
    let base = format!("http://pixmill.example/images/{id}");
    let first = &status.processed_data[0];
    assert_eq!(first.output_image_urls[0], Some(format!("{base}/1-mug-1-1.webp")));
    assert_eq!(first.output_image_urls[1], Some(format!("{base}/1-mug-1-2.webp")));
    assert_eq!(house.images(id).len(), 10);
    for path in house.images(id) {
        let image = image::open(&path).unwrap();
        assert_eq!((image.width(), image.height()), (64, 48), "{}", path.display());
    }

    let results = house.results(id).await;
    let mut lines = results.lines();
    assert_eq!(lines.next(), Some("S. No.,Product Name,Input Image Urls,Output Image Urls"));
    let links = format!("\"{base}/1-mug-1-1.webp,{base}/1-mug-1-2.webp\"");
    assert!(lines.next().unwrap().ends_with(&links), "{results}");
    assert_eq!(lines.count(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_link_is_fetched_once_wherever_it_stands() {
    let (house, origin) = (House::open().await, pictures(1).await);
    origin.serve("/gone.png", [Answer::status(404)]);
    let row = vec![origin.url("/0.png"), origin.url("/gone.png"), origin.url("/0.png")];
    let id = house.submit(&sheet_of(&vec![row; 20])).await;
    let ended = house.until_ended(id).await;
    assert_eq!(ended.error_message.unwrap(), "20 of 60 images failed: 20x HTTP 404");
    assert_eq!((origin.hits("/0.png"), origin.hits("/gone.png")), (1, 1));
    assert_eq!(house.images(id).len(), 40, "each place has a file of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_wants_another_recipe_gets_it() {
    let (house, origin) = (House::open().await, pictures(1).await);
    let url = origin.url("/0.png");
    let sheet = format!(
        "S. No.,Product Name,Input Image Urls,Format,Max Width\n1,Mug,{url},,\n2,Cup,{url},png,16\n"
    );
    let id = house.submit(&sheet).await;
    assert_eq!(house.until_ended(id).await.status, "completed");
    let files = house.images(id);
    let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(names, ["1-mug-1.webp", "2-cup-1.png"]);
    let small = image::open(&files[1]).unwrap();
    assert_eq!((small.width(), small.height()), (16, 12));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_image_fails_alone_and_says_why() {
    let (house, origin) = (House::open().await, pictures(2).await);
    origin.serve("/page", [Answer::ok("<!doctype html><title>Gone</title>")]);
    let mut cut = picture(7);
    cut.truncate(cut.len() / 2);
    origin.serve("/half.png", [Answer::ok(cut)]);
    let links = ["/0.png", "/missing.png", "/page", "/half.png", "/1.png"];
    let links = links.map(|path| origin.url(path)).to_vec();
    let id = house.submit(&sheet_of(&[links])).await;
    let ended = house.until_ended(id).await;
    assert_eq!(ended.status, "error");
    assert!(ended.error_message.unwrap().starts_with("3 of 5 images failed: "));
    let product = house.status(id).await.processed_data.remove(0);
    let is_there: Vec<bool> = product.output_image_urls.iter().map(Option::is_some).collect();
    assert_eq!(is_there, [true, false, false, false, true]);
    let codes: Vec<_> = product.errors.iter().map(|e| (e.index, e.code.as_str())).collect();
    assert_eq!(codes, [(1, "http_status"), (2, "not_an_image"), (3, "corrupt_image")]);
    let results = house.results(id).await;
    assert!(results.lines().next().unwrap().ends_with(",Output Image Urls,Errors"), "{results}");
    assert!(results.contains("2: HTTP 404"), "{results}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_results_sheet_that_is_handed_in_redoes_only_what_has_no_output() {
    let (house, origin) = (House::open().await, pictures(3).await);
    origin.serve("/1.png", [Answer::status(404), Answer::ok(picture(1))]);
    let id = house.submit(&sheet_of(&rows(&origin, 3))).await;
    assert_eq!(house.until_ended(id).await.status, "error");
    let results = house.results(id).await;

    let again = house.submit(&results).await;
    assert_eq!(house.until_ended(again).await.status, "completed");
    assert_eq!((origin.hits("/0.png"), origin.hits("/1.png"), origin.hits("/2.png")), (1, 2, 1));
    let outputs = |view: pixmill_engine::wire::StatusView| -> Vec<Option<String>> {
        view.processed_data.into_iter().flat_map(|product| product.output_image_urls).collect()
    };
    let (before, after) = (outputs(house.status(id).await), outputs(house.status(again).await));
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    assert!(after[1].as_ref().unwrap().contains(&again.to_string()));
    assert!(!house.results(again).await.contains("HTTP 404"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_with_faults_is_refused_whole_with_all_of_them() {
    let house = House::open().await;
    let sheet =
        "S. No.,Product Name,Input Image Urls\n1,Mug,nonsense\n1,,https://a.example/b.jpg\n";
    let Err(Error::Faults(faults)) = house.try_submit(sheet, None).await else {
        panic!("accepted a sheet with faults")
    };
    let places: Vec<u64> = faults.listed.iter().map(|fault| fault.line).collect();
    assert_eq!(places, [2, 3, 3], "{faults}");
    assert!(
        house.engine.list(Sight::All, None, Limit::default()).await.unwrap().requests.is_empty()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_is_served_as_it_was_kept() {
    let (house, origin) = (House::open().await, pictures(1).await);
    let id = house.submit(&sheet_of(&rows(&origin, 1))).await;
    house.until_ended(id).await;
    let name: RenditionName = "1-mug-1-1.webp".parse().unwrap();
    let bytes = std::fs::read(&house.images(id)[0]).unwrap();
    let rendered = house.engine.image(id, &name, None).await.unwrap();
    assert_eq!(rendered.outline.size, bytes.len() as u64);
    let missing = "2-mug-1.webp".parse().unwrap();
    let missing = house.engine.image(id, &missing, None).await;
    assert!(matches!(missing, Err(Error::NoImage(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_sheet_is_done_within_a_few_batches_of_a_huge_one() {
    be_fair(|_| {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_mongodb_a_small_sheet_is_done_within_a_few_batches_of_a_huge_one() {
    let Some(deployment) = Deployment::shared() else { return };
    let database = deployment.fresh_database().parse().unwrap();
    be_fair(|config| config.store = StoreAt::Mongo(database)).await;
}

async fn be_fair(change: impl FnOnce(&mut Config)) {
    const BATCH: usize = 64;
    let house = House::open_with(|config| {
        config.work.batch_images = BATCH;
        change(config);
    })
    .await;
    let origin = Origin::start().await;
    let picture = bytes::Bytes::from(picture(7));
    let row = |n: usize| {
        let path = format!("/{n}.png");
        origin.serve(&path, [Answer::ok(picture.clone())]);
        vec![origin.url(&path)]
    };
    let huge: Vec<Vec<String>> = (0..50_000).map(row).collect();
    let huge = house.submit(&sheet_of(&huge)).await;
    house.until(huge, |view| view.progress.done > 0).await;
    let before = house.engine.show(huge).await.unwrap().progress.done;
    let small: Vec<Vec<String>> = (50_000..50_005).map(row).collect();
    let small = house.submit(&sheet_of(&small)).await;
    house.until_ended(small).await;
    let meanwhile = house.engine.show(huge).await.unwrap().progress.done - before;
    assert!(meanwhile < 12 * BATCH as u64, "the small one came after {meanwhile} images");
    house.engine.cancel(huge).await.unwrap();
}

#[tokio::test]
async fn a_sheet_that_names_files_is_looked_at_as_it_will_be_handed_in() {
    let house = House::open_with(|config| config.sheet.links = Links::WebAndFiles).await;
    let sheet = "S. No.,Product Name,Input Image Urls\n1,Mug,photos/mug.png\n";
    let upload = house.upload(sheet);
    let folder = upload.sheet.parent().unwrap().to_path_buf();
    for folder in [None, Some(folder)] {
        let looked = house.engine.check(upload.sheet.clone(), folder.as_deref()).await.unwrap();
        let handed_in = house.engine.submit(Upload { folder, ..upload.clone() }).await;
        assert_eq!(looked.faults.is_empty(), handed_in.is_ok(), "{looked:?}");
    }
}
