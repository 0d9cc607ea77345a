//! The routes, one file a resource, each with its part of the OpenAPI document.

mod check;
mod upload;
mod status;
mod requests;
mod saved;
mod results;
mod downloads;
mod report;
mod source;
mod events;
mod range;
mod picture;
mod images;
mod webhooks;
mod deliveries;
mod samples;
mod keys;
mod session;
mod health;
mod docs;
mod page;

use rocket::Route;
use rocket_okapi::okapi::openapi3::OpenApi;

use crate::document;

/// All routes, and the document that describes them.
pub(crate) fn routes_and_docs() -> (Vec<Route>, OpenApi) {
    let parts = [
        check::routes_and_docs(),
        upload::routes_and_docs(),
        status::routes_and_docs(),
        requests::routes_and_docs(),
        results::routes_and_docs(),
        downloads::routes_and_docs(),
        report::routes_and_docs(),
        source::routes_and_docs(),
        events::routes_and_docs(),
        images::routes_and_docs(),
        webhooks::routes_and_docs(),
        deliveries::routes_and_docs(),
        samples::routes_and_docs(),
        keys::routes_and_docs(),
        session::routes_and_docs(),
        health::routes_and_docs(),
    ];
    let (routes, parts): (Vec<Vec<Route>>, Vec<OpenApi>) = parts.into_iter().unzip();
    let document = document::assemble(parts);
    let routes =
        routes.into_iter().flatten().chain(docs::routes(&document)).chain(page::routes()).collect();
    (routes, document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_in_the_document_or_leads_to_it() {
        let (routes, document) = routes_and_docs();
        let leading: Vec<Route> =
            docs::routes(&document).into_iter().chain(page::routes()).collect();
        let paths = serde_json::to_value(&document.paths).unwrap();
        let is_documented = |route: &Route| {
            let template = route.uri.path().replace('<', "{").replace('>', "}");
            paths[&template].get(route.method.as_str().to_lowercase()).is_some()
        };
        let is_same = |one: &Route, other: &Route| {
            (one.method, one.uri.path()) == (other.method, other.uri.path())
        };
        let leads_there = |route: &Route| leading.iter().any(|other| is_same(other, route));
        for route in &routes {
            assert!(is_documented(route) || leads_there(route), "{route}: who may use it?");
        }
    }
}
