//! What the commands are asked: one struct each, or one for several that ask alike.

use pixmill_engine::{
    model::{EndpointId, KeyId, MessageId, RequestId},
    wire::{RecipeView, WebhookChange},
};
use serde::{Deserialize, Deserializer};

use super::{Destination, Way};

macro_rules! asked {
    ($($(#[doc = $doc:literal])* $name:ident {
        $($(#[$attribute:meta])* $field:ident: $type:ty $(as $shown:literal)?,)*
    })*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(crate) struct $name {
            $(
                $(#[$attribute])*
                $(#[cfg_attr(test, ts(type = $shown))])?
                pub(crate) $field: $type,
            )*
        }
    )*};
}

asked! {
    /// Nothing.
    Nothing {}
    /// About something that is offered.
    OfOffer { offer: String, }
    /// A sheet is handed in.
    Submitting {
        offer: String,
        recipe: RecipeView as "RecipeView",
        idempotency_key: String,
    }
    /// A page of requests.
    Listing { limit: u32, cursor: Option<RequestId> as "string | null", }
    /// About a request.
    OfRequest { request_id: RequestId as "string", }
    /// A page of products: from a row on, or where the page before ended.
    Products {
        request_id: RequestId as "string",
        from: Option<u64> as "number | null",
        cursor: Option<String>,
        limit: u32,
        only_failed: bool,
        search: String,
    }
    /// Failed images go round again: those of one reason, or all.
    Retrying { request_id: RequestId as "string", reason: Option<String>, }
    /// Something of a request is saved.
    Saving { request_id: RequestId as "string", what: String as "'results.csv' | 'images.zip'", }
    /// About an image of a request: its place in a row of the sheet.
    OfImage { request_id: RequestId as "string", row: u64 as "number", image: u32, }
    /// About what was given a number.
    OfNumber { number: u32, }
    /// A page of a list.
    FromCursor { cursor: Option<String>, }
    /// About a webhook.
    OfWebhook { webhook_id: EndpointId as "string", }
    /// A webhook is changed.
    ChangingWebhook {
        webhook_id: EndpointId as "string",
        change: WebhookChange as "Partial<WebhookChange>",
    }
    /// A page of deliveries.
    Deliveries { webhook_id: EndpointId as "string", cursor: Option<MessageId> as "string | null", }
    /// About a delivery.
    OfDelivery { webhook_id: EndpointId as "string", message_id: MessageId as "string", }
    /// About a key.
    OfKey { key_id: KeyId as "string", }
    /// Somebody is to choose.
    Choosing { what: Choice, }
    /// A sheet that was pasted.
    Text { name: String, content: String, }
    /// The way of working is changed. Without a key the one that is kept stays; `null` forgets it.
    ChangingWay {
        way: Way,
        #[serde(default, deserialize_with = "given")]
        #[cfg_attr(test, ts(optional))]
        key: Option<Option<String>> as "string | null",
    }
    /// Something is switched.
    Switch { on: bool, }
    /// A folder of the app is shown.
    ShowingFolder { what: OwnFolder, }
    /// About a sheet that waits to be sent.
    OfQueued { id: String, }
    /// A folder that was chosen is to be watched.
    AddingFolder {
        folder: String,
        destination: Destination,
        recipe: RecipeView as "RecipeView",
    }
    /// A watched folder is set otherwise.
    ChangingFolder { id: String, destination: Destination, recipe: RecipeView as "RecipeView", }
    /// About a watched folder.
    OfFolder { id: String, }
    /// What is done here is shared by a database from now on, or by none.
    SettingSync { address: Option<String>, }
}

/// What somebody is to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Choice {
    /// Sheets.
    Sheets,
    /// Images.
    Images,
    /// A folder with images.
    Folder,
}

/// A folder of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) enum OwnFolder {
    /// That for what it keeps.
    Data,
    /// That for results.
    Out,
}

/// What is there, be it `null`; what is not there is left to the default.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
