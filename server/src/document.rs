//! The OpenAPI document: what the routes' macros know of themselves, and what they cannot know.

mod demand;

use rocket::Route;
use rocket_okapi::okapi::{
    Map,
    openapi3::{
        Header, Info, License, MediaType, OpenApi, Operation, Parameter, ParameterValue, PathItem,
        Ref, RefOr, Response, Responses, Server, Tag,
    },
};
use schemars::schema::SchemaObject;
use serde_json::{Value, json};

pub(crate) use demand::{Demand, demand};

/// Routes with their part of the document.
pub(crate) type Part = (Vec<Route>, OpenApi);

/// Makes a [`Part`] of the operations of a file, each with the problems that it has besides those
/// that any may have.
macro_rules! part {
    ($($operation:ident: $problems:expr),+ $(,)?) => {{
        let settings = rocket_okapi::settings::OpenApiSettings::default();
        let (routes, mut docs) =
            rocket_okapi::openapi_get_routes_spec![settings: $($operation),+];
        $($crate::document::problems(&mut docs, stringify!($operation), &$problems);)+
        (routes, docs)
    }};
}
pub(crate) use part;

/// The problems that any route may have.
const ALWAYS: [u16; 3] = [403, 500, 503];

/// A parameter that may be left out.
pub(crate) fn parameter(place: &str, name: &str, about: &str, schema: Value) -> Parameter {
    Parameter {
        name: name.to_owned(),
        location: place.to_owned(),
        description: Some(about.to_owned()),
        required: false,
        deprecated: false,
        allow_empty_value: false,
        value: value(schema),
        extensions: Map::default(),
    }
}

/// A header of an answer.
pub(crate) fn header(about: &str) -> RefOr<Header> {
    RefOr::Object(Header {
        description: Some(about.to_owned()),
        required: false,
        deprecated: false,
        allow_empty_value: false,
        value: value(json!({ "type": "string" })),
        extensions: Map::default(),
    })
}

fn value(schema: Value) -> ParameterValue {
    ParameterValue::Schema {
        style: None,
        explode: None,
        allow_reserved: false,
        schema: schema_of(schema),
        example: None,
        examples: None,
    }
}

/// A schema as it stands in the document.
pub(crate) fn schema_of(schema: Value) -> SchemaObject {
    serde_json::from_value(schema).expect("the schema is written in this crate")
}

/// An answer whose body is of one media type.
pub(crate) fn answer(about: &str, media_type: &str, schema: Value) -> Response {
    let media = MediaType { schema: Some(schema_of(schema)), ..MediaType::default() };
    Response {
        description: about.to_owned(),
        content: Map::from_iter([(media_type.to_owned(), media)]),
        ..Response::default()
    }
}

/// The one answer that an operation has where all goes well.
pub(crate) fn only(status: u16, answer: Response) -> Responses {
    let responses = Map::from_iter([(status.to_string(), RefOr::Object(answer))]);
    Responses { responses, ..Responses::default() }
}

/// Adds parameters that a guard reads, and not the operation.
pub(crate) fn add_parameters<const N: usize>(
    part: &mut OpenApi,
    operation_id: &str,
    parameters: [Parameter; N],
) {
    operation(part, operation_id).parameters.extend(parameters.map(RefOr::Object));
}

fn operation<'a>(part: &'a mut OpenApi, operation_id: &str) -> &'a mut Operation {
    part.paths
        .values_mut()
        .flat_map(operations)
        .find(|operation| operation.operation_id.as_deref() == Some(operation_id))
        .expect("the operation is in the same file")
}

/// Says which problems an operation has besides those that any may have.
pub(crate) fn problems(part: &mut OpenApi, operation_id: &str, statuses: &[u16]) {
    let operation = operation(part, operation_id);
    statuses.iter().chain(&ALWAYS).for_each(|status| refer_to_problem(operation, *status));
}

fn refer_to_problem(operation: &mut Operation, status: u16) {
    let reference = format!("#/components/responses/Problem{status}");
    let response = RefOr::Ref(Ref { reference });
    operation.responses.responses.insert(status.to_string(), response);
}

/// The operations on a path.
fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = path;
    [get, put, post, delete, options, head, patch, trace].into_iter().flatten()
}

/// Puts the parts together and adds what is about all of them.
pub(crate) fn assemble(parts: Vec<OpenApi>) -> OpenApi {
    let mut document = OpenApi::new();
    for part in &parts {
        rocket_okapi::okapi::merge::merge_specs(&mut document, &"/", part)
            .expect("no two parts have an operation in common");
    }
    document.info = Info {
        title: "Pixmill".to_owned(),
        description: Some(include_str!("document.md").to_owned()),
        license: Some(License { name: "MIT OR Apache-2.0".to_owned(), ..License::default() }),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Info::default()
    };
    document.servers = vec![Server { url: "/".to_owned(), ..Server::default() }];
    let tag = |(name, about): (&str, &str)| Tag {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        ..Tag::default()
    };
    document.tags = TAGS.into_iter().map(tag).collect();
    add_problems(&mut document);
    demand::settle(&mut document);
    document
}

const TAGS: [(&str, &str); 6] = [
    ("sheets", "Handing in a sheet, and getting it back."),
    ("requests", "What has become of the sheets that were handed in."),
    ("images", "The compressed images."),
    ("keys", "Who may use the server."),
    ("webhooks", include_str!("webhooks.md")),
    ("health", "For whoever watches over the server."),
];

/// The answers that [`problems`] refers to.
fn add_problems(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let schema = schema_of(json!({ "$ref": "#/components/schemas/Problem" }));
    for (status, about) in PROBLEMS {
        let media = MediaType { schema: Some(schema.clone()), ..MediaType::default() };
        let content = Map::from_iter([("application/problem+json".to_owned(), media)]);
        let mut response =
            Response { description: about.to_owned(), content, ..Response::default() };
        if status == 401 {
            let about = "What is asked for (RFC 6750).";
            response.headers.insert("WWW-Authenticate".to_owned(), header(about));
        }
        if matches!(status, 429 | 503) {
            let about = "After how many seconds to try again.";
            response.headers.insert("Retry-After".to_owned(), header(about));
        }
        components.responses.insert(format!("Problem{status}"), RefOr::Object(response));
    }
}

const PROBLEMS: [(u16, &str); 13] = [
    (400, "The request cannot be understood."),
    (401, "A key is needed, and none came or one that is not good."),
    (
        403,
        "The key is not one that may do this; or the request comes from a foreign web page, by a \
         name that is not the server's or, where no key has been made, by way of a proxy.",
    ),
    (404, "There is no such thing."),
    (409, "The state of what is asked for does not allow it."),
    (413, "What was sent is too large."),
    (415, "What was sent is not of the kind that is taken."),
    (416, "The image has no such bytes."),
    (422, "A value cannot be used, or the sheet has faults: `faults` lists them."),
    (429, "Too many wrong keys came from this address."),
    (500, "The server failed."),
    (502, "The source of the image cannot be had again: `detail` says why."),
    (503, "The server cannot do it at the moment."),
];
