//! What is taken for an image, and what is not.

use pixmill_engine::model::FailureCode;

use crate::{Answer, Origin, assert_failure, failure, fetch, fetcher, gzip, jpeg, limits};

#[tokio::test]
async fn an_image_comes_whole_with_its_validators() {
    let origin = Origin::start().await;
    let image = jpeg(300_000);
    let answer = Answer::ok(image.clone())
        .header("ETag", "\"v1\"")
        .header("Last-Modified", "Fri, 31 Dec 1999 23:59:59 GMT");
    origin.serve("/a.jpg", [answer]);
    let source = fetch(&fetcher(limits()), &origin.url("/a.jpg?size=large")).await.unwrap();
    assert_eq!(source.bytes, image);
    assert_eq!(source.validators.etag.as_deref(), Some("\"v1\""));
    let date = source.validators.last_modified.as_deref();
    assert_eq!(date, Some("Fri, 31 Dec 1999 23:59:59 GMT"));
}

#[tokio::test]
async fn requests_say_honestly_who_asks() {
    let origin = Origin::start().await;
    fetch(&fetcher(limits()), &origin.url("/a.jpg")).await.unwrap_err();
    let request = origin.requests("/a.jpg").remove(0);
    assert!(request.contains(concat!("user-agent: pixmill/", env!("CARGO_PKG_VERSION"))));
    assert!(request.contains("accept: image/*,*/*;q=0.8\r\n"));
    assert!(!request.contains("referer:") && !request.contains("cookie:"));
}

#[tokio::test]
async fn a_body_of_untold_length_comes_whole() {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [Answer::ok(jpeg(3_000_000)).chunked()]);
    let source = fetch(&fetcher(limits()), &origin.url("/a.jpg")).await.unwrap();
    assert_eq!(source.bytes, jpeg(3_000_000));
}

#[tokio::test]
async fn a_packed_body_is_unpacked() {
    let origin = Origin::start().await;
    let answer = Answer::ok(gzip(&jpeg(50_000)[..])).header("Content-Encoding", "gzip");
    origin.serve("/a.jpg", [answer]);
    let source = fetch(&fetcher(limits()), &origin.url("/a.jpg")).await.unwrap();
    assert_eq!(source.bytes, jpeg(50_000));
}

#[tokio::test]
async fn the_content_type_is_not_believed() {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [Answer::ok(jpeg(9_000)).header("Content-Type", "text/html")]);
    assert!(fetch(&fetcher(limits()), &origin.url("/a.jpg")).await.is_ok());
}

#[tokio::test]
async fn a_web_page_is_told_apart_even_when_it_claims_to_be_an_image() {
    let page = Answer::ok("<!doctype html><title>Sorry</title>");
    let failure = failure(limits(), page.header("Content-Type", "image/jpeg")).await;
    let message = "got a web page (text/html), not an image";
    assert_failure(&failure, FailureCode::NotAnImage, message);
}

#[tokio::test]
async fn a_web_page_without_an_end_is_not_read_to_its_end() {
    let failure = failure(limits(), Answer::endless("<html>".repeat(1_000))).await;
    assert_eq!(failure.code, FailureCode::NotAnImage);
}

#[tokio::test]
async fn no_bytes_are_no_source() {
    let failure = failure(limits(), Answer::ok("")).await;
    assert_failure(&failure, FailureCode::EmptySource, "there are no bytes in it");
}

#[tokio::test]
async fn a_packing_that_is_not_known_is_no_image() {
    let answer = Answer::ok(jpeg(900)).header("Content-Encoding", "br");
    let failure = failure(limits(), answer).await;
    let message = "the answer cannot be read: its packing is not known";
    assert_failure(&failure, FailureCode::BadAnswer, message);
}

#[tokio::test]
async fn damaged_packing_is_told_apart_from_a_broken_connection() {
    let mut packed = gzip(&jpeg(50_000)[..]);
    packed[0] = 0;
    let answer = Answer::ok(packed).header("Content-Encoding", "gzip");
    let failure = failure(limits(), answer).await;
    let message = "the answer cannot be read: its packing is damaged";
    assert_failure(&failure, FailureCode::BadAnswer, message);
}
