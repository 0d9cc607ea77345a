//! Whether what an earlier call has made is still there.

use std::{fs::File, io, path::Path};

use pixmill_engine::{
    Engine, Error,
    model::{ImageState, RequestId},
    sheet::{Options, Sheet, SheetError},
    wire::{Limit, ProductCursor},
};

/// Whether each rendition that a request has made of a sheet is in the folder for the results.
///
/// What the sheet itself says was made earlier is not looked for: no work would make it.
pub(super) async fn are_there(
    engine: &Engine,
    id: RequestId,
    sheet: &Path,
    options: Options,
    out: &Path,
) -> Result<bool, Error> {
    let unread = |error: io::Error| SheetError::Io(error);
    let mut sheet = Sheet::open(File::open(sheet).map_err(unread)?, options)?;
    let mut products = sheet.products()?;
    let mut next = Some(ProductCursor::default());
    while let Some(from) = next {
        let page = engine.status(id, from.into(), longest_page()).await?;
        for (view, product) in page.processed_data.iter().zip(&mut products) {
            let images = product?.images;
            for (output, image) in view.output_image_urls.iter().zip(images) {
                let is_ours = matches!(image.state, ImageState::Waiting);
                if let Some(output) = output
                    && is_ours
                    && !out.join(output).is_file()
                {
                    return Ok(false);
                }
            }
        }
        next = page.next_cursor.and_then(|cursor| cursor.parse().ok());
    }
    Ok(true)
}

/// A page of as many products as there can be.
pub(super) fn longest_page() -> Limit {
    "1000".parse().expect("it is the largest limit there is")
}
