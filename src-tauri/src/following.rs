//! Requests that the page follows: each by a number, until it leaves them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::{StreamExt, stream::BoxStream};
use tokio::task::AbortHandle;

use crate::wire::Watched;

/// Requests that the page follows.
#[derive(Default)]
pub(crate) struct Following(Mutex<Followed>);

#[derive(Default)]
struct Followed {
    last: u32,
    tasks: HashMap<u32, AbortHandle>,
}

impl Following {
    /// Tells what is heard from now on, until nobody takes it any more; gives the number to leave by.
    pub(crate) fn begin(
        &self,
        mut heard: BoxStream<'static, Watched>,
        tell: impl Fn(Watched) -> bool + Send + 'static,
    ) -> u32 {
        let task = tokio::spawn(async move {
            while let Some(watched) = heard.next().await {
                if !tell(watched) {
                    return;
                }
            }
        });
        let mut followed = self.followed();
        followed.tasks.retain(|_, task| !task.is_finished());
        followed.last = followed.last.wrapping_add(1);
        let number = followed.last;
        followed.tasks.insert(number, task.abort_handle());
        number
    }

    /// Tells nothing more. What has ended need not be left.
    pub(crate) fn leave(&self, number: u32) {
        if let Some(task) = self.followed().tasks.remove(&number) {
            task.abort();
        }
    }

    /// Leaves all, as when the page is no more.
    pub(crate) fn leave_all(&self) {
        self.followed().tasks.drain().for_each(|(_, task)| task.abort());
    }

    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
