//! Connections and answers that break.

use pixmill_engine::{
    fetch::Limits,
    model::{Failure, FailureCode},
};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::{Answer, Origin, SHORT, assert_failure, failure, fetch, fetcher, gzip, jpeg, limits};

#[tokio::test]
async fn a_body_that_is_cut_off_says_how_far_it_came() {
    let answer = Answer::ok(jpeg(1_900_000)).cut_off_after(412_000);
    let failure = failure(Limits { max_tries: 1, ..limits() }, answer).await;
    assert_failure(&failure, FailureCode::CutOff, "cut off after 412 KB of 1.9 MB");
    assert_eq!(failure.reason, "cut off");
}

#[tokio::test]
async fn a_body_of_untold_length_that_is_cut_off_is_noticed() {
    let answer = Answer::ok(jpeg(1_900_000)).chunked().cut_off_after(412_000);
    let failure = failure(Limits { max_tries: 1, ..limits() }, answer).await;
    assert_failure(&failure, FailureCode::CutOff, "cut off after 412 KB");
}

#[tokio::test]
async fn a_packed_body_that_is_cut_off_is_noticed() {
    let packed = gzip(&jpeg(50_000)[..]);
    let half = packed.len() / 2;
    let answer = Answer::ok(packed).header("Content-Encoding", "gzip").cut_off_after(half);
    let failure = failure(Limits { max_tries: 1, ..limits() }, answer).await;
    assert_eq!(failure.code, FailureCode::CutOff);
}

#[tokio::test]
async fn a_body_longer_than_it_says_ends_where_it_says() {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [Answer::ok(jpeg(900)).header("Content-Length", "600")]);
    let source = fetch(&fetcher(limits()), &origin.url("/a.jpg")).await.unwrap();
    assert_eq!(source.bytes, jpeg(600));
}

#[tokio::test]
async fn a_length_that_is_no_number_is_no_http() {
    let answer = Answer::ok(jpeg(900)).header("Content-Length", "many");
    let failure = failure(limits(), answer).await;
    let message = "the answer cannot be read: it is not HTTP";
    assert_failure(&failure, FailureCode::BadAnswer, message);
}

#[tokio::test]
async fn a_port_where_nobody_listens_refuses_the_connection() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = fetch(&fetcher(limits()), &format!("http://{closed}/a.jpg?key=1")).await;
    let failure = Failure::from(error.unwrap_err());
    let message = "no connection to 127.0.0.1: it was refused, tried 4 times";
    assert_failure(&failure, FailureCode::ConnectionFailed, message);
}

#[tokio::test]
async fn https_to_a_server_that_does_not_speak_it_fails_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/a.jpg", listener.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    });
    let failure = Failure::from(fetch(&fetcher(limits()), &url).await.unwrap_err());
    let message = "no secure connection to 127.0.0.1: it does not speak TLS there";
    assert_failure(&failure, FailureCode::TlsFailed, message);
    answering.await.unwrap();
}

#[tokio::test]
async fn a_connection_that_is_not_made_in_time_is_given_up_on() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/a.jpg", silent.local_addr().unwrap());
    let once = fetcher(Limits { connect: SHORT, max_tries: 1, ..limits() });
    let failure = Failure::from(fetch(&once, &url).await.unwrap_err());
    let message = "no connection to 127.0.0.1: none was made within 0.1 s";
    assert_failure(&failure, FailureCode::ConnectionFailed, message);
}

#[tokio::test]
async fn a_name_that_nobody_bears_is_not_found() {
    let once = fetcher(Limits { max_tries: 1, ..limits() });
    let failure = Failure::from(fetch(&once, "http://shop.invalid/a.jpg").await.unwrap_err());
    let message = "the host shop.invalid has no address";
    assert_failure(&failure, FailureCode::HostNotFound, message);
}

#[tokio::test]
async fn an_error_never_tells_the_query() {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [Answer::hang_up()]);
    let url = origin.url("/a.jpg?token=geheim");
    let error = fetch(&fetcher(limits()), &url).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("geheim"), "{error:?}");
}
