//! The HTTP client that all downloads share.

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

/// Makes the client. It follows no redirects and uses no proxy: each hop and each address has to
/// come before the guard.
pub(super) fn client(limits: &Limits, guard: &Guard) -> Result<Client, reqwest::Error> {
    match builder(limits, guard).build() {
        Ok(client) => Ok(client),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "found no certificates to trust: links that begin with https will fail"
            );
            builder(limits, guard).tls_certs_only([]).build()
        }
    }
}

fn builder(limits: &Limits, guard: &Guard) -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .default_headers(headers())
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(GuardedResolver { guard: guard.clone() })
        .connect_timeout(limits.connect)
        .pool_max_idle_per_host(limits.per_host.max(1))
        .pool_idle_timeout(IDLE)
        .http2_initial_stream_window_size(UNREAD_BYTES)
        .http2_initial_connection_window_size(UNREAD_BYTES * 8)
}

/// Any image will do, and as it lies on the server: packing images only hides their size, and
/// naming formats would have some servers convert what we are about to compress.
fn headers() -> HeaderMap {
    HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("image/*,*/*;q=0.8")),
        (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    ])
}
