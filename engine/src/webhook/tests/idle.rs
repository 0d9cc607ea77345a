//! A process that has nothing to do looks ever more seldom.

use super::{
    clockwork::{Clockwork, Deed},
    *,
};

const CALLS: usize = 1_000;

#[tokio::test(start_paused = true)]
async fn who_has_nothing_to_do_looks_often_at_first_and_then_every_five_seconds() {
    let desk = Desk::open(Terms::default()).await;
    let clockwork = Clockwork::new(&desk.store, CALLS, Deed::Dawdle);
    let idle = desk.process(clockwork.clone());
    idle.start(OutputLinks::BesideSheet).await.unwrap();
    let mut looks = Vec::new();
    for seconds in [8, 60] {
        let before = clockwork.calls_left();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        looks.push(before - clockwork.calls_left());
    }
    assert!(idle.stop(Duration::from_secs(1)).await);
    // After 0.25, 0.5, 1, 2 and 4 s; what is old is looked for once as well.
    assert!((5..=7).contains(&looks[0]), "{looks:?}");
    assert!((11..=12).contains(&looks[1]), "{looks:?}");
}
