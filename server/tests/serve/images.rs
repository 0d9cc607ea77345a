//! Renditions, as browsers and caches ask for them (RFC 9110, RFC 9111).

use reqwest::{Method, Response};

use crate::server::{Server, header, path};

struct Picture {
    server: Server,
    path: String,
    bytes: Vec<u8>,
    etag: String,
}

impl Picture {
    async fn made() -> Self {
        let server = Server::start().await;
        let id = server.accepted(&server.good_sheet()).await;
        let ended = server.until_ended(&id).await;
        let path = path(ended.processed_data[0].output_image_urls[0].as_ref().unwrap());
        let whole = server.get(&path).send().await.unwrap();
        let etag = header(&whole, "ETag").to_owned();
        Picture { bytes: whole.bytes().await.unwrap().to_vec(), server, path, etag }
    }

    async fn ask(&self, headers: &[(&str, &str)]) -> Response {
        let request = self.server.get(&self.path);
        let request = headers.iter().fold(request, |r, (name, value)| r.header(*name, *value));
        request.send().await.unwrap()
    }
}

#[tokio::test]
async fn an_image_may_be_kept_for_ever_and_is_nothing_but_an_image() {
    let picture = Picture::made().await;
    let whole = picture.ask(&[]).await;
    assert_eq!(whole.status(), 200);
    let size = picture.bytes.len().to_string();
    for (name, value) in [
        ("Content-Type", "image/webp"),
        ("Content-Length", size.as_str()),
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Accept-Ranges", "bytes"),
    ] {
        assert_eq!(header(&whole, name), value, "{name}");
    }
    assert!(picture.etag.starts_with('"') && picture.etag.len() > 2, "{}", picture.etag);
    let head = picture.server.ask(Method::HEAD, &picture.path).send().await.unwrap();
    assert_eq!(header(&head, "Content-Length"), size);
    assert_eq!(header(&head, "ETag"), picture.etag);
}

#[tokio::test]
async fn an_image_that_the_reader_has_is_not_sent_again() {
    let picture = Picture::made().await;
    let modified = header(&picture.ask(&[]).await, "Last-Modified").to_owned();
    for condition in [
        ("If-None-Match", picture.etag.as_str()),
        ("If-None-Match", "*"),
        ("If-Modified-Since", modified.as_str()),
    ] {
        let answer = picture.ask(&[condition]).await;
        assert_eq!(answer.status(), 304, "{condition:?}");
        assert_eq!(header(&answer, "ETag"), picture.etag);
        assert_eq!(answer.bytes().await.unwrap().len(), 0);
    }
    let other = [("If-None-Match", "\"other\""), ("If-Modified-Since", modified.as_str())];
    assert_eq!(picture.ask(&other).await.status(), 200);
}

#[tokio::test]
async fn a_part_of_an_image_is_sent_to_who_asks_for_it() {
    let picture = Picture::made().await;
    let size = picture.bytes.len();
    for (range, start, end) in
        [("bytes=0-9", 0, 10), ("bytes=100-", 100, size), ("bytes=-50", size - 50, size)]
    {
        let part = picture.ask(&[("Range", range), ("If-Range", &picture.etag)]).await;
        assert_eq!(part.status(), 206, "{range}");
        let content = format!("bytes {start}-{}/{size}", end - 1);
        assert_eq!(header(&part, "Content-Range"), content);
        assert_eq!(header(&part, "Content-Length"), (end - start).to_string());
        assert_eq!(part.bytes().await.unwrap(), picture.bytes[start..end]);
    }
    let beyond = picture.ask(&[("Range", "bytes=999999999-")]).await;
    assert_eq!(beyond.status(), 416);
    assert_eq!(header(&beyond, "Content-Range"), format!("bytes */{size}"));
    let of_another = [("Range", "bytes=0-9"), ("If-Range", "\"other\"")];
    assert_eq!(picture.ask(&of_another).await.status(), 200);
}
