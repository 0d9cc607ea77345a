//! A process that has nothing to do looks ever more seldom.

use super::*;
use crate::store::contract::Spy;

#[tokio::test(start_paused = true)]
async fn who_has_nothing_to_do_looks_often_at_first_and_then_every_five_seconds() {
    let desk = Desk::open(Terms::default()).await;
    let spy = Arc::new(Spy::on(Arc::clone(&desk.store)));
    let idle = desk.process(spy.clone());
    idle.start(OutputLinks::BESIDE_SHEET).await.unwrap();
    let mut looks = Vec::new();
    for seconds in [8, 60] {
        let before = spy.looks_at_the_clock();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        looks.push(spy.looks_at_the_clock() - before);
    }
    assert!(idle.stop(Duration::from_secs(1)).await);
    // After 0.25, 0.5, 1, 2 and 4 s; what is old is looked for once as well.
    assert!((5..=7).contains(&looks[0]), "{looks:?}");
    assert!((11..=12).contains(&looks[1]), "{looks:?}");
}
