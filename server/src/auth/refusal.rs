//! Why a caller is not let in, as it is told (RFC 6750, section 3). No key is ever repeated.

use std::fmt::Display;

use rocket::http::Status;

use crate::problem::Problem;

const ASKED: &str = "Bearer realm=\"pixmill\"";
const NOT_GOOD: &str = "Bearer realm=\"pixmill\", error=\"invalid_token\"";
const NOT_ENOUGH: &str = "Bearer realm=\"pixmill\", error=\"insufficient_scope\"";

/// Why a guard refused this request, if one did.
pub(crate) fn refusal<'r>(request: &'r rocket::Request<'_>) -> Option<&'r Problem> {
    request.local_cache(|| None::<Problem>).as_ref()
}

/// 401 where no key came.
pub(super) fn no_key() -> Problem {
    let detail = "this needs a key: send it as `Authorization: Bearer pxm_...` or `X-API-Key`";
    Problem { challenge: Some(ASKED), ..Problem::new(Status::Unauthorized, "no_key", detail) }
}

/// 401 where a key came that lets nobody in.
pub(super) fn wrong_key(reason: &dyn Display) -> Problem {
    let problem = Problem::new(Status::Unauthorized, "wrong_key", reason.to_string());
    Problem { challenge: Some(NOT_GOOD), ..problem }
}

/// 401 where two came.
pub(super) fn several_keys() -> Problem {
    wrong_key(&"two keys came with this request: send one")
}

/// 403 where the key is good, but not for this.
pub(super) fn not_allowed(detail: &str) -> Problem {
    let problem = Problem::new(Status::Forbidden, "not_allowed", detail);
    Problem { challenge: Some(NOT_ENOUGH), ..problem }
}

/// 403 where no key has been made, and a proxy may have sent the request from anywhere.
pub(super) fn only_near() -> Problem {
    let detail = "this came by way of a proxy, and only people at this machine may use the server \
                  as long as it has no key: make one with `pixmill keys add NAME --role admin`, or \
                  start the server with --insecure-no-auth if whoever the proxy lets in is to be \
                  trusted";
    Problem::new(Status::Forbidden, "no_key_made", detail)
}

/// 429 where too many wrong keys came from an address.
pub(super) fn too_many() -> Problem {
    let detail = "too many wrong keys came from this address: try again in a minute";
    Problem::new(Status::TooManyRequests, "too_many_wrong_keys", detail)
}
