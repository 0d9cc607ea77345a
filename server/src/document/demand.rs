//! What each operation asks of its caller: said once, by the guard that asks it.

use rocket_okapi::{
    okapi::{
        Map,
        openapi3::{
            OpenApi, Operation, RefOr, SecurityRequirement, SecurityScheme, SecuritySchemeData,
        },
    },
    request::RequestHeaderInput,
};

use super::{operations, refer_to_problem};

/// The name under which a guard's demand stands in a part, until the parts are put together.
const GUARD: &str = "guard";
const BEARER: &str = "bearer";
const API_KEY: &str = "apiKey";

/// What an operation asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Nothing.
    Nothing,
    /// A key.
    Key,
    /// A key or a signed link.
    KeyOrLink,
}

impl Demand {
    const ALL: [Demand; 3] = [Demand::Nothing, Demand::Key, Demand::KeyOrLink];

    fn name(self) -> &'static str {
        match self {
            Demand::Nothing => "nothing",
            Demand::Key => "key",
            Demand::KeyOrLink => "keyOrLink",
        }
    }

    /// The problems of whoever does not meet the demand.
    fn problems(self) -> &'static [u16] {
        match self {
            Demand::Nothing => &[],
            Demand::Key | Demand::KeyOrLink => &[401, 429],
        }
    }

    fn requirements(self) -> Vec<SecurityRequirement> {
        let of = |scheme: &str| Map::from_iter([(scheme.to_owned(), Vec::new())]);
        match self {
            Demand::Nothing => Vec::new(),
            Demand::Key => vec![of(BEARER), of(API_KEY)],
            Demand::KeyOrLink => vec![of(BEARER), of(API_KEY), Map::default()],
        }
    }
}

/// How a guard tells the document what it asks, and who meets it.
pub(crate) fn demand(demand: Demand, who: &str) -> RequestHeaderInput {
    let said = vec![demand.name().to_owned(), who.to_owned()];
    let requirement = Map::from_iter([(GUARD.to_owned(), said)]);
    RequestHeaderInput::Security(GUARD.to_owned(), bearer(), requirement)
}

/// Says of each operation what its guard asks, in the words of OpenAPI.
///
/// # Panics
/// Where an operation names no guard, or several: it is to say who may do it.
pub(super) fn settle(document: &mut OpenApi) {
    document.paths.values_mut().flat_map(operations).for_each(settle_one);
    let schemes = [(BEARER, bearer()), (API_KEY, api_key())];
    let schemes = schemes.map(|(name, scheme)| (name.to_owned(), RefOr::Object(scheme)));
    document.components.get_or_insert_default().security_schemes = Map::from_iter(schemes);
}

fn settle_one(operation: &mut Operation) {
    let name = operation.operation_id.clone().unwrap_or_default();
    let guards = operation.security.take().unwrap_or_default();
    let [guard] = guards.as_slice() else {
        panic!("{name} has {} guards of auth: it is to name one", guards.len());
    };
    let said = guard.get(GUARD).map(Vec::as_slice);
    let Some([demand, who]) = said else { panic!("{name} has a guard that says nothing") };
    let demand = Demand::ALL.into_iter().find(|known| known.name() == demand);
    let demand = demand.expect("guards say what they ask by `demand`");
    operation.security = Some(demand.requirements());
    demand.problems().iter().for_each(|status| refer_to_problem(operation, *status));
    let about = operation.description.take().map(|text| format!("{text}\n\n")).unwrap_or_default();
    operation.description = Some(format!("{about}For {who}."));
}

fn bearer() -> SecurityScheme {
    SecurityScheme {
        description: Some("An API key as a bearer token (RFC 6750).".to_owned()),
        data: SecuritySchemeData::Http { scheme: "bearer".to_owned(), bearer_format: None },
        extensions: Map::default(),
    }
}

fn api_key() -> SecurityScheme {
    SecurityScheme {
        description: Some("The same API key in a header of its own.".to_owned()),
        data: SecuritySchemeData::ApiKey {
            name: "X-API-Key".to_owned(),
            location: "header".to_owned(),
        },
        extensions: Map::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(security: Option<Vec<SecurityRequirement>>) -> OpenApi {
        let operation = Operation { security, ..Operation::default() };
        let path =
            rocket_okapi::okapi::openapi3::PathItem { get: Some(operation), ..Default::default() };
        OpenApi { paths: Map::from_iter([("/new".to_owned(), path)]), ..OpenApi::new() }
    }

    #[test]
    #[should_panic(expected = "it is to name one")]
    fn a_route_that_does_not_say_who_may_use_it_makes_no_document() {
        settle(&mut document(None));
    }

    #[test]
    fn what_a_guard_asks_is_told_with_its_problems() {
        let RequestHeaderInput::Security(_, _, requirement) = demand(Demand::Key, "admins") else {
            panic!("a guard makes a demand");
        };
        let mut document = document(Some(vec![requirement]));
        settle(&mut document);
        let operation = document.paths["/new"].get.as_ref().unwrap();
        assert_eq!(operation.security.as_ref().unwrap().len(), 2, "either header");
        assert!(operation.responses.responses.contains_key("401"));
        assert_eq!(operation.description.as_deref(), Some("For admins."));
    }
}
