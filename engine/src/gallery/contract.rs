//! What every gallery must do: one suite of tests for all of them.

use std::{fs, io::Read, ops::Range, time::Duration};

use bytes::Bytes;
use futures_util::TryStreamExt;

use super::{Gallery, GalleryError, Outline, RenditionName};
use crate::model::{Format, RequestId};

/// Makes a test of each function of the suite for what opens a gallery; it gives `None` where none
/// can be had, after having said so.
macro_rules! contract {
    ($open:path: $($test:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            if let Some((gallery, _guard)) = $open().await {
                crate::gallery::contract::$test(&gallery).await;
            }
        })*
    };
    ($open:path) => {
        crate::gallery::contract::contract! { $open:
            what_was_kept_is_read_again,
            a_part_is_read_as_the_whole_would_be,
            a_look_tells_what_opening_would,
            what_is_kept_again_takes_the_place_of_the_old,
            of_several_that_overwrite_one_remains_whole,
            overwriting_that_is_given_up_leaves_the_old_or_the_new,
            a_copy_is_there_when_the_original_is_gone,
            a_removed_request_leaves_nothing_and_no_other_is_touched,
            a_sheet_comes_back_as_it_was,
            sweeping_leaves_what_is_whole,
        }
    };
}
pub(super) use contract;

fn name(n: usize) -> RenditionName {
    RenditionName::new(&n.to_string(), "Mug", 1, Format::Webp)
}

/// Bytes of which no two stretches are alike.
fn bytes(count: usize) -> Bytes {
    let mut bytes = vec![0; count];
    blake3::Hasher::new().update(&count.to_be_bytes()).finalize_xof().fill(&mut bytes);
    bytes.into()
}

async fn read(
    gallery: &dyn Gallery,
    id: RequestId,
    name: &RenditionName,
    range: Option<Range<u64>>,
) -> Bytes {
    let rendered = gallery.open(id, name, range).await.unwrap();
    rendered.body.try_collect::<Vec<Bytes>>().await.unwrap().concat().into()
}

async fn is_missing(gallery: &dyn Gallery, id: RequestId, name: &RenditionName) -> bool {
    matches!(gallery.open(id, name, None).await, Err(GalleryError::NotFound(_)))
}

pub(super) async fn what_was_kept_is_read_again(gallery: &dyn Gallery) {
    let id = RequestId::fresh();
    gallery.probe().await.unwrap();
    assert!(is_missing(gallery, id, &name(0)).await);
    for (n, count) in [0, 1, 70_000, 255 * 1024, 700_000].into_iter().enumerate() {
        gallery.keep(id, &name(n), bytes(count)).await.unwrap();
        let rendered = gallery.open(id, &name(n), None).await.unwrap();
        let Outline { size, etag, modified } = rendered.outline;
        assert_eq!(size, count as u64);
        assert!(etag.starts_with('"') && etag.len() > 2, "{etag}");
        assert!(modified.as_millis() > 0);
        assert_eq!(read(gallery, id, &name(n), None).await, bytes(count), "{count} bytes");
    }
    assert!(is_missing(gallery, RequestId::fresh(), &name(0)).await);
}

pub(super) async fn a_part_is_read_as_the_whole_would_be(gallery: &dyn Gallery) {
    let id = RequestId::fresh();
    let count = 3_000_000;
    let whole = bytes(count as usize);
    gallery.keep(id, &name(0), whole.clone()).await.unwrap();
    let chunk = 255 * 1024;
    for range in [
        0..1,
        0..count,
        chunk - 1..chunk,
        chunk..chunk + 1,
        chunk - 1..chunk + 1,
        1..10 * chunk + 1,
        count - 1..count,
    ] {
        let part = whole.slice(range.start as usize..range.end as usize);
        let size = gallery.open(id, &name(0), Some(range.clone())).await.unwrap().outline.size;
        assert_eq!(size, count, "{range:?}: the size of the whole is told");
        assert_eq!(read(gallery, id, &name(0), Some(range.clone())).await, part, "{range:?}");
    }
}

pub(super) async fn a_look_tells_what_opening_would(gallery: &dyn Gallery) {
    let id = RequestId::fresh();
    let missing = gallery.look(id, &name(0)).await;
    assert!(matches!(missing, Err(GalleryError::NotFound(_))), "{missing:?}");
    gallery.keep(id, &name(0), bytes(300_000)).await.unwrap();
    let opened = gallery.open(id, &name(0), None).await.unwrap().outline;
    assert_eq!(gallery.look(id, &name(0)).await.unwrap(), opened);
}

