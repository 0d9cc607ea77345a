//! Fetches sources: tries, redirects and what an answer's head says.

use std::{path::Path, sync::Arc};

use reqwest::{
    Client, Response, StatusCode,
    header::{
        CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        LAST_MODIFIED, LOCATION,
    },
};
use thiserror::Error;
use tokio::time::{Instant, timeout};
use url::Url;

use super::{
    FetchError, Fetched, Guard, Limits, Source,
    allowance::Allowance,
    budget::Budget,
    client::client,
    courtesy::{Courtesy, Waits},
    diagnose,
    download::download,
    file, retry,
};
use crate::{
    model::{Link, Validators},
    sheet::Links,
};

/// Fetches sources within its limits; cheap to clone, and the clones share the limits.
#[derive(Clone, Debug)]
pub struct Fetcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    client: Client,
    limits: Limits,
    guard: Guard,
    links: Links,
    courtesy: Courtesy,
    budget: Budget,
}

/// The HTTP client cannot be set up on this computer.
#[derive(Debug, Error)]
#[error("downloads cannot be set up")]
pub struct SetupError(#[from] reqwest::Error);

impl Fetcher {
    /// A fetcher that reaches what `guard` lets through, and reads files where `links` allows it.
    ///
    /// # Errors
    /// [`SetupError`] where the HTTP client cannot be set up.
    pub fn new(limits: Limits, guard: Guard, links: Links) -> Result<Self, SetupError> {
        Ok(Fetcher {
            shared: Arc::new(Shared {
                client: client(&limits, &guard)?,
                courtesy: Courtesy::new(limits.per_host, limits.connections),
                budget: Budget::new(limits.memory_bytes),
                limits,
                guard,
                links,
            }),
        })
    }

    /// Fetches one source, trying again where that may help. A file is read if it lies below
    /// `folder`, where there is one.
    ///
    /// The source counts against [`Limits::memory_bytes`] until it is dropped: whoever holds on to
    /// sources while asking for more may wait for ever. Dropping the future ends the download.
    ///
    /// # Errors
    /// [`FetchError`] with why it cannot be had.
    pub async fn fetch(&self, link: &Link, folder: Option<&Path>) -> Result<Source, FetchError> {
        self.fetch_whole(link, folder, Waits::Sheet).await
    }

    /// Fetches one source as [`fetch`](Self::fetch) does, for a person who waits for it: it comes
    /// before those that sheets wait for.
    ///
    /// # Errors
    /// [`FetchError`] with why it cannot be had.
    pub async fn fetch_to_look_at(
        &self,
        link: &Link,
        folder: Option<&Path>,
    ) -> Result<Source, FetchError> {
        self.fetch_whole(link, folder, Waits::Person).await
    }

    async fn fetch_whole(
        &self,
        link: &Link,
        folder: Option<&Path>,
        waits: Waits,
    ) -> Result<Source, FetchError> {
        match self.fetch_for(link, folder, &Validators::default(), waits).await? {
            Fetched::Source(source) => Ok(source),
            // A server may say so only if it was asked.
            Fetched::Unchanged => Err(FetchError::HttpStatus { status: 304, retry_after: None }),
        }
    }

    /// Fetches one source as [`fetch`](Self::fetch) does, unless the server says that it is the
    /// one that these validators came with (RFC 9110, section 13). Only the URL that gave them is
    /// asked so, wherever redirects lead.
    ///
    /// # Errors
    /// [`FetchError`] with why it cannot be had.
    pub async fn fetch_unless(
        &self,
        link: &Link,
        folder: Option<&Path>,
        known: &Validators,
    ) -> Result<Fetched, FetchError> {
        self.fetch_for(link, folder, known, Waits::Sheet).await
    }

    async fn fetch_for(
        &self,
        link: &Link,
        folder: Option<&Path>,
        known: &Validators,
        waits: Waits,
    ) -> Result<Fetched, FetchError> {
        let shared = &*self.shared;
        match link {
            Link::Web(url) => shared.fetch(url, known, waits).await,
            Link::File(path) => {
                let folder = match shared.links {
                    Links::WebAndFiles => folder,
                    Links::Web => None,
                };
                let folder = folder.ok_or(FetchError::BadLink {
                    why: "files are read only where the sheet lies beside them",
                })?;
                shared.insist(None, || shared.read(folder, path)).await
            }
        }
    }
}

impl Shared {
    async fn fetch(
        &self,
        url: &Url,
        known: &Validators,
        waits: Waits,
    ) -> Result<Fetched, FetchError> {
        self.insist(url.host_str(), || self.try_once(url.clone(), known, waits)).await
    }

    /// Fetches a source, again where that may help; `host` is where it comes from, if from any.
    async fn insist<F: Future<Output = Result<Fetched, FetchError>>>(
        &self,
        host: Option<&str>,
        mut attempt: impl FnMut() -> F,
    ) -> Result<Fetched, FetchError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match attempt().await {
                Ok(fetched) => return Ok(fetched),
                Err(error) => error,
            };
            let wait = retry::wait_before_next(&self.limits, tries, &error, &mut rand::rng());
            let Some(wait) = wait else { return Err(given_up(tries, error)) };
            let wait_ms = wait.as_millis();
            tracing::debug!(host, tries, wait_ms, %error, "will try again");
            tokio::time::sleep(wait).await;
        }
    }

    /// Reads a file once.
    async fn read(&self, folder: &Path, path: &str) -> Result<Fetched, FetchError> {
        let begun = Instant::now();
        let (bytes, memory) = file::read(folder, path, &self.limits, &self.budget).await?;
        let (validators, took) = (Validators::default(), begun.elapsed());
        Ok(Fetched::Source(Source { bytes, validators, took, _memory: memory }))
    }

    /// Asks once, and follows where the answers lead.
    async fn try_once(
        &self,
        mut url: Url,
        known: &Validators,
        waits: Waits,
    ) -> Result<Fetched, FetchError> {
        let mut allowance = Allowance::new(self.limits.whole);
        for _ in 0..=self.limits.max_redirects {
            let host = host(&url).map_err(|why| FetchError::BadLink { why })?;
            self.guard.verdict_on_url(&url)?;
            let _leave = self.courtesy.enter(host, waits).await;
            let asked = Instant::now();
            let known = Some(known).filter(|known| known.are_of(&url));
            let response = self.ask(&url, host, known, &mut allowance).await?;
            if response.status() == StatusCode::NOT_MODIFIED && known.is_some() {
                return Ok(Fetched::Unchanged);
            }
            if response.status().is_redirection() {
                url = next(&url, &response)?;
                continue;
            }
            check_head(&response)?;
            let validators = validators(&url, response.headers());
            let (bytes, memory) =
                download(response, &self.limits, &self.budget, &mut allowance).await?;
            let took = asked.elapsed();
            return Ok(Fetched::Source(Source { bytes, validators, took, _memory: memory }));
        }
        Err(FetchError::TooManyRedirects { limit: self.limits.max_redirects })
    }

    async fn ask(
        &self,
        url: &Url,
        host: &str,
        known: Option<&Validators>,
        allowance: &mut Allowance,
    ) -> Result<Response, FetchError> {
        let Limits { whole, stalled, .. } = self.limits;
        let mut request = self.client.get(url.clone());
        if let Some(etag) = known.and_then(|known| known.etag.as_ref()) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = known.and_then(|known| known.last_modified.as_ref()) {
            request = request.header(IF_MODIFIED_SINCE, date);
        }
        let asked = timeout(stalled, request.send());
        match allowance.spend(asked).await {
            Ok(Ok(Ok(response))) => Ok(response),
            Ok(Ok(Err(error))) => Err(diagnose::no_answer(error, host, self.limits.connect)),
            Ok(Err(_)) => Err(FetchError::NoAnswer { within: stalled }),
            Err(_) => Err(FetchError::NoAnswer { within: whole }),
        }
    }
}

