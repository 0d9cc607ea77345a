//! Whose fault it is that MongoDB did not do something: what is to be done about it depends on that.

use mongodb::error::{Error, ErrorKind, WriteFailure};

/// MongoDB's codes for who may not do something, and for who is not who it says.
const REFUSALS: [i32; 3] = [13, 18, 8_000];
/// MongoDB's codes for documents that it does not take: too large in one way or another, not as the
/// collection wants them, or not readable.
const BAD_DOCUMENTS: [i32; 6] = [22, 121, 10_334, 17_280, 17_419, 17_420];

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// Of who asks: the database knows no such user, or the user may not do this.
    Asker,
    /// Of what was to be written: it will never be taken as it is.
    Document,
    /// Of nobody: the database is away or busy, and may do it later.
    Nobody,
}

impl Blame {
    /// Whose fault an error of the driver is.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is another crate's and may grow")]
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind.as_ref() {
            ErrorKind::Authentication { .. } => Blame::Asker,
            ErrorKind::BsonSerialization(_) | ErrorKind::InvalidArgument { .. } => Blame::Document,
            ErrorKind::Command(command) => Blame::of_code(command.code),
            ErrorKind::Write(WriteFailure::WriteError(error)) => Blame::of_code(error.code),
            ErrorKind::InsertMany(many) => {
                let errors = many.write_errors.iter().flatten();
                let blames: Vec<Blame> = errors.map(|error| Blame::of_code(error.code)).collect();
                let is_so = |blame: &Blame| blames.contains(blame);
                let told = [Blame::Asker, Blame::Document].into_iter().find(is_so);
                told.unwrap_or(Blame::Nobody)
            }
            _ => Blame::Nobody,
        }
    }

    fn of_code(code: i32) -> Self {
        if REFUSALS.contains(&code) {
            Blame::Asker
        } else if BAD_DOCUMENTS.contains(&code) {
            Blame::Document
        } else {
            Blame::Nobody
        }
    }
}
