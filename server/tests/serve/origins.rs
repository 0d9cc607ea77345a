//! Pages of other sites are kept out.

use reqwest::Method;

use crate::server::Server;

/// The status of an answer to `GET /requests` with some headers.
async fn status(server: &Server, headers: &[(&str, &str)]) -> u16 {
    status_of(server, Method::GET, "/requests", headers).await
}

async fn status_of(server: &Server, method: Method, path: &str, headers: &[(&str, &str)]) -> u16 {
    let request = server.ask(method, path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap().status().as_u16()
}

fn port(server: &Server) -> &str {
    server.address.rsplit(':').next().unwrap()
}

#[tokio::test]
async fn a_name_that_a_dns_record_turned_on_us_is_refused() {
    let server = Server::start().await;
    let port = port(&server);
    for host in ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "127.0.0.2"] {
        assert_eq!(status(&server, &[("Host", &format!("{host}:{port}"))]).await, 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "192.168.0.1", "x@localhost"] {
        assert_eq!(status(&server, &[("Host", &format!("{host}:{port}"))]).await, 403, "{host}");
        assert_eq!(status(&server, &[("Host", host)]).await, 403, "{host}");
    }
    for host in ["localhost", "localhost:1", "", "localhost:x"] {
        assert_eq!(status(&server, &[("Host", host)]).await, 403, "{host}");
    }
    let watched = [("Host", "node7.internal")];
    for (method, path, expected) in [
        (Method::GET, "/health/live", 200),
        (Method::GET, "/health/ready", 200),
        (Method::GET, "/healthy", 403),
        (Method::POST, "/health/live", 403),
    ] {
        assert_eq!(status_of(&server, method, path, &watched).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused_before_anything_happens() {
    let server = Server::start().await;
    let own = server.address.clone();
    assert_eq!(status(&server, &[("Origin", &own)]).await, 200);
    for origin in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "file://",
        &own.replace("http", "ftp"),
    ] {
        assert_eq!(status(&server, &[("Origin", origin)]).await, 403, "{origin}");
    }
    let id = server.accepted(&server.good_sheet()).await;
    let path = format!("/requests/{id}");
    let foreign = [("Origin", "http://evil.example")];
    for method in [Method::DELETE, Method::POST, Method::PUT, Method::HEAD] {
        assert_eq!(status_of(&server, method, &path, &foreign).await, 403);
    }
    assert_eq!(status_of(&server, Method::GET, &path, &[]).await, 200);
}

#[tokio::test]
async fn another_site_may_link_here_and_no_more() {
    let server = Server::start().await;
    let site = |site| ("Sec-Fetch-Site", site);
    let (mode, dest) = (("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"));
    assert_eq!(status(&server, &[site("same-origin")]).await, 200);
    assert_eq!(status(&server, &[site("none"), mode, dest]).await, 200);
    for foreign in ["cross-site", "same-site"] {
        assert_eq!(status(&server, &[site(foreign), mode, dest]).await, 200);
        assert_eq!(status(&server, &[site(foreign)]).await, 403);
        assert_eq!(
            status(&server, &[site(foreign), mode, ("Sec-Fetch-Dest", "iframe")]).await,
            403
        );
        let image = [site(foreign), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")];
        assert_eq!(status_of(&server, Method::GET, "/images/a/b", &image).await, 403);
        let form = [site(foreign), mode, dest];
        assert_eq!(status_of(&server, Method::POST, "/upload", &form).await, 403);
    }
}

#[tokio::test]
async fn a_server_with_a_public_name_answers_to_it_and_shows_its_images_to_others() {
    let server =
        Server::with(&["--public-url", "https://pix.example/", "--insecure-no-auth"]).await;
    let host = ("Host", "pix.example");
    assert_eq!(status(&server, &[host, ("Origin", "https://pix.example")]).await, 200);
    assert_eq!(status(&server, &[("Host", "evil.example")]).await, 403);
    assert_eq!(status(&server, &[host, ("Origin", "https://evil.example")]).await, 403);
    let image = [host, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "image")];
    assert_eq!(status_of(&server, Method::GET, "/images/a/b", &image).await, 404);
    assert_eq!(status(&server, &image).await, 403);
}