fn given_up(tries: u32, last: FetchError) -> FetchError {
    if tries == 1 { last } else { FetchError::GivenUp { tries, last: Box::new(last) } }
}

/// The host of a URL that may be asked for at all, or why it may not.
fn host(url: &Url) -> Result<&str, &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it does not begin with http or https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a name or password");
    }
    url.host_str().ok_or("it names no host")
}

/// Where a redirect leads to (RFC 9110, section 15.4).
fn next(url: &Url, response: &Response) -> Result<Url, FetchError> {
    let status = response.status();
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Err(FetchError::HttpStatus { status: status.as_u16(), retry_after: None });
    }
    let bad = |why| FetchError::BadRedirect { why };
    let location = response.headers().get(LOCATION).ok_or(bad("it names no address"))?;
    let location = std::str::from_utf8(location.as_bytes()).map_err(|_| bad("it is not text"))?;
    let next = url.join(location).map_err(|_| bad("what it names is not an address"))?;
    host(&next).map_err(bad)?;
    Ok(next)
}

/// Whether an answer's head promises the whole of an image.
fn check_head(response: &Response) -> Result<(), FetchError> {
    let status = response.status();
    let brings_nothing_whole = matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::PARTIAL_CONTENT
    );
    if !status.is_success() || brings_nothing_whole {
        let retry_after = retry::retry_after(response.headers());
        return Err(FetchError::HttpStatus { status: status.as_u16(), retry_after });
    }
    match response.headers().get(CONTENT_ENCODING) {
        Some(packing) if packing != "identity" => {
            Err(FetchError::BadAnswer { why: "its packing is not known".to_owned(), source: None })
        }
        Some(_) | None => Ok(()),
    }
}

fn validators(url: &Url, headers: &HeaderMap) -> Validators {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    Validators::new(url, text(ETAG), text(LAST_MODIFIED))
}
