//! The HTTP clients: the one that all downloads share, and what others are made from.

use std::time::Duration;

use reqwest::{
    Client, ClientBuilder,
    header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue},
    redirect,
};

use super::{guard::Guard, limits::Limits, resolve::GuardedResolver};

/// How Pixmill names itself to servers.
const USER_AGENT: &str =
    concat!("Pixmill/", env!("CARGO_PKG_VERSION"), " (downloads product images to compress them)");

/// How much an HTTP/2 server may send of one body before we have read it: this much can be in
/// memory for each download that waits for memory.
const UNREAD_BYTES: u32 = 256 * 1024;

const IDLE: Duration = Duration::from_secs(30);

/// Makes the client.
pub(super) fn client(limits: &Limits, guard: &Guard) -> Result<Client, reqwest::Error> {
    build(|| {
        guarded(guard)
            .user_agent(USER_AGENT)
            .default_headers(headers())
            .connect_timeout(limits.connect)
            .pool_max_idle_per_host(limits.per_host.max(1))
            .pool_idle_timeout(IDLE)
            .http2_initial_stream_window_size(UNREAD_BYTES)
            .http2_initial_connection_window_size(UNREAD_BYTES * 8)
    })
}

/// Begins a client that connects only to what the guard lets through. It follows no redirects and
/// uses no proxy: each hop and each address has to come before the guard.
pub(crate) fn guarded(guard: &Guard) -> ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(GuardedResolver { guard: guard.clone() })
}

/// Makes a client, if need be one that trusts nobody: without certificates, http still works.
pub(crate) fn build(begun: impl Fn() -> ClientBuilder) -> Result<Client, reqwest::Error> {
    match begun().build() {
        Ok(client) => Ok(client),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "found no certificates to trust: links that begin with https will fail"
            );
            begun().tls_certs_only([]).build()
        }
    }
}

/// Any image will do, and as it lies on the server: packing images only hides their size, and
/// naming formats would have some servers convert what we are about to compress.
fn headers() -> HeaderMap {
    HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("image/*,*/*;q=0.8")),
        (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    ])
}