pub(super) async fn what_is_kept_again_takes_the_place_of_the_old(gallery: &dyn Gallery) {
    let id = RequestId::fresh();
    let etag = async || gallery.look(id, &name(0)).await.unwrap().etag;
    gallery.keep(id, &name(0), bytes(400_000)).await.unwrap();
    let first = etag().await;
    gallery.keep(id, &name(0), bytes(300_000)).await.unwrap();
    assert_ne!(etag().await, first);
    gallery.keep(id, &name(0), bytes(300_000)).await.unwrap();
    assert_eq!(read(gallery, id, &name(0), None).await, bytes(300_000));
}

pub(super) async fn of_several_that_overwrite_one_remains_whole(gallery: &dyn Gallery) {
    let id = RequestId::fresh();
    let sizes: Vec<usize> = (0..6).map(|n| 300_000 + n).collect();
    let (name, sizes_kept) = (name(0), sizes.clone());
    let keeps = sizes_kept.into_iter().map(|size| gallery.keep(id, &name, bytes(size)));
    for kept in futures_util::future::join_all(keeps).await {
        kept.unwrap();
    }
    let left = read(gallery, id, &name, None).await;
    assert!(sizes.iter().any(|size| left == bytes(*size)), "{} bytes are left", left.len());
    gallery.keep(id, &name, bytes(10)).await.unwrap();
    assert_eq!(read(gallery, id, &name, None).await, bytes(10), "what is kept last counts");
}

pub(super) async fn overwriting_that_is_given_up_leaves_the_old_or_the_new(gallery: &dyn Gallery) {
    let id = RequestId::fresh();
    for n in 0..10 {
        let (old, new) = (bytes(400_000 + n), bytes(500_000 + n));
        gallery.keep(id, &name(n), old.clone()).await.unwrap();
        let name = name(n);
        let mut keep = gallery.keep(id, &name, new.clone());
        for _ in 0..n {
            drop(futures_util::poll!(keep.as_mut()));
            tokio::task::yield_now().await;
        }
        drop(keep);
        let left = read(gallery, id, &name, None).await;
        assert!(left == old || left == new, "{} bytes are left", left.len());
    }
}

pub(super) async fn a_copy_is_there_when_the_original_is_gone(gallery: &dyn Gallery) {
    let (from, to) = (RequestId::fresh(), RequestId::fresh());
    gallery.keep(from, &name(0), bytes(500_000)).await.unwrap();
    gallery.copy((from, &name(0)), (from, &name(1))).await.unwrap();
    gallery.copy((from, &name(0)), (to, &name(2))).await.unwrap();
    gallery.copy((from, &name(0)), (to, &name(2))).await.unwrap();
    let missing = gallery.copy((from, &name(9)), (to, &name(3))).await;
    assert!(matches!(missing, Err(GalleryError::NotFound(_))), "{missing:?}");
    gallery.remove(from).await.unwrap();
    assert!(is_missing(gallery, from, &name(1)).await);
    assert_eq!(read(gallery, to, &name(2), None).await, bytes(500_000));
}

pub(super) async fn a_removed_request_leaves_nothing_and_no_other_is_touched(
    gallery: &dyn Gallery,
) {
    let (removed, other) = (RequestId::fresh(), RequestId::fresh());
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("sheet.csv");
    fs::write(&sheet, "a,b\n").unwrap();
    for id in [removed, other] {
        gallery.keep_sheet(id, &sheet).await.unwrap();
        for n in 0..30 {
            gallery.keep(id, &name(n), bytes(100 + n)).await.unwrap();
        }
    }
    gallery.remove_images(removed).await.unwrap();
    assert!(is_missing(gallery, removed, &name(0)).await);
    gallery.open_sheet(removed).await.expect("only the images were to go");
    gallery.remove(removed).await.unwrap();
    gallery.remove(removed).await.unwrap();
    for n in 0..30 {
        assert!(is_missing(gallery, removed, &name(n)).await);
        assert_eq!(read(gallery, other, &name(n), None).await, bytes(100 + n));
    }
    assert!(matches!(gallery.open_sheet(removed).await, Err(GalleryError::NotFound(_))));
    gallery.open_sheet(other).await.unwrap();
}

pub(super) async fn a_sheet_comes_back_as_it_was(gallery: &dyn Gallery) {
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("sheet.csv");
    for count in [10, 13_000_000] {
        let id = RequestId::fresh();
        fs::write(&sheet, bytes(count)).unwrap();
        gallery.keep_sheet(id, &sheet).await.unwrap();
        let mut read = Vec::new();
        gallery.open_sheet(id).await.unwrap().read_to_end(&mut read).unwrap();
        assert!(read == bytes(count), "{count} bytes come back as they were");
    }
}

pub(super) async fn sweeping_leaves_what_is_whole(gallery: &dyn Gallery) {
    let id = RequestId::fresh();
    gallery.keep(id, &name(0), bytes(300_000)).await.unwrap();
    gallery.sweep(&[id, RequestId::fresh()], Duration::ZERO).await.unwrap();
    assert_eq!(read(gallery, id, &name(0), None).await, bytes(300_000));
}
