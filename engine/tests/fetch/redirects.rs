//! Where redirects may lead.

use pixmill_engine::{
    fetch::{Fetcher, Guard},
    model::FailureCode,
    sheet::Links,
};
use url::Url;

use crate::{Answer, Origin, assert_failure, failure, fetch, fetcher, jpeg, limits};

#[tokio::test]
async fn redirects_are_followed_to_the_image() {
    let (origin, other) = (Origin::start().await, Origin::start().await);
    origin.serve("/a/b.jpg", [Answer::redirect("../c.jpg")]);
    origin.serve("/c.jpg", [Answer::redirect(other.url("/d.jpg"))]);
    other.serve("/d.jpg", [Answer::ok(jpeg(900))]);
    assert!(fetch(&fetcher(limits()), &origin.url("/a/b.jpg")).await.is_ok());
}

#[tokio::test]
async fn a_circle_of_redirects_is_left_after_five() {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [Answer::redirect("/a.jpg")]);
    let error = fetch(&fetcher(limits()), &origin.url("/a.jpg")).await.unwrap_err();
    assert_failure(&error.into(), FailureCode::TooManyRedirects, "more than 5 redirects");
    assert_eq!(origin.hits("/a.jpg"), 6);
}

#[tokio::test]
async fn a_redirect_to_a_refused_address_is_refused() {
    for (to, message) in [
        ("http://169.254.169.254/latest/meta-data/", "the address is a cloud metadata address"),
        ("http://10.0.0.1/a.jpg", "the address is private"),
        ("//[::ffff:192.168.0.1]/a.jpg", "the address is private"),
        ("http://0x7f.2/a.jpg", "the address is a loopback address"),
    ] {
        let failure = failure(limits(), Answer::redirect(to)).await;
        assert_failure(&failure, FailureCode::AddressRefused, message);
    }
}

#[tokio::test]
async fn a_redirect_to_a_name_of_a_refused_address_is_refused() {
    let origin = Origin::start().await;
    let private = Origin::start().await;
    let answer = Answer::redirect(format!("http://localhost:{}/a.jpg", private.port()));
    origin.serve("/a.jpg", [answer]);
    // The origin is let through by its path, everything else on loopback is not.
    let guard = Guard::default();
    guard.let_through(Url::parse(&origin.url("/")).unwrap());
    let fetcher = Fetcher::new(limits(), guard, Links::Web).unwrap();
    let error = fetch(&fetcher, &origin.url("/a.jpg")).await.unwrap_err();
    assert_eq!(error.code(), FailureCode::AddressRefused);
    assert_eq!(private.hits("/a.jpg"), 0);
}

#[tokio::test]
async fn a_redirect_that_leads_nowhere_says_why() {
    for (to, why) in [
        ("ftp://127.0.0.1/a.jpg", "it does not begin with http or https"),
        ("file:///etc/passwd", "it does not begin with http or https"),
        ("http://user:secret@127.0.0.1/a.jpg", "it holds a name or password"),
        ("http://[", "what it names is not an address"),
    ] {
        let failure = failure(limits(), Answer::redirect(to)).await;
        let message = format!("a redirect leads nowhere: {why}");
        assert_failure(&failure, FailureCode::BadRedirect, &message);
    }
    let failure = failure(limits(), Answer::status(301)).await;
    let message = "a redirect leads nowhere: it names no address";
    assert_failure(&failure, FailureCode::BadRedirect, message);
}
