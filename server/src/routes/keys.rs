//! `/keys`: the API keys, for admins.

use pixmill_engine::{
    Engine, Error,
    model::Caller,
    wire::{KeyList, KeyOrder, KeyView, NewKeyView},
};
use rocket::{
    State, delete, get, post,
    response::{self, Responder, Response, status::NoContent},
    serde::json::Json,
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::openapi3::{MediaType, Responses},
    openapi,
    response::OpenApiResponderInner,
};

use crate::{
    auth::IsAdmin,
    body::Body,
    document::{self, header},
    params::{Grace, KeyParam, KeyStart, PageLength},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![
        add_key: [400, 413, 415, 422],
        list_keys: [422],
        show_key: [404],
        revoke_key: [404],
        rotate_key: [404, 409, 422],
    ]
}

/// # Make a key
///
/// The token in the answer is shown this once. From the first key on, all calls need one, so the
/// first is to be an admin's.
#[openapi(tag = "keys")]
#[post("/keys", data = "<order>")]
async fn add_key(
    admin: IsAdmin,
    order: Body<KeyOrder>,
    engine: &State<Engine>,
) -> Result<Made, Problem> {
    let order = order.0?;
    let new = order.read().map_err(|invalid| Problem::invalid(invalid.field, invalid.reason))?;
    if admin.0 == Caller::Anybody && order.role != "admin" {
        let reason = "the first key is to be an admin's, or nobody could make another";
        return Err(Problem::invalid("role", reason));
    }
    match engine.add_key(new).await {
        Ok(made) => Ok(Made(made)),
        Err(no_key @ Error::NoKey(_)) => Err(Problem::invalid("of", no_key)),
        Err(error) => Err(error.into()),
    }
}

/// # All keys, newest first
///
/// Also those that have expired or were revoked.
#[openapi(tag = "keys")]
#[get("/keys?<cursor>&<limit>")]
async fn list_keys(
    _admin: IsAdmin,
    cursor: KeyStart,
    limit: PageLength,
    engine: &State<Engine>,
) -> Result<Json<KeyList>, Problem> {
    Ok(Json(engine.list_keys(cursor.0?, limit.0?).await?))
}

/// # One key
#[openapi(tag = "keys")]
#[get("/keys/<id>")]
async fn show_key(
    _admin: IsAdmin,
    id: KeyParam,
    engine: &State<Engine>,
) -> Result<Json<KeyView>, Problem> {
    Ok(Json(engine.show_key(id.0?).await?))
}

/// # Revoke a key
///
/// It is good for nothing from now on, on other processes of the deployment after two seconds. What
/// was handed in with it stays; its webhooks hear nothing more.
#[openapi(tag = "keys")]
#[delete("/keys/<id>")]
async fn revoke_key(
    _admin: IsAdmin,
    id: KeyParam,
    engine: &State<Engine>,
) -> Result<NoContent, Problem> {
    engine.revoke_key(id.0?).await?;
    Ok(NoContent)
}

/// # Give a key another token
///
/// The token in the answer is shown this once. The key stays what it is; the token before is good
/// for another `graceSeconds`.
#[openapi(tag = "keys")]
#[post("/keys/<id>/rotate?<graceSeconds>")]
#[expect(non_snake_case, reason = "parameters are camelCase on the wire")]
async fn rotate_key(
    _admin: IsAdmin,
    id: KeyParam,
    graceSeconds: Grace,
    engine: &State<Engine>,
) -> Result<Json<NewKeyView>, Problem> {
    Ok(Json(engine.rotate_key(id.0?, graceSeconds.0?).await?))
}

/// The answer to a key that was made.
struct Made(NewKeyView);

impl<'r> Responder<'r, 'static> for Made {
    fn respond_to(self, request: &'r rocket::Request<'_>) -> response::Result<'static> {
        let location = format!("/keys/{}", self.0.key.key_id);
        let mut response = Response::build_from(Json(self.0).respond_to(request)?);
        response.status(rocket::http::Status::Created).raw_header("Location", location).ok()
    }
}

impl OpenApiResponderInner for Made {
    fn responses(generator: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        let schema = Some(generator.json_schema::<NewKeyView>());
        let media = MediaType { schema, ..MediaType::default() };
        let mut made = rocket_okapi::okapi::openapi3::Response {
            description: "The key is made.".to_owned(),
            ..Default::default()
        };
        made.content.insert("application/json".to_owned(), media);
        made.headers.insert("Location".to_owned(), header("Where the key is."));
        Ok(document::only(201, made))
    }
}
