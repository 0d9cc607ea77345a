//! Folder, S3 and GridFS under the suite for all galleries, and what only one of them has to do.

#[path = "../../tests/support/bucket.rs"]
mod bucket;

use tempfile::TempDir;

use super::{GridFs, Layout, Objects};

mod folder {
    use super::*;

    async fn open() -> Option<(Objects, TempDir)> {
        let folder = tempfile::tempdir().unwrap();
        Some((Objects::folder(folder.path(), Layout::ByRequest).unwrap(), folder))
    }

    crate::gallery::contract::contract!(open);

    #[tokio::test]
    async fn what_a_crash_left_half_written_is_swept_and_what_is_young_enough_is_left() {
        use std::{fs, time::Duration};

        use crate::{gallery::Gallery, model::RequestId};

        let (gallery, folder) = open().await.unwrap();
        let id = RequestId::fresh();
        let images = folder.path().join("images").join(id.to_string());
        let sheets = folder.path().join("sheets");
        fs::create_dir_all(&images).unwrap();
        fs::create_dir_all(&sheets).unwrap();
        let half = [images.join("1-mug-1.webp#7"), sheets.join(format!("{id}.csv#0"))];
        let other = sheets.join(format!("{}.csv#0", RequestId::fresh()));
        for path in half.iter().chain([&other]) {
            fs::write(path, "half").unwrap();
        }
        gallery.sweep(&[id], Duration::from_secs(3_600)).await.unwrap();
        assert!(half.iter().all(|path| path.exists()), "they may still be written");
        gallery.sweep(&[id], Duration::ZERO).await.unwrap();
        assert!(!half.iter().any(|path| path.exists()));
        assert!(other.exists(), "the sheets of others are none of this request's business");
    }

    #[tokio::test]
    async fn a_copy_made_twice_leaves_nothing_beside_it() {
        use crate::{gallery::Gallery, model::RequestId};

        let (gallery, folder) = open().await.unwrap();
        let id = RequestId::fresh();
        let names = ["1-mug-1.webp", "2-mug-1.webp"].map(|name| name.parse().unwrap());
        gallery.keep(id, &names[0], "bytes".into()).await.unwrap();
        for _ in 0..2 {
            gallery.copy((id, &names[0]), (id, &names[1])).await.unwrap();
        }
        let images = folder.path().join("images").join(id.to_string());
        assert_eq!(std::fs::read_dir(images).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn in_the_folder_of_one_sheet_no_image_is_deleted_with_a_request() {
        use std::fs;

        use crate::{gallery::Gallery, model::RequestId};

        let folder = tempfile::tempdir().unwrap();
        let gallery = Objects::folder(folder.path(), Layout::OneSheet).unwrap();
        let own = folder.path().join("images/holiday.jpg");
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "precious").unwrap();
        gallery.remove(RequestId::fresh()).await.unwrap();
        assert!(own.exists());
    }
}

mod s3 {
    use super::*;

    async fn open() -> Option<(Objects, ())> {
        let (url, options) = bucket::fresh().await?;
        Some((Objects::s3(&url, &options).unwrap(), ()))
    }

    crate::gallery::contract::contract!(open);

