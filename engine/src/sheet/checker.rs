//! What is wrong in the rows of a sheet, one after the other.

use super::{Fault, FaultCode, Faults, Role, Summary, pass::Pass, serials::Serials};

/// Checks rows, and remembers of them what the later ones must not have as well.
#[derive(Default)]
pub(super) struct Checker {
    serials: Serials,
    images: u64,
}

impl Checker {
    /// Checks the row that the pass stands on.
    pub(super) fn check(&mut self, pass: &Pass<'_>, faults: &mut Faults) {
        if !pass.is_sound(faults) {
            return;
        }
        let serial = pass.cell(Role::SerialNumber);
        if !serial.is_empty()
            && let Some(first) = self.serials.note(serial, pass.row.line)
        {
            faults.add(|| pass.duplicate(first));
        }
        self.images += pass.check(faults) as u64;
    }

    /// What the sheet holds, behind its last row.
    pub(super) fn summary(&self, pass: &Pass<'_>, faults: &mut Faults) -> Summary {
        if pass.products == 0 {
            faults.add(|| Fault {
                line: pass.header.line,
                column: None,
                code: FaultCode::NoProducts,
                message: "The sheet has a header and no rows under it: add one for each product."
                    .to_owned(),
            });
        }
        Summary { products: pass.products, images: self.images }
    }
}
