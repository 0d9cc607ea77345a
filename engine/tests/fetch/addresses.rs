//! Which addresses may be reached.

use std::process::Command;

use pixmill_engine::{
    fetch::{Access, Fetcher, Guard, PrivateAddresses},
    model::FailureCode,
    sheet::Links,
};
use url::Url;

use crate::{Answer, Origin, assert_failure, fetch, fetcher, jpeg, limits};

/// Asks an origin by hosts that all stand for its own address, and hears nothing but no.
async fn assert_loopback_is_refused(hosts: &[&str]) {
    let origin = Origin::start().await;
    let fetcher = Fetcher::new(limits(), Guard::default(), Links::Web).unwrap();
    for host in hosts {
        let url = format!("http://{host}:{}/a.jpg", origin.port());
        let error = fetch(&fetcher, &url).await.unwrap_err();
        let message = "the address is a loopback address";
        assert_failure(&error.into(), FailureCode::AddressRefused, message);
    }
    assert_eq!(origin.hits("/a.jpg"), 0);
}

#[tokio::test]
async fn an_address_written_in_any_way_is_refused_without_being_asked() {
    let hosts = ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]"];
    assert_loopback_is_refused(&hosts).await;
}

#[tokio::test]
async fn a_name_of_a_refused_address_is_refused() {
    assert_loopback_is_refused(&["localhost", "LocalHost"]).await;
}

#[tokio::test]
async fn private_addresses_can_be_opened() {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [Answer::ok(jpeg(900))]);
    let private_addresses = PrivateAddresses::Allow;
    let guard = Guard::new(Access { private_addresses, ..Access::default() });
    let fetcher = Fetcher::new(limits(), guard, Links::Web).unwrap();
    let url = format!("http://localhost:{}/a.jpg", origin.port());
    assert!(fetch(&fetcher, &url).await.is_ok());
}

#[tokio::test]
async fn what_is_let_through_by_its_path_leads_no_further() {
    let origin = Origin::start().await;
    origin.serve("/samples/a.jpg", [Answer::ok(jpeg(900))]);
    origin.serve("/samples/b.jpg", [Answer::redirect("/requests")]);
    let guard = Guard::default();
    let fetcher = Fetcher::new(limits(), guard.clone(), Links::Web).unwrap();
    guard.let_through(Url::parse(&origin.url("/samples/")).unwrap());
    assert!(fetch(&fetcher, &origin.url("/samples/a.jpg")).await.is_ok());
    for path in ["/samples/b.jpg", "/samples/../requests", "/requests"] {
        let error = fetch(&fetcher, &origin.url(path)).await.unwrap_err();
        assert_eq!(error.code(), FailureCode::AddressRefused, "{path}");
    }
    assert_eq!(origin.hits("/requests"), 0);
}

#[tokio::test]
async fn a_link_with_a_password_is_refused() {
    let error = fetch(&fetcher(limits()), "http://me:secret@127.0.0.1/a.jpg").await;
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "not a link that can be downloaded: it holds a name or password");
}

/// Runs one test of this file in a process that finds no certificates.
#[test]
fn http_works_where_there_are_no_certificates() {
    let nowhere = tempfile::tempdir().unwrap();
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "what_comes::an_image_comes_whole_with_its_validators"])
        .env("SSL_CERT_FILE", nowhere.path().join("none.pem"))
        .env("SSL_CERT_DIR", nowhere.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}
