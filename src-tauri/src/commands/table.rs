// The commands of the app: the room that each is in, what it is asked and what it answers. From this
// come the handler, the permissions that the build makes, the capability and the page's types.

macro_rules! commands {
    ($then:ident) => {
        $then! {
            sheets::check(OfOffer) -> CheckView;
            sheets::marked(OfOffer) -> Option<Saved>;
            sheets::sample(Nothing) -> Offer;
            sheets::submit(Submitting) -> Handed;

            requests::session(Nothing) -> SessionView;
            requests::list(Listing) -> RequestList;
            requests::products(Products) -> StatusView;
            requests::report(OfRequest) -> ReportView;
            requests::cancel(OfRequest) -> RequestView;
            requests::retry(Retrying) -> RequestView;
            requests::remove(OfRequest) -> ();

            results::save(Saving) -> Option<Saved>;
            results::show_results(OfRequest) -> ();
            results::source(OfImage) -> Response;

            following::watch(OfRequest) -> u32;
            following::unwatch(OfNumber) -> ();

            webhooks::webhooks(FromCursor) -> WebhookList;
            webhooks::webhook(OfWebhook) -> WebhookView;
            webhooks::add_webhook(WebhookDraft) -> WebhookSecretView;
            webhooks::change_webhook(ChangingWebhook) -> WebhookView;
            webhooks::rotate_webhook(OfWebhook) -> WebhookSecretView;
            webhooks::remove_webhook(OfWebhook) -> ();
            webhooks::test_webhook(OfWebhook) -> DeliveryView;
            webhooks::deliveries(Deliveries) -> DeliveryList;
            webhooks::redeliver(OfDelivery) -> DeliveryView;

            keys::keys(FromCursor) -> KeyList;
            keys::add_key(KeyOrder) -> NewKeyView;
            keys::rotate_key(OfKey) -> NewKeyView;
            keys::revoke_key(OfKey) -> Option<KeyView>;

            offers::offers(Nothing) -> Vec<Offer>;
            offers::choose(Choosing) -> Vec<Offer>;
            offers::offer_text(Text) -> Offer;

            ways::settings(Nothing) -> SettingsView;
            ways::way(Nothing) -> WayView;
            ways::change_way(ChangingWay) -> WayView;
            ways::set_autostart(Switch) -> SettingsView;
            ways::show_folder(ShowingFolder) -> ();
            ways::queue(Nothing) -> Vec<QueuedView>;
            ways::unqueue(OfQueued) -> ();
            ways::quit(Nothing) -> ();

            folders::choose_folder(Nothing) -> Option<ChosenFolder>;
            folders::folders(Nothing) -> Vec<FolderSettingView>;
            folders::add_folder(AddingFolder) -> FolderSettingView;
            folders::change_folder(ChangingFolder) -> FolderSettingView;
            folders::remove_folder(OfFolder) -> ();
            folders::pause_folder(OfFolder) -> FolderSettingView;
            folders::resume_folder(OfFolder) -> FolderSettingView;
            folders::watched_sheets(Nothing) -> Vec<WatchedSheetView>;

            sync::sync(Nothing) -> SyncView;
            sync::set_sync(SettingSync) -> SettingsView;
            sync::pause_sync(Nothing) -> SyncView;
            sync::resume_sync(Nothing) -> SyncView;
            sync::retry_parked(Nothing) -> SyncView;
        }
    };
}
