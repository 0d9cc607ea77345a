//! Asking whether a source has changed, and whom.

use pixmill_engine::fetch::{Fetched, Fetcher};

use crate::{Answer, Origin, fetcher, jpeg, limits, link};

const TAG: &str = "\"v1\"";

fn picture() -> Answer {
    Answer::ok(jpeg(900)).header("ETag", TAG)
}

fn is_conditional(head: &str) -> bool {
    head.contains("if-none-match") || head.contains("if-modified-since")
}

/// Fetches a URL, and then asks whether what is there has changed.
async fn twice(fetcher: &Fetcher, url: &str) -> Option<Fetched> {
    let known = fetcher.fetch(&link(url), None).await.unwrap().validators;
    fetcher.fetch_unless(&link(url), None, &known).await.ok()
}

#[tokio::test]
async fn only_the_url_that_gave_the_tag_is_asked_with_it() {
    let (origin, other) = (Origin::start().await, Origin::start().await);
    origin.serve("/a.jpg", [Answer::redirect(other.url("/b.jpg"))]);
    other.serve("/b.jpg", [picture(), Answer::status(304)]);
    let again = twice(&fetcher(limits()), &origin.url("/a.jpg")).await;
    assert!(matches!(again, Some(Fetched::Unchanged)), "{again:?}");
    assert_eq!(other.bodies(), 1, "it was not downloaded again");
    let asked = other.requests("/b.jpg");
    assert!(asked[1].contains(&format!("if-none-match: {TAG}")), "{}", asked[1]);
    assert!(!origin.requests("/a.jpg").iter().any(|head| is_conditional(head)));
}

#[tokio::test]
async fn the_tag_of_one_place_is_not_told_at_another() {
    let (origin, other) = (Origin::start().await, Origin::start().await);
    let moved = [other.url("/b.jpg"), other.url("/c.jpg")].map(Answer::redirect);
    origin.serve("/a.jpg", moved);
    other.serve("/b.jpg", [picture()]);
    other.serve("/c.jpg", [picture()]);
    let again = twice(&fetcher(limits()), &origin.url("/a.jpg")).await;
    assert!(matches!(again, Some(Fetched::Source(_))), "{again:?}");
    assert!(!is_conditional(&other.requests("/c.jpg")[0]));
}

#[tokio::test]
async fn a_place_that_was_not_asked_is_not_believed_that_nothing_has_changed() {
    let (origin, other) = (Origin::start().await, Origin::start().await);
    origin.serve("/a.jpg", [Answer::redirect(other.url("/b.jpg")), Answer::status(304)]);
    other.serve("/b.jpg", [picture()]);
    let again = twice(&fetcher(limits()), &origin.url("/a.jpg")).await;
    assert!(!matches!(again, Some(Fetched::Unchanged)), "the redirect has no tag");
    let moved = [Answer::redirect(other.url("/b.jpg")), Answer::redirect(other.url("/c.jpg"))];
    origin.serve("/d.jpg", moved);
    other.serve("/c.jpg", [Answer::status(304)]);
    let again = twice(&fetcher(limits()), &origin.url("/d.jpg")).await;
    assert!(!matches!(again, Some(Fetched::Unchanged)), "another place has another tag");
}
