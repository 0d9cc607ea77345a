//! Notifications of the system, with a button.

use notify_rust::Notification;
use tracing::debug;

use crate::around::Notice;

/// What the button says.
const SHOW_RESULTS: &str = "Show results";
/// What the button is known by.
const BUTTON: &str = "show";
/// What a click beside the button is known by (Desktop Notifications Specification 1.2).
const CLICK: &str = "default";

/// Shows a notification; `follow` is called where the person follows it. Without anything that shows
/// notifications, nothing happens.
pub(crate) fn show(notice: Notice, follow: impl FnOnce() + Send + 'static) {
    // It waits for the person on a thread of its own, until the notification goes away.
    let shown = std::thread::Builder::new().name("notice".to_owned()).spawn(move || {
        let mut notification = Notification::new();
        notification.appname("Pixmill").summary(&notice.title).body(&notice.body);
        #[cfg(target_os = "linux")]
        notification.icon("pixmill-desktop").action(CLICK, SHOW_RESULTS);
        // Windows knows an app that is installed by this; what is built for a test is none.
        #[cfg(all(windows, not(debug_assertions)))]
        notification.app_id("org.pixmill.desktop");
        match notification.action(BUTTON, SHOW_RESULTS).show() {
            Ok(handle) => handle.wait_for_action(|action| {
                if [BUTTON, CLICK].contains(&action) {
                    follow();
                }
            }),
            Err(error) => debug!(%error, "a notification was not shown"),
        }
    });
    if let Err(error) = shown {
        debug!(%error, "a notification was not shown");
    }
}
