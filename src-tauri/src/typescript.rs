//! The commands and events as TypeScript, for the page, and the capability that lets it call them.
//! Both files are committed, so that a drift of either side fails a build.

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use ts_rs::{Config, TS};

use crate::{refusal::Refusal, wire::*};

/// Where the page has them.
const PAGE: &str = "../ui/src/host/commands.ts";
/// Where the page has the views of the engine.
const VIEWS: &str = "../ui/src/host/wire.ts";
/// What lets the page call them.
const CAPABILITY: &str = "capabilities/main.json";

/// The name of each command with the types of what it is asked and answers, as Rust writes them.
fn command_types() -> Vec<(&'static str, &'static str, &'static str)> {
    macro_rules! types {
        ($($room:ident::$name:ident($asked:ty) -> $answer:ty;)*) => {
            vec![$((stringify!($name), stringify!($asked), stringify!($answer))),*]
        };
    }
    commands!(types)
}

/// A type as TypeScript writes it.
fn typed(rust: &str) -> String {
    let rust = &*rust.replace(' ', "");
    let within = |outer: &str| rust.strip_prefix(outer)?.strip_suffix('>').map(str::trim);
    match rust {
        "()" => "null".to_owned(),
        "bool" => "boolean".to_owned(),
        "String" => "string".to_owned(),
        "u32" => "number".to_owned(),
        "Response" => "ArrayBuffer".to_owned(),
        _ => match (within("Vec<"), within("Option<")) {
            (Some(inner), _) => format!("Array<{}>", typed(inner)),
            (_, Some(inner)) => format!("{} | null", typed(inner)),
            (None, None) => rust.to_owned(),
        },
    }
}

fn declarations() -> String {
    let config = &Config::new().with_large_int("number");
    macro_rules! declared {
        ($($type:ty),* $(,)?) => {
            [$(<$type>::decl(config)),*].map(|declaration| format!("export {declaration}\n")).concat()
        };
    }
    declared!(
        Refusal,
        OfferKind,
        Offer,
        Saved,
        QueuedView,
        Handed,
        Way,
        WayState,
        WayView,
        SyncSetting,
        SettingsView,
        ChosenFolder,
        Destination,
        FolderSettingView,
        Changed,
        Liveness,
        Watched,
        Choice,
        OwnFolder,
        Nothing,
        OfOffer,
        Submitting,
        Listing,
        OfRequest,
        Products,
        Retrying,
        Saving,
        OfImage,
        OfNumber,
        FromCursor,
        OfWebhook,
        ChangingWebhook,
        Deliveries,
        OfDelivery,
        OfKey,
        Choosing,
        Text,
        ChangingWay,
        Switch,
        ShowingFolder,
        OfQueued,
        AddingFolder,
        ChangingFolder,
        OfFolder,
        SettingSync,
    )
}

/// The words of a text that could name types.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric()).collect()
}

fn page() -> String {
    let mut body = declarations();
    body += "\nexport interface Commands {\n";
    for (name, asked, answer) in command_types() {
        writeln!(body, "  {name}: {{ asked: {}; answer: {} }};", typed(asked), typed(answer))
            .expect("a string can be written to");
    }
    body += "}\n\nexport interface Events {\n";
    for (name, payload) in event_types() {
        writeln!(body, "  {name}: {};", typed(payload)).expect("a string can be written to");
    }
    body += "}\n";
    let views = fs::read_to_string(path(VIEWS)).unwrap();
    let used = words(&body);
    let exported = views.lines().filter_map(|line| line.strip_prefix("export type "));
    let names = exported.filter_map(|line| line.split([' ', '=', '<']).next());
    let imported: Vec<&str> = names.filter(|name| used.contains(name)).collect();
    format!(
        "// What the desktop app is asked and tells. Made by `make wire`: not to be changed by hand.\n\n\
         import type {{\n  {},\n}} from './wire';\n\n{body}",
        imported.join(",\n  ")
    )
}

fn capability() -> String {
    let own = command_types();
    let mut permissions: Vec<String> =
        own.iter().map(|(name, ..)| format!("allow-{}", name.replace('_', "-"))).collect();
    permissions.extend(["allow-listen", "allow-unlisten"].map(|name| format!("core:event:{name}")));
    let capability = json!({
        "identifier": "main",
        "description": "What the page may ask of the app. Made by `make wire`.",
        "windows": ["main"],
        "permissions": permissions,
    });
    format!("{capability:#}\n")
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

#[test]
fn the_page_has_the_commands_as_they_are_and_may_call_no_others() {
    for (file, written) in [(PAGE, page()), (CAPABILITY, capability())] {
        let there = fs::read_to_string(path(file)).unwrap();
        assert_eq!(there, written, "{file} is not what the commands are: run `make wire`");
    }
}

#[test]
#[ignore = "`make wire` runs it: it writes the page's copy"]
fn write_the_views_anew() {
    fs::write(path(PAGE), page()).unwrap();
    fs::write(path(CAPABILITY), capability()).unwrap();
}
