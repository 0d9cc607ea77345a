//! Random moves on requests and batches: none leads where the model does not allow.

use std::time::Duration;

use pixmill_engine::model::{
    Accepted, Again, Batch, BatchId, BatchState, Claim, EventType, Failure, FailureCode, Image,
    ImageState, Link, Outcome, Product, Reasons, Recipe, RecipeChange, Request, RequestId, Rounds,
    SheetFile, Status, Taken, Tally, Timestamp, WorkerId,
};
use proptest::prelude::*;

const LEASE: Duration = Duration::from_millis(10);
const IMAGES: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Claim,
    Renew { claim: usize },
    Record { claim: usize, image: usize, failed: Option<&'static str> },
    Release { claim: usize },
    Wait { millis: i64 },
    Round { again: Again },
}

fn step() -> impl Strategy<Value = Step> {
    let claim = 0..6_usize;
    prop_oneof![
        3 => Just(Step::Claim),
        2 => claim.clone().prop_map(|claim| Step::Renew { claim }),
        6 => (claim.clone(), 0..IMAGES, prop::option::of(reason()))
            .prop_map(|(claim, image, failed)| Step::Record { claim, image, failed }),
        1 => claim.prop_map(|claim| Step::Release { claim }),
        3 => (0..20_i64).prop_map(|millis| Step::Wait { millis }),
        1 => again().prop_map(|again| Step::Round { again }),
    ]
}

fn reason() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("HTTP 404"), Just("timeout")]
}

fn again() -> impl Strategy<Value = Again> {
    prop_oneof![Just(Again::All), reason().prop_map(|reason| Again::Reason(reason.to_owned())),]
}

fn state(failed: Option<&str>) -> ImageState {
    if let Some(reason) = failed {
        ImageState::Failed(Failure {
            code: FailureCode::HttpStatus,
            message: reason.to_owned(),
            reason: reason.to_owned(),
            is_retryable: false,
        })
    } else {
        ImageState::Kept { output: "https://shop.example/1.webp".to_owned() }
    }
}

fn batch() -> Batch {
    let image = |n: usize| Image::new(Link::File(format!("{n}.jpg")), ImageState::Waiting);
    let product = Product {
        line: 2,
        serial_number: "1".to_owned(),
        product_name: "Mug".to_owned(),
        images: (0..IMAGES).map(image).collect(),
        recipe_change: RecipeChange::default(),
    };
    Batch::new(BatchId { request: RequestId::fresh(), seq: 0 }, vec![product])
}

