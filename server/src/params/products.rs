//! What stands in queries for products.

use pixmill_engine::wire::ProductCursor;
use rocket::form::{self, FromFormField, ValueField};
use rocket_okapi::{r#gen::OpenApiGenerator, okapi::openapi3::Parameter, request::OpenApiFromForm};
use serde_json::json;

use crate::{document::parameter, problem::Problem};

macro_rules! query_values {
    ($($(#[doc = $doc:literal])* $name:ident($value:ty), else $default:expr,
        $about:literal, $schema:tt, $read:expr;)*) => {$(
        $(#[doc = $doc])*
        pub(crate) struct $name(pub(crate) Result<$value, Problem>);

        impl<'v> FromFormField<'v> for $name {
            fn from_value(field: ValueField<'v>) -> form::Result<'v, Self> {
                let read: fn(&str, &str) -> Result<$value, Problem> = $read;
                Ok($name(read(field.name.as_name().as_str(), field.value)))
            }

            fn default() -> Option<Self> {
                Some($name(Ok($default)))
            }
        }

        impl<'r> OpenApiFromForm<'r> for $name {
            fn form_multi_parameter(
                _: &mut OpenApiGenerator,
                name: String,
                _: bool,
            ) -> rocket_okapi::Result<Vec<Parameter>> {
                Ok(vec![parameter("query", &name, $about, json!($schema))])
            }
        }
    )*};
}

query_values! {
    /// Where a page of products goes on.
    ProductStart(Option<ProductCursor>), else None,
        "The nextCursor of the page before.",
        { "type": "string", "pattern": "^[0-9]{1,9}\\.[0-9]{1,9}$" },
        |name, value| {
            value.parse().map(Some).map_err(|error| Problem::invalid(name, error))
        };
    /// The row of the sheet with which a page of products begins.
    Row(Option<u64>), else None,
        "The row of the sheet to begin with, counted from 0; not together with a cursor.",
        { "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u64 },
        |name, value| {
            let row = value.parse::<u32>().map(|row| Some(u64::from(row)));
            row.map_err(|_| Problem::invalid(name, "send a whole number of a row, from 0"))
        };
    /// Whether only products with failed images are wanted.
    OnlyFailed(bool), else false,
        "Only products of which an image failed.",
        { "type": "boolean", "default": false },
        |name, value| {
            value.parse().map_err(|_| Problem::invalid(name, "send true or false"))
        };
}
