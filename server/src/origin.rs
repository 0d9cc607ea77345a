//! Keeps foreign web pages out.
//!
//! A page of any web site can make its reader's browser send requests to 127.0.0.1. Three headers
//! that pages cannot forge tell them from ours (Fetch standard, and W3C Fetch Metadata):
//!
//! 1. `Host`: a name that is not the server's came by a DNS record that points here (rebinding).
//!    On loopback only the names of loopback and the host of the public URL are ours. Elsewhere,
//!    addresses are ours, for no record can make a browser send one, and names are: the host of
//!    the public URL where there is one, any otherwise. `/health/` answers by any name.
//! 2. `Origin`: must be that of `Host` or the public URL.
//! 3. `Sec-Fetch-Site`: another site may only link to us, and, where the server is public, show
//!    our images in its pages.

use std::net::IpAddr;

use rocket::{
    Data,
    fairing::{Fairing, Info, Kind},
    http::{Method, Status, uri::Origin as Path},
};
use url::{Host, Url};

use crate::problem::Problem;

/// A path that no route has: what is refused goes there.
const NOWHERE: &str = "/.refused";

/// Refuses what comes from foreign web pages, before it reaches any route.
pub(crate) struct ForeignPages {
    /// The address that the server is known by.
    pub(crate) public: Option<Url>,
}

/// A request that was refused before it reached a route.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    reason: Reason,
    /// The path that was asked for.
    pub(crate) path: String,
}

/// Why a request was refused before it reached a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The name in `Host` is not the server's.
    Host,
    /// The page that sends it is not the server's.
    Page,
}

impl Refusal {
    /// The refusal of this request, if it was refused.
    pub(crate) fn of<'r>(request: &'r rocket::Request<'_>) -> Option<&'r Refusal> {
        request.local_cache(|| None).as_ref()
    }

    pub(crate) fn problem(&self) -> Problem {
        let detail = match self.reason {
            Reason::Host => {
                "this server is not known by that name: use its address, or start it with \
                 --public-url"
            }
            Reason::Page => "requests from the pages of other sites are refused",
        };
        Problem::new(Status::Forbidden, "foreign_origin", detail)
    }
}

#[rocket::async_trait]
impl Fairing for ForeignPages {
    fn info(&self) -> Info {
        Info { name: "foreign pages", kind: Kind::Request }
    }

    async fn on_request(&self, request: &mut rocket::Request<'_>, _: &mut Data<'_>) {
        if let Some(reason) = self.judge(request) {
            let path = request.uri().path().to_string();
            request.local_cache(|| Some(Refusal { reason, path }));
            request.set_uri(Path::parse(NOWHERE).expect("the path is one"));
        }
    }
}

impl ForeignPages {
    fn judge(&self, request: &rocket::Request<'_>) -> Option<Reason> {
        let headers = request.headers();
        let mut hosts = headers.get("Host");
        // No browser leaves it out, so without it there is no page to fear.
        let host = hosts.next();
        let is_foreign = host.is_some_and(|host| !self.is_ours(request, host));
        if hosts.next().is_some() || is_foreign && !tells_nothing(request) {
            return Some(Reason::Host);
        }
        let from_elsewhere = |origin: &str| !self.is_own_page(host, origin);
        if headers.get("Origin").any(from_elsewhere) {
            return Some(Reason::Page);
        }
        match headers.get_one("Sec-Fetch-Site") {
            Some("cross-site" | "same-site") if !self.is_harmless(request) => Some(Reason::Page),
            Some(_) | None => None,
        }
    }

    fn is_ours(&self, request: &rocket::Request<'_>, authority: &str) -> bool {
        // The server's name is judged as a URL's is, so that no spelling of it is overlooked.
        let Ok(url) = Url::parse(&format!("http://{authority}/")) else { return false };
        if url.path() != "/" || !url.username().is_empty() || url.query().is_some() {
            return false;
        }
        if self.public.as_ref().is_some_and(|public| public.host() == url.host()) {
            return true;
        }
        let config = request.rocket().config();
        let is_port = url.port().unwrap_or(80) == config.port;
        match (url.host(), config.address.is_loopback()) {
            (Some(Host::Ipv4(address)), true) => is_port && address.is_loopback(),
            (Some(Host::Ipv6(address)), true) => is_port && address.is_loopback(),
            (Some(Host::Domain(name)), true) => is_port && name == "localhost",
            (Some(Host::Ipv4(_) | Host::Ipv6(_)), false) => true,
            (Some(Host::Domain(_)), false) => self.public.is_none(),
            (None, _) => false,
        }
    }

    fn is_own_page(&self, host: Option<&str>, origin: &str) -> bool {
        let Ok(origin) = Url::parse(origin) else { return false };
        if !matches!(origin.scheme(), "http" | "https") {
            return false;
        }
        let is = |own: Url| own.origin() == origin.origin();
        let by_host = host.and_then(|host| format!("{}://{host}/", origin.scheme()).parse().ok());
        self.public.clone().is_some_and(is) || by_host.is_some_and(is)
    }

    /// Whether another site may ask for this: to go to a page of ours, or to show an image of a
    /// server that is public.
    fn is_harmless(&self, request: &rocket::Request<'_>) -> bool {
        let is_read = matches!(request.method(), Method::Get | Method::Head);
        let fetch = |name| request.headers().get_one(name);
        let is_link = fetch("Sec-Fetch-Mode") == Some("navigate")
            && fetch("Sec-Fetch-Dest") == Some("document");
        let shows_image = is_public(request.rocket().config().address, self.public.as_ref())
            && request.uri().path().starts_with("/images/");
        is_read && (is_link || shows_image)
    }
}

/// Whether a request asks no more than how the server is: whoever watches over it may call it by any
/// name.
fn tells_nothing(request: &rocket::Request<'_>) -> bool {
    request.method() == Method::Get && request.uri().path().starts_with("/health/")
}

/// Whether the server is there for others than the people at this machine.
pub(crate) fn is_public(address: IpAddr, public: Option<&Url>) -> bool {
    public.is_some() || !address.is_loopback()
}
