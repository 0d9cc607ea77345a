//! How many tries are in hand, and of what kind.

/// How a receiver is getting on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Standing {
    /// Nothing is known of it.
    #[default]
    New,
    /// Its last try got through.
    Good,
    /// Its last try failed, and soon.
    Failing,
    /// Its last try went unanswered for a moment or longer.
    Silent,
}

impl Standing {
    pub(super) fn is_doubtful(self) -> bool {
        match self {
            Standing::New | Standing::Failing | Standing::Silent => true,
            Standing::Good => false,
        }
    }

    pub(super) fn has_failed(self) -> bool {
        match self {
            Standing::Failing | Standing::Silent => true,
            Standing::New | Standing::Good => false,
        }
    }
}

/// How many are in hand.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    /// Those that take room.
    pub(super) total: usize,
    /// Those of them that are not known to answer.
    pub(super) doubtful: usize,
    /// Those of them whose last try failed.
    pub(super) failing: usize,
    /// Those whose last try went unanswered, and those that gave their room back.
    pub(super) silent: usize,
    /// Those that gave their room back: they are in no other count but that of the silent.
    pub(super) slow: usize,
}

/// As what something is in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footing {
    /// It takes room, as a receiver of this standing.
    Room(Standing),
    /// It has given its room back.
    Slow,
}

impl Count {
    /// What one adds to each count.
    fn of(footing: Footing) -> Self {
        match footing {
            Footing::Slow => Count { silent: 1, slow: 1, ..Count::default() },
            Footing::Room(standing) => Count {
                total: 1,
                doubtful: usize::from(standing.is_doubtful()),
                failing: usize::from(standing == Standing::Failing),
                silent: usize::from(standing == Standing::Silent),
                slow: 0,
            },
        }
    }

    pub(super) fn raise(&mut self, footing: Footing) {
        let Count { total, doubtful, failing, silent, slow } = Count::of(footing);
        self.total += total;
        self.doubtful += doubtful;
        self.failing += failing;
        self.silent += silent;
        self.slow += slow;
    }

    pub(super) fn lower(&mut self, footing: Footing) {
        let Count { total, doubtful, failing, silent, slow } = Count::of(footing);
        self.total -= total;
        self.doubtful -= doubtful;
        self.failing -= failing;
        self.silent -= silent;
        self.slow -= slow;
    }

    pub(super) fn is_empty(self) -> bool {
        self.total + self.slow == 0
    }
}
