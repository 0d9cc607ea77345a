//! Answers for what no route answers.

use rocket::{
    Catcher, Route, catch, catchers,
    http::{Method, Status},
};

use crate::{auth, origin::Refusal, problem::Problem};

/// The one catcher: every error is a problem.
pub(crate) fn all() -> Vec<Catcher> {
    catchers![problem]
}

#[catch(default)]
fn problem(status: Status, request: &rocket::Request<'_>) -> Problem {
    if let Some(refusal) = Refusal::of(request) {
        return refusal.problem();
    }
    if let Some(problem) = auth::refusal(request) {
        return problem.clone();
    }
    // A method that Rocket has never heard of makes it say 400, and take it for another one.
    let is_unknown_method = status == Status::BadRequest && is_a_path(request);
    if status == Status::NotFound || is_unknown_method {
        let methods = methods(request, is_unknown_method);
        return if methods.is_empty() {
            let detail = "there is nothing here: see /swagger/ for what there is";
            Problem::new(Status::NotFound, "not_found", detail)
        } else {
            let detail = format!("this path has no such method: use {methods}");
            let refused = Problem::new(Status::MethodNotAllowed, "method_not_allowed", detail);
            Problem { allow: Some(methods), ..refused }
        };
    }
    let (code, detail) = match status.code {
        400 => ("bad_request", "this is not a request that can be understood"),
        413 => ("too_large", "the body is too large"),
        415 => ("unsupported_media_type", "the body is not of a type that can be read"),
        503 => ("unavailable", "the server cannot answer at the moment: try again later"),
        500.. => ("internal", "the server failed: its log says why"),
        _ => ("refused", "the request was refused"),
    };
    Problem::new(status, code, detail)
}

/// The methods that have a route for the path that was asked for; none where the one asked for is
/// among them, unless it `is_unknown`.
fn methods(request: &rocket::Request<'_>, is_unknown: bool) -> String {
    let mut methods: Vec<Method> = routes(request).map(|route| route.method).collect();
    if methods.contains(&request.method()) && !is_unknown {
        return String::new();
    }
    if methods.contains(&Method::Get) {
        methods.push(Method::Head);
    }
    let mut names: Vec<&str> = methods.into_iter().map(Method::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// Whether any route is on the path that was asked for.
fn is_a_path(request: &rocket::Request<'_>) -> bool {
    routes(request).next().is_some()
}

/// The routes on the path that was asked for.
fn routes<'r>(request: &'r rocket::Request<'_>) -> impl Iterator<Item = &'r Route> {
    let asked: Vec<&str> = request.uri().path().raw_segments().map(|s| s.as_str()).collect();
    request.rocket().routes().filter(move |route| is_on(route.uri.path(), &asked))
}

/// Whether a route's path, such as `/requests/<id>`, is that of the segments asked for.
fn is_on(route: &str, asked: &[&str]) -> bool {
    let route: Vec<&str> = route.split('/').filter(|segment| !segment.is_empty()).collect();
    let asked: Vec<&str> = asked.iter().copied().filter(|segment| !segment.is_empty()).collect();
    let fits = |(route, asked): (&&str, &&str)| route.starts_with('<') || route == asked;
    route.len() == asked.len() && route.iter().zip(&asked).all(fits)
}