proptest! {
    #[test]
    fn only_the_last_claim_changes_a_batch(steps in prop::collection::vec(step(), 0..60)) {
        let mut batch = batch();
        let worker = WorkerId::fresh();
        let mut claims: Vec<Claim> = Vec::new();
        let (mut now, mut rounds) = (0, Rounds::default());
        for step in steps {
            let before = batch.clone();
            let time = Timestamp::from_millis(now);
            // The claim that a step names, if there is one, and whether it is the present one.
            let held = |claim: usize| {
                let claim = *claims.get(claim)?;
                let is_claimed = matches!(before.state, BatchState::Claimed { .. });
                Some((claim, is_claimed && claim.token == before.token))
            };
            match step {
                Step::Wait { millis } => now += millis,
                Step::Round { again } => rounds.begin(again),
                Step::Claim => {
                    let is_held = matches!(
                        before.state, BatchState::Claimed { lease_until, .. } if lease_until > time
                    );
                    let taken = batch.claim(worker, &rounds, time, LEASE);
                    if is_held {
                        prop_assert_eq!(taken, Taken::InHand);
                        prop_assert_eq!(&batch, &before);
                    }
                    if let Taken::Claimed(claim) = taken {
                        prop_assert!(claim.token > before.token);
                        claims.push(claim);
                    }
                }
                Step::Renew { claim } => if let Some((claim, is_good)) = held(claim) {
                    prop_assert_eq!(batch.renew(claim.token, time, LEASE).is_ok(), is_good);
                },
                Step::Release { claim } => if let Some((claim, is_good)) = held(claim) {
                    prop_assert_eq!(batch.release(claim.token).is_ok(), is_good);
                },
                Step::Record { claim, image, failed } => {
                    if let Some((claim, is_good)) = held(claim) {
                        let outcome = Outcome { product: 0, image, state: state(failed) };
                        let recorded = batch.record(claim.token, &[outcome]);
                        prop_assert_eq!(recorded.is_ok(), is_good);
                        if !is_good {
                            prop_assert_eq!(&batch, &before);
                        }
                        let was = &before.products[0].images[image].state;
                        if *was != ImageState::Waiting {
                            prop_assert_eq!(&batch.products[0].images[image].state, was);
                        }
                    }
                }
            }
            let is_settled = batch.state == BatchState::Settled;
            prop_assert_eq!(is_settled, batch.tally().waiting() == 0);
            prop_assert!(batch.token >= before.token);
        }
    }

    #[test]
    fn a_request_moves_only_along_its_statuses(moves in prop::collection::vec(0..6_u8, 0..40)) {
        let sheet = SheetFile { name: None, bytes: 1, hash: String::new(), folder: None };
        let recipe = Recipe::default();
        let accepted = Accepted { owner: None, recipe, sheet, products: 2, images: 2, batches: 2, hook: None };
        let mut request = Request::new(RequestId::fresh(), accepted, Timestamp::EPOCH);
        prop_assert_eq!(request.notices[0].event(), EventType::Received);
        let over = Tally { total: 2, done: 2, ..Tally::default() };
        let failed = Tally { total: 2, done: 1, failed: 1, ..Tally::default() };
        let reasons: Reasons = [("HTTP 404", 1)].into_iter().collect();
        for step in moves {
            let before = request.clone();
            let is_ok = match step {
                0 => request.advance(Timestamp::EPOCH).is_some(),
                1 => request.settle(&over, &Reasons::default(), Timestamp::EPOCH).is_ok(),
                2 => request.settle(&failed, &reasons, Timestamp::EPOCH).is_ok(),
                3 => request.cancel(&failed, Timestamp::EPOCH).is_ok(),
                4 => request.rest(&over).is_ok(),
                _ => request.retry(Again::All, &failed, Timestamp::EPOCH).is_ok(),
            };
            let moved = (before.status.name(), request.status.name());
            if !is_ok {
                prop_assert_eq!(&request, &before);
                continue;
            }
            let expected: &[(&str, &str)] = match step {
                0 => &[("received", "processing"), ("processing", "processing")],
                1 => &[("processing", "completed")],
                2 => &[("processing", "error")],
                3 => &[("received", "cancelled"), ("processing", "cancelled")],
                4 => &[("cancelled", "cancelled")],
                _ => &[("error", "processing"), ("cancelled", "processing")],
            };
            prop_assert!(expected.contains(&moved), "{} led from {:?}", step, moved);
            let ended = match moved.1 {
                "completed" => Some(over),
                "error" => Some(failed),
                // Nothing of it is in hand any more.
                "cancelled" if step == 4 => Some(over),
                _ => None,
            };
            prop_assert_eq!(request.final_tally(), ended);
            // Each change of status leaves a notice, and nothing else does.
            let is_change = moved.0 != moved.1;
            prop_assert_eq!(request.noticed, before.noticed + u64::from(is_change));
            let last = request.notices.last().map(|notice| (notice.number + 1, &notice.status));
            prop_assert_eq!(last, Some((request.noticed, &request.status)));
        }
    }
}

#[test]
fn a_request_is_not_settled_while_something_waits() {
    let sheet = SheetFile { name: None, bytes: 1, hash: String::new(), folder: None };
    let accepted = Accepted {
        owner: None,
        recipe: Recipe::default(),
        sheet,
        products: 1,
        images: 1,
        batches: 1,
        hook: None,
    };
    let mut request = Request::new(RequestId::fresh(), accepted, Timestamp::EPOCH);
    let waiting = Tally { total: 1, ..Tally::default() };
    request.advance(Timestamp::EPOCH).unwrap();
    let illegal = request.settle(&waiting, &Reasons::default(), Timestamp::EPOCH).unwrap_err();
    assert_eq!(illegal.to_string(), "a request that is processing cannot be settled");
    assert_eq!(request.status, Status::Processing);
}

#[test]
fn failures_are_counted_by_reason_the_commonest_first() {
    let reasons = [("timeout", 1), ("HTTP 404", 2), ("cut off", 2)];
    let reasons: Reasons = reasons.into_iter().collect();
    let tally = Tally { total: 120, failed: 5, ..Tally::default() };
    let message = "5 of 120 images failed: 2x HTTP 404, 2x cut off, 1x timeout";
    assert_eq!(reasons.error_message(&tally).as_deref(), Some(message));
    assert_eq!(Reasons::default().error_message(&Tally::default()), None);
}
