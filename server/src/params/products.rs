//! What stands in paths and queries for products.

use std::convert::Infallible;

use pixmill_engine::wire::ProductCursor;
use rocket::{
    form::{self, FromFormField, ValueField},
    request::FromParam,
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::openapi3::Parameter,
    request::{OpenApiFromForm, OpenApiFromParam},
};
use serde_json::json;

use super::not_found;
use crate::{document::parameter, problem::Problem};

/// The number of a row, or of an image in one, in a path; what is not one is not found.
pub(crate) struct Place(pub(crate) Result<u32, Problem>);

impl<'r> FromParam<'r> for Place {
    type Error = Infallible;

    fn from_param(param: &'r str) -> Result<Self, Infallible> {
        Ok(Place(param.parse().map_err(|_| not_found("there is no such place in the sheet"))))
    }
}

impl<'r> OpenApiFromParam<'r> for Place {
    fn path_parameter(_: &mut OpenApiGenerator, name: String) -> rocket_okapi::Result<Parameter> {
        let schema = json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
        let parameter = parameter("path", &name, "Counted from 0.", schema);
        Ok(Parameter { required: true, ..parameter })
    }
}

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
        "The row of the sheet to begin with, counted from 0; a cursor comes before it.",
        { "type": "integer", "minimum": 0, "maximum": u32::MAX },
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
