//! Notifications of the system, with a button where the system has such.

use notify_rust::Notification;
use tracing::debug;

use crate::around::Notice;

/// What the button is known by.
#[cfg(target_os = "linux")]
const SHOW: &str = "default";

/// Shows a notification; `follow` is called where the person follows it. Without anything that shows
/// notifications, nothing happens.
pub(crate) fn show(notice: Notice, follow: impl FnOnce() + Send + 'static) {
    // It waits for the person on a thread of its own, until the notification goes away.
    let shown = std::thread::Builder::new().name("notice".to_owned()).spawn(move || {
        let mut notification = Notification::new();
        notification.appname("Pixmill").summary(&notice.title).body(&notice.body);
        show_and_wait(&mut notification, follow);
    });
    if let Err(error) = shown {
        debug!(%error, "a notification was not shown");
    }
}

#[cfg(target_os = "linux")]
fn show_and_wait(notification: &mut Notification, follow: impl FnOnce()) {
    notification
        .icon("pixmill-desktop")
        .action(SHOW, "Show results")
        .action("show", "Show results");
    match notification.show() {
        Ok(handle) => handle.wait_for_action(|action| {
            if [SHOW, "show"].contains(&action) {
                follow();
            }
        }),
        Err(error) => debug!(%error, "a notification was not shown"),
    }
}

/// Here the results are shown by the window only.
#[cfg(not(target_os = "linux"))]
fn show_and_wait(notification: &mut Notification, _follow: impl FnOnce()) {
    if let Err(error) = notification.show() {
        debug!(%error, "a notification was not shown");
    }
}
