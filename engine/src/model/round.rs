//! The rounds of a request: in each after the first, failed images are tried again.

use serde::{Deserialize, Serialize};

use super::Failure;

/// Which failed images are to be tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Again {
    /// All of them.
    #[default]
    All,
    /// Those that failed for one [reason](Failure::reason).
    Reason(String),
}

impl Again {
    fn takes(&self, failure: &Failure) -> bool {
        match self {
            Again::All => true,
            Again::Reason(reason) => failure.reason == *reason,
        }
    }
}

/// The rounds that a request has come through, the present one included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rounds(Vec<Again>);

impl Rounds {
    /// The number of the present round, from 0.
    #[must_use]
    pub fn present(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Begins another round.
    pub fn begin(&mut self, again: Again) {
        // A round that tries everything again makes those before it of no account, but not their
        // number.
        if again == Again::All {
            self.0.fill(Again::All);
        }
        self.0.push(again);
    }

    /// Whether an image that failed up to round `last` is tried again in a later one.
    #[must_use]
    pub fn take_up(&self, failure: &Failure, last: u32) -> bool {
        let later = usize::try_from(last).unwrap_or(usize::MAX);
        self.0.iter().skip(later).any(|again| again.takes(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureCode;

    fn failure(reason: &str) -> Failure {
        Failure {
            code: FailureCode::HttpStatus,
            message: reason.to_owned(),
            reason: reason.to_owned(),
            is_retryable: true,
        }
    }

    #[test]
    fn what_failed_is_taken_up_by_a_later_round_for_its_reason() {
        let (missing, late) = (failure("HTTP 404"), failure("timeout"));
        let mut rounds = Rounds::default();
        assert!(!rounds.take_up(&missing, 0));
        rounds.begin(Again::Reason("HTTP 404".to_owned()));
        assert_eq!((rounds.take_up(&missing, 0), rounds.take_up(&late, 0)), (true, false));
        assert!(!rounds.take_up(&missing, 1), "it has failed in that round");
        rounds.begin(Again::Reason("timeout".to_owned()));
        assert_eq!((rounds.take_up(&missing, 0), rounds.take_up(&missing, 1)), (true, false));
        assert!(rounds.take_up(&late, 1));
        rounds.begin(Again::All);
        assert_eq!((rounds.present(), rounds.take_up(&missing, 2)), (3, true));
    }
}
