//! `/openapi.json` and `/swagger/`: the API, for programs and for people.

use rocket::Route;
use rocket_okapi::{
    get_openapi_route,
    okapi::openapi3::OpenApi,
    settings::OpenApiSettings,
    swagger_ui::{DocExpansion, SwaggerUIConfig, make_swagger_ui},
};

/// The document and Swagger's pages, which need no internet.
pub(super) fn routes(document: &OpenApi) -> Vec<Route> {
    let config = SwaggerUIConfig {
        url: "/openapi.json".to_owned(),
        deep_linking: true,
        doc_expansion: DocExpansion::List,
        ..SwaggerUIConfig::default()
    };
    let pages: Vec<Route> = make_swagger_ui(&config).into();
    let below = |route: Route| {
        route.map_base(|_| "/swagger".to_owned()).expect("the path is written in this file")
    };
    let mut routes: Vec<Route> = pages.into_iter().map(below).collect();
    routes.push(get_openapi_route(document.clone(), &OpenApiSettings::default()));
    routes
}
