//! The commands that the page may call: each an adapter that asks the app and answers a view.

#![expect(clippy::let_underscore_must_use, reason = "Tauri's macro writes one for each command")]

#[macro_use]
mod table;
mod sheets;
mod requests;
mod results;
mod following;
mod webhooks;
mod keys;
mod offers;
mod ways;
mod folders;
mod sync;

/// What answers the commands of the table.
pub(crate) fn handler<R: tauri::Runtime>()
-> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static {
    macro_rules! handler {
        ($($room:ident::$name:ident($asked:ty) -> $answer:ty;)*) => {
            tauri::generate_handler![$($room::$name),*]
        };
    }
    commands!(handler)
}
