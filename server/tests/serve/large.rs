//! Sheets that are large, and forms that have no end.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use pixmill_engine::wire::StatusView;
use reqwest::{Body, multipart};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::server::{PATIENCE, Server};

const MIB: u64 = 1 << 20;

/// A form whose sheet is made while it is sent. Its images have been made before, so that there is
/// nothing to do but to take it.
fn form(rows: usize, note: &Bytes) -> multipart::Form {
    let pieces = pieces(rows, note.clone());
    let file = multipart::Part::stream(Body::wrap_stream(pieces)).file_name("large.csv");
    multipart::Form::new().part("file", file)
}

fn pieces(rows: usize, note: Bytes) -> impl Stream<Item = std::io::Result<Bytes>> {
    const HEADER: &str = "S. No.,Product Name,Input Image Urls,Output Image Urls,Note\n";
    let row = |n| Bytes::from(format!("{n},Mug {n},{},{},", input(n), output(n)));
    let rows = (0..rows).flat_map(move |n| [row(n), note.clone(), Bytes::from_static(b"\n")]);
    stream::iter([Bytes::from_static(HEADER.as_bytes())].into_iter().chain(rows).map(Ok))
}

fn input(n: usize) -> String {
    format!("https://shop.example/{n}.jpg")
}

fn output(n: usize) -> String {
    format!("https://shop.example/small/{n}.webp")
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_sheet_of_a_hundred_megabytes_costs_no_memory() {
    let server = Server::start().await;
    let note = Bytes::from(vec![b'x'; 200_000]);
    let id = server.accepted_form(form(500, &note)).await;
    assert_eq!(server.until_ended(&id).await.progress.done, 500);
    let peak = server.peak_memory() / MIB;
    eprintln!("peak memory: {peak} MiB");
    assert!(peak < 100, "{peak} MiB");
}

#[tokio::test]
async fn a_sheet_of_a_hundred_thousand_rows_is_taken_and_shown_to_its_last_page() {
    const ROWS: usize = 100_000;
    let server = Server::start().await;
    let id = server.accepted_form(form(ROWS, &Bytes::new())).await;
    let mut cursor = String::new();
    let mut first = 0;
    let last = loop {
        let page: StatusView = server.view(&format!("/status/{id}?limit=1000{cursor}")).await;
        assert_eq!(page.processed_data[0].serial_number, first.to_string());
        first += page.processed_data.len();
        let Some(next) = &page.next_cursor else { break page };
        cursor = format!("&cursor={next}");
    };
    assert_eq!((first, last.progress.total), (ROWS, ROWS as u64));
    let product = last.processed_data.last().unwrap();
    assert_eq!(product.serial_number, (ROWS - 1).to_string());
    assert_eq!(product.product_name, format!("Mug {}", ROWS - 1));
    assert_eq!(product.input_image_urls, [input(ROWS - 1)]);
    assert_eq!(product.output_image_urls, [Some(output(ROWS - 1))]);
}

/// Sends a form that goes on with the same letter for ever, until it is told to stop; gives the
/// answer and how much the server took.
async fn endless(server: &Server, start: &str, letter: u8) -> (String, u64) {
    let host = server.address.strip_prefix("http://").unwrap();
    let (mut reader, mut writer) = TcpStream::connect(host).await.unwrap().into_split();
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: 250000000\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n\r\n{start}"
    );
    writer.write_all(head.as_bytes()).await.unwrap();
    let sending = tokio::spawn(async move {
        let (piece, mut sent) = (vec![letter; 1 << 16], 0);
        while sent < 240_000_000 && writer.write_all(&piece).await.is_ok() {
            sent += piece.len() as u64;
        }
        sent
    });
    let mut answer = Vec::new();
    // The connection breaks behind the answer, as there is more to be read.
    drop(timeout(PATIENCE, reader.read_to_end(&mut answer)).await.unwrap());
    drop(reader);
    (String::from_utf8(answer).unwrap(), sending.await.unwrap())
}

#[tokio::test]
async fn a_form_whose_headers_have_no_end_is_refused_early() {
    let server = Server::start().await;
    for (start, letter) in [
        ("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"", b'x'),
        ("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n", b'\n'),
        ("--b", b' '),
        ("", b'-'),
    ] {
        let (answer, sent) = endless(&server, start, letter).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{start}: {answer}");
        let problem: Value =
            serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        let detail = problem["detail"].as_str().unwrap();
        let expected = "the form cannot be read: the headers of a field are longer than 16 KiB";
        assert_eq!((problem["code"].as_str(), detail), (Some("bad_form"), expected), "{start}");
        assert!(sent < 30 * MIB, "{start}: {sent} bytes were taken");
    }
    #[cfg(target_os = "linux")]
    assert!(server.peak_memory() < 100 * MIB, "{} MiB", server.peak_memory() / MIB);
    assert_eq!(server.upload(Server::form(server.good_sheet())).await.status(), 202);
}

#[tokio::test]
async fn a_form_that_comes_in_the_smallest_pieces_is_read() {
    let server = Server::start().await;
    let boundary = "-".repeat(60);
    let padding = "x".repeat(10_000);
    let body = format!(
        "--{boundary}\r\nX-Padding: {padding}\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"x.csv\"\r\n\r\n{}\r\n--{boundary}--\r\n",
        server.good_sheet()
    );
    let pieces: Vec<_> = body.bytes().map(|byte| Ok::<_, std::io::Error>(vec![byte])).collect();
    let answer = server
        .ask(reqwest::Method::POST, "/upload")
        .header("Content-Type", format!("multipart/form-data; boundary={boundary}"))
        .body(Body::wrap_stream(stream::iter(pieces)))
        .send();
    assert_eq!(timeout(Duration::from_secs(60), answer).await.unwrap().unwrap().status(), 202);
}

#[tokio::test]
async fn a_form_of_more_fields_than_there_are_names_for_is_refused() {
    let server = Server::start().await;
    let mut form = multipart::Form::new();
    for n in 0..17 {
        form = form.text(format!("field{n}"), "1");
    }
    let refused = server.upload(form).await;
    assert_eq!(refused.status(), 400);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "bad_form");
    assert_eq!(problem["detail"], "the form has more than 16 fields");
}
