//! The app's own scheme: `pixmill://localhost/rendition/{requestId}/{name}` is the bytes of a rendition.
//! Nothing else is ever answered.

use pixmill_engine::{gallery::RenditionName, model::RequestId};
use tauri::{
    Manager, Runtime, UriSchemeContext, UriSchemeResponder,
    http::{Method, Request, Response, StatusCode, header},
};
use url::Url;

use crate::{desk::Desk, host::Host, refusal::Refusal, window::MAIN};

/// The name of the scheme.
pub(crate) const NAME: &str = "pixmill";

/// How the addresses of renditions begin. Windows has no schemes of one's own.
pub(crate) fn base() -> Url {
    let base = if cfg!(windows) { "http://pixmill.localhost/" } else { "pixmill://localhost/" };
    Url::parse(base).expect("it is a valid address")
}

/// Answers the page.
pub(crate) fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let desk = context.app_handle().try_state::<Desk>().map(|desk| Desk::clone(&desk));
    let is_ours = context.webview_label() == MAIN && request.method() == Method::GET;
    let wanted = wanted(request.uri().path()).filter(|_| is_ours);
    tauri::async_runtime::spawn(async move {
        let (Some(desk), Some((id, name))) = (desk, wanted) else {
            return responder.respond(bare(StatusCode::NOT_FOUND));
        };
        responder.respond(match desk.host().await {
            Ok(host) => rendition(&*host, id, &name).await,
            Err(refusal) => bare(status_of(&refusal)),
        });
    });
}

/// The rendition that a path names, if it names one.
fn wanted(path: &str) -> Option<(RequestId, RenditionName)> {
    let (id, name) = path.strip_prefix("/rendition/")?.split_once('/')?;
    Some((id.parse().ok()?, name.parse().ok()?))
}

async fn rendition(host: &dyn Host, id: RequestId, name: &RenditionName) -> Response<Vec<u8>> {
    match host.rendition(id, name).await {
        Ok(bytes) => Response::builder()
            .header(header::CONTENT_TYPE, name.media_type())
            // The same name may stand for another image once it was tried again.
            .header(header::CACHE_CONTROL, "no-cache")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
            .body(bytes.into())
            .unwrap_or_else(|_| bare(StatusCode::INTERNAL_SERVER_ERROR)),
        Err(refusal) => bare(status_of(&refusal)),
    }
}

fn status_of(refusal: &Refusal) -> StatusCode {
    let status = match refusal {
        Refusal::Unreachable { .. } => None,
        Refusal::Problem { problem } => StatusCode::from_u16(problem.status).ok(),
    };
    status.unwrap_or(StatusCode::BAD_GATEWAY)
}

fn bare(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_renditions_can_be_named() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let (request, name) = wanted(&format!("/rendition/{id}/1-mug-1.webp")).unwrap();
        assert_eq!((request.to_string().as_str(), name.as_str()), (id, "1-mug-1.webp"));
        for path in [
            "/".to_owned(),
            "/rendition/".to_owned(),
            format!("/rendition/{id}"),
            format!("/rendition/{id}/"),
            format!("/rendition/{id}/../secret.key"),
            format!("/rendition/{id}/..%2fsecret.key"),
            format!("/rendition/../{id}/1.webp"),
            format!("/source/{id}/1.webp"),
            format!("/rendition/{id}/a/b.webp"),
        ] {
            assert!(wanted(&path).is_none(), "{path}");
        }
    }
}
