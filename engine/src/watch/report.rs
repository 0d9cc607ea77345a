//! What was wrong with a sheet, in a file for people beside it.

use std::fmt::Write;

use futures_util::TryStreamExt;

use crate::{
    engine::Engine,
    error::Error,
    model::{ImageState, RequestId},
    sheet::Faults,
};

/// How many failures are told one by one.
const TOLD: usize = 1_000;

/// The faults of a sheet, one a line.
pub(super) fn of_faults(file_name: &str, faults: &Faults) -> String {
    let mut text = format!("{file_name} was refused: nothing has been done.\n\n");
    for fault in &faults.listed {
        push(&mut text, &format!("{fault} [{}]", fault.code));
    }
    if faults.more > 0 {
        push(&mut text, &format!("and {} more", faults.more));
    }
    text
}

/// The images of a request that have failed, one a line.
pub(super) async fn of_failures(
    engine: &Engine,
    id: RequestId,
    file_name: &str,
    what: &str,
) -> Result<String, Error> {
    let mut text = format!("{file_name}: {what}.\n\n");
    let mut count = 0;
    let mut batches = engine.requests().all_batches(id);
    while let Some(batch) = batches.try_next().await? {
        for product in &batch.products {
            for image in &product.images {
                let ImageState::Failed(failure) = &image.state else { continue };
                count += 1;
                if count <= TOLD {
                    let (line, link) = (product.line, image.link.as_str());
                    push(&mut text, &format!("line {line}: {link}: {}", failure.message));
                }
            }
        }
    }
    if count > TOLD {
        push(&mut text, &format!("and {} more: see the results", count - TOLD));
    }
    Ok(text)
}

/// Adds a line, whatever is in it.
fn push(text: &mut String, line: &str) {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    writeln!(text, "{line}").expect("a string can be written to");
}
