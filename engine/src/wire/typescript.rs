//! The views as TypeScript, for the page. The file is committed, so that a drift of either side
//! fails a build.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ts_rs::{Config, TS};

use super::*;

/// Where the page has them.
const FILE: &str = "../ui/src/host/wire.ts";

macro_rules! declarations {
    ($config:expr, $($view:ty),* $(,)?) => {
        [$(<$view>::decl($config)),*].map(|declaration| format!("export {declaration}\n")).concat()
    };
}

fn written() -> String {
    // No count or size here comes near 2^53.
    let config = &Config::new().with_large_int("number");
    let declarations = declarations!(
        config,
        SessionView,
        ProblemView,
        FaultView,
        RowView,
        CheckView,
        ReceivedView,
        RecipeView,
        ProgressView,
        RequestView,
        RequestList,
        FailureView,
        RenditionView,
        ProductView,
        StatusView,
        FailureGroupView,
        SavingView,
        HostView,
        ReportView,
        DownloadOrder,
        DownloadView,
        WebhookDraft,
        WebhookChange,
        WebhookView,
        WebhookSecretView,
        WebhookList,
        TryView,
        DeliveryView,
        DeliveryList,
        KeyOrder,
        KeyView,
        NewKeyView,
        KeyList,
        FolderState,
        FolderView,
        WatchedSheetState,
        WatchedSheetView,
        SyncState,
        ParkedView,
        SyncView,
    );
    format!(
        "// The views of engine/src/wire. Made by `make wire`: not to be changed by hand.\n\n\
         {declarations}"
    )
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)
}

#[test]
fn the_page_has_the_views_as_they_are() {
    let there = fs::read_to_string(path()).unwrap();
    assert_eq!(there, written(), "{FILE} is not what the views are: run `make wire`");
}

#[test]
#[ignore = "`make wire` runs it: it writes the page's copy"]
fn write_the_views_anew() {
    fs::write(path(), written()).unwrap();
}
