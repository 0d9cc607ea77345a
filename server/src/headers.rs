//! Headers that every answer bears, so that a browser makes no more of it than it is.

use rocket::{
    Response,
    fairing::{Fairing, Info, Kind},
};
use url::Url;

use crate::origin::is_public;

/// What may be loaded by an answer that is no page: nothing (W3C Content Security Policy 3).
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
/// What the page needs: all of it comes from the server, and its templates by one policy of
/// Svelte's (W3C Trusted Types).
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                    connect-src 'self'; base-uri 'none'; form-action 'none'; \
                    frame-ancestors 'none'; require-trusted-types-for 'script'; \
                    trusted-types svelte-trusted-html";
/// What Swagger's pages need.
const SWAGGER: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                       base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer bears, whatever it is.
const ALWAYS: [(&str, &str); 3] = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
];

/// Gives an answer the headers that every answer bears. Rocket has no fairing look at the answers
/// to requests that it cannot read.
pub(crate) fn harden(response: &mut Response<'_>) {
    for (name, value) in ALWAYS {
        response.set_raw_header(name, value);
    }
    response.set_raw_header("Content-Security-Policy", NO_PAGE);
}

/// Says of every answer what it may load and who may embed it.
pub(crate) struct Policies {
    /// The address that the server is known by.
    pub(crate) public: Option<Url>,
}

#[rocket::async_trait]
impl Fairing for Policies {
    fn info(&self) -> Info {
        Info { name: "policies", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r rocket::Request<'_>, response: &mut Response<'r>) {
        let path = request.uri().path();
        harden(response);
        if path.starts_with("/swagger/") {
            response.set_raw_header("Content-Security-Policy", SWAGGER);
        } else if path.as_str() == "/" {
            response.set_raw_header("Content-Security-Policy", PAGE);
        }
        let is_shown_elsewhere = path.starts_with("/images/")
            && is_public(request.rocket().config().address, self.public.as_ref());
        let readers = if is_shown_elsewhere { "cross-origin" } else { "same-origin" };
        response.set_raw_header("Cross-Origin-Resource-Policy", readers);
        if !response.headers().contains("Cache-Control") {
            response.set_raw_header("Cache-Control", "no-store");
        }
    }
}
