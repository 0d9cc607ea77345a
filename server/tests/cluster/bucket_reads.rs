//! Of an image in a bucket no more is fetched than its reader is sent.

use reqwest::{Method, Response};

use super::{
    bucket, deployment::Deployment, member_with_bucket, meter::Meter, pictures, server::header,
};

/// More than the head of any answer, and far less than the image.
const HEAD_BYTES: u64 = 1_000;
const PART_BYTES: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_reader_is_not_sent_is_not_fetched_from_the_bucket() {
    let Some(deployment) = Deployment::shared() else { return };
    let Some((bucket, mut variables)) = bucket::fresh().await else { return };
    let endpoint = variables.iter_mut().find(|(name, _)| name == "AWS_ENDPOINT_URL").unwrap();
    let meter = Meter::before(&endpoint.1).await;
    endpoint.1 = meter.address.clone();
    let folder = tempfile::tempdir().unwrap();
    let uri = deployment.fresh_database();
    let server = member_with_bucket(&uri, &folder, (bucket, variables)).await;
    let (_origin, sheet) = pictures(1).await;
    let id = server.accepted(&sheet).await;
    let ended = server.until_ended(&id).await;
    let path = super::server::path(ended.processed_data[0].output_image_urls[0].as_ref().unwrap());
    let ask = async |method: Method, headers: &[(&str, &str)]| -> (Response, Vec<(String, u64)>) {
        meter.told();
        let asked = server.ask(method, &path);
        let asked = headers.iter().fold(asked, |r, (name, value)| r.header(*name, *value));
        let answer = asked.send().await.unwrap();
        let told = meter.told().into_iter().filter(|asked| asked.path.contains("/images/"));
        (answer, told.map(|asked| (asked.method, asked.answered_bytes)).collect())
    };

    let (head, fetched) = ask(Method::HEAD, &[]).await;
    let size: u64 = header(&head, "Content-Length").parse().unwrap();
    assert!(size > 3 * HEAD_BYTES, "{size} bytes are too few to tell");
    let methods = |fetched: &[(String, u64)]| -> Vec<String> {
        fetched.iter().map(|(method, _)| method.clone()).collect()
    };
    assert_eq!(methods(&fetched), ["HEAD"]);

    let etag = header(&head, "ETag").to_owned();
    let (unchanged, fetched) = ask(Method::GET, &[("If-None-Match", &etag)]).await;
    assert_eq!((unchanged.status().as_u16(), methods(&fetched)), (304, vec!["HEAD".to_owned()]));

    let range = format!("bytes=0-{}", PART_BYTES - 1);
    let (part, fetched) = ask(Method::GET, &[("Range", &range)]).await;
    assert_eq!(
        (part.status().as_u16(), methods(&fetched).as_slice()),
        (206, &["HEAD", "GET"].map(str::to_owned)[..])
    );
    assert!(fetched[1].1 < HEAD_BYTES + PART_BYTES, "{fetched:?}");
    assert_eq!(part.bytes().await.unwrap().len() as u64, PART_BYTES);

    let (whole, fetched) = ask(Method::GET, &[]).await;
    assert_eq!(whole.bytes().await.unwrap().len() as u64, size);
    assert_eq!(methods(&fetched), ["GET"], "one is enough");
}