    #[tokio::test]
    async fn that_there_is_no_bucket_is_not_taken_for_a_missing_image() {
        use crate::{
            gallery::{Gallery, GalleryError},
            model::RequestId,
        };

        let Some((_, options)) = bucket::fresh().await else { return };
        let url = "s3://never-made/x".parse().unwrap();
        let gallery = Objects::s3(&url, &options).unwrap();
        let sheet = tempfile::NamedTempFile::new().unwrap();
        let kept = gallery.keep_sheet(RequestId::fresh(), sheet.path()).await;
        for outcome in [kept, gallery.probe().await] {
            let error = outcome.unwrap_err();
            assert!(matches!(error, GalleryError::Unavailable { .. }), "{error}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
    }
}

mod gridfs {
    use std::time::Duration;

    use futures_util::AsyncWriteExt;
    use mongodb::{
        Client,
        bson::{DateTime, Document, doc},
    };

    use super::*;
    use crate::{gallery::Gallery, model::RequestId};

    async fn open() -> Option<(GridFs, ())> {
        let uri = crate::deployment::Deployment::shared()?.fresh_database();
        let client = Client::with_uri_str(uri).await.unwrap();
        Some((GridFs::new(&client.default_database().unwrap()), ()))
    }

    crate::gallery::contract::contract!(open);

    #[tokio::test]
    async fn what_was_cut_off_is_swept_once_it_is_old_and_nothing_whole_is() {
        let Some((gallery, ())) = open().await else { return };
        let begin = async |id: &str, is_whole: bool, hours: i64| {
            let at = DateTime::from_millis(DateTime::now().timestamp_millis() - hours * 3_600_000);
            gallery.uploads.insert_one(doc! { "_id": id, "at": at }).await.unwrap();
            let upload = gallery.bucket.open_upload_stream(id).id(id.into());
            let mut upload = upload.await.unwrap();
            upload.write_all(&vec![7; 600_000]).await.unwrap();
            if is_whole {
                upload.close().await.unwrap();
            }
            // An upload that is dropped deletes what it has written, and a crash does not.
            std::mem::forget(upload);
        };
        begin("old", false, 3).await;
        begin("young", false, 0).await;
        begin("whole", true, 3).await;
        gallery.sweep(&[], Duration::ZERO).await.unwrap();
        let chunks = gallery.database.collection::<Document>("gallery.chunks");
        let mut left = Vec::new();
        for id in ["old", "young", "whole"] {
            left.push(chunks.find_one(doc! { "files_id": id }).await.unwrap().is_some());
        }
        assert_eq!(left, [false, true, true]);
        assert_eq!(gallery.uploads.count_documents(doc! {}).await.unwrap(), 1);
    }

    /// Keeps a file as another process has it that does not come further than writing it.
    async fn left_by_another(gallery: &GridFs, key: &str, id: &str, hours: i64) {
        let at = DateTime::from_millis(DateTime::now().timestamp_millis() - hours * 3_600_000);
        gallery.uploads.insert_one(doc! { "_id": id, "at": at }).await.unwrap();
        let upload = gallery.bucket.open_upload_stream(key).id(id.into());
        let mut upload = upload.await.unwrap();
        upload.write_all(id.as_bytes()).await.unwrap();
        upload.close().await.unwrap();
    }

    async fn count(gallery: &GridFs, collection: &str) -> u64 {
        let collection = gallery.database.collection::<Document>(collection);
        collection.count_documents(doc! {}).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_last_counts_whatever_the_clocks_of_processes_say() {
        let Some((gallery, ())) = open().await else { return };
        let (id, name) = (RequestId::fresh(), "1-mug-1.webp".parse().unwrap());
        gallery.keep(id, &name, "old".into()).await.unwrap();
        let files = gallery.database.collection::<Document>("gallery.files");
        let tomorrow = DateTime::from_millis(DateTime::now().timestamp_millis() + 86_400_000);
        let ahead = doc! { "$set": { "uploadDate": tomorrow } };
        files.update_many(doc! {}, ahead).await.unwrap();
        // The process ended before it could delete the old one.
        let key = format!("images/{id}/{name}");
        left_by_another(&gallery, &key, &format!("{key}#2"), 3).await;
        let size = gallery.look(id, &name).await.unwrap().size;
        assert_eq!(size as usize, key.len() + 2, "the new one");
        gallery.sweep(&[], Duration::ZERO).await.unwrap();
        assert_eq!(gallery.look(id, &name).await.unwrap().size, size);
        for collection in ["gallery.files", "gallery.chunks"] {
            assert_eq!(count(&gallery, collection).await, 1, "{collection}: the old one is gone");
        }
        assert_eq!(count(&gallery, "gallery.uploads").await, 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_overwrites_leaves_one_version_and_no_note() {
        let Some((gallery, ())) = open().await else { return };
        let (id, name) = (RequestId::fresh(), "1-mug-1.webp".parse().unwrap());
        let keeps = (0..8).map(|n| gallery.keep(id, &name, format!("version {n}").into()));
        for kept in futures_util::future::join_all(keeps).await {
            kept.unwrap();
        }
        assert_eq!(count(&gallery, "gallery.files").await, 1);
        assert_eq!(count(&gallery, "gallery.chunks").await, 1);
        assert_eq!(count(&gallery, "gallery.uploads").await, 0);
    }
}
