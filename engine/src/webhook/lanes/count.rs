//! How many tries are in hand, and of what kind.

/// How a receiver is getting on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Standing {
    /// Nothing is known of it.
    #[default]
    New,
    /// Its last try got through.
    Good,
    /// Its last try failed.
    Failing,
}

impl Standing {
    pub(super) fn is_doubtful(self) -> bool {
        match self {
            Standing::New | Standing::Failing => true,
            Standing::Good => false,
        }
    }
}

/// How many are in hand.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) total: usize,
    /// Those that are not known to answer.
    pub(super) doubtful: usize,
    /// Those whose last try failed, and those that gave their room back.
    pub(super) failing: usize,
    /// Those that gave their room back: they are in no other count but the one of those that fail.
    pub(super) slow: usize,
}

/// As what something is in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It takes room, as a receiver of this standing.
    Room(Standing),
    /// It has given its room back.
    Slow,
}

impl Count {
    /// What one adds to each count.
    fn of(held: Held) -> Self {
        match held {
            Held::Slow => Count { failing: 1, slow: 1, ..Count::default() },
            Held::Room(standing) => Count {
                total: 1,
                doubtful: usize::from(standing.is_doubtful()),
                failing: usize::from(standing == Standing::Failing),
                slow: 0,
            },
        }
    }

    pub(super) fn raise(&mut self, held: Held) {
        let Count { total, doubtful, failing, slow } = Count::of(held);
        self.total += total;
        self.doubtful += doubtful;
        self.failing += failing;
        self.slow += slow;
    }

    pub(super) fn lower(&mut self, held: Held) {
        let Count { total, doubtful, failing, slow } = Count::of(held);
        self.total -= total;
        self.doubtful -= doubtful;
        self.failing -= failing;
        self.slow -= slow;
    }

    pub(super) fn is_empty(self) -> bool {
        self.total + self.slow == 0
    }
}
