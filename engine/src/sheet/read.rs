//! Goes through a sheet row by row and makes products out of sound rows.

use std::{fs::File, io};

use super::{
    Fault, FaultCode, Faults, Header, Limits, Options, Role, SheetError, cell,
    fault::shown,
    link,
    rows::{Flaw, Row, Rows},
};
use crate::model::{Image, ImageState, InvalidRecipe, Product, RecipeChange};

/// One pass over the rows under the header.
pub(super) struct Pass<'a> {
    pub(super) rows: Rows<&'a File>,
    pub(super) row: Row,
    pub(super) header: &'a Header,
    pub(super) options: Options,
    pub(super) products: u64,
}

impl Pass<'_> {
    /// Moves on to the next row; `false` behind the last one, or where there are too many.
    pub(super) fn advance(&mut self, faults: &mut Faults) -> io::Result<bool> {
        if !self.rows.read(&mut self.row)? {
            return Ok(false);
        }
        let max_rows = self.options.limits.max_rows;
        if self.products == max_rows {
            faults.add(|| Fault {
                line: self.row.line,
                column: None,
                code: FaultCode::TooManyRows,
                message: format!("The sheet has more than {max_rows} rows: split it."),
            });
            return Ok(false);
        }
        self.products += 1;
        Ok(true)
    }

    /// Whether the row has the shape of the header and holds nothing but text; tells if not.
    pub(super) fn is_sound(&self, faults: &mut Faults) -> bool {
        let before = faults.count();
        if let Some(flaw) = self.row.flaw {
            faults.add(|| flawed(&self.row, flaw, &self.options.limits));
        } else if self.is_ragged() {
            faults.add(|| self.ragged());
        } else {
            self.check_text(faults);
        }
        faults.count() == before
    }

    /// Makes a product of a sound row; `None` where its cells have faults, which it tells.
    pub(super) fn product(&self, faults: &mut Faults) -> Option<Product> {
        let before = faults.count();
        Cells { pass: self, faults, before }.product()
    }

    /// Checks a sound row as [`Pass::product`] does and counts its images, without making a product
    /// where nothing in the row is out of the common.
    pub(super) fn check(&self, faults: &mut Faults) -> usize {
        match self.plain_images() {
            Some(images) => images,
            None => self.product(faults).map_or(0, |product| product.images.len()),
        }
    }

    fn plain_images(&self) -> Option<usize> {
        let Limits { max_url_bytes, max_images_per_row, .. } = self.options.limits;
        let is_empty = |role: Role| self.cell(role).is_empty();
        let is_plain = Role::ALL.iter().all(|&role| match role {
            Role::SerialNumber | Role::ProductName | Role::InputImageUrls => !is_empty(role),
            Role::Format | Role::Quality | Role::MaxWidth | Role::MaxHeight => is_empty(role),
            Role::OutputImageUrls => is_empty(role),
            Role::Errors => true,
        });
        let mut images = 0;
        for (_, text) in cell::split(self.cell(Role::InputImageUrls)) {
            if !is_plain || !link::is_plain(text, max_url_bytes) {
                return None;
            }
            images += 1;
        }
        (1..=max_images_per_row).contains(&images).then_some(images)
    }

    /// The fault of a row whose serial number was seen before, on the line `first`.
    pub(super) fn duplicate(&self, first: u64) -> Fault {
        let place = self.header.place(Role::SerialNumber).unwrap_or_default();
        let serial = shown(self.cell(Role::SerialNumber));
        Fault {
            line: self.row.line_at(place, 0),
            column: self.header.label(place),
            code: FaultCode::DuplicateSerialNumber,
            message: format!("`{serial}` is on line {first} already: give each row its own."),
        }
    }

    /// The trimmed cell with that role; empty where the sheet has no such column.
    pub(super) fn cell(&self, role: Role) -> &str {
        self.header.place(role).map_or("", |place| self.row.cell(place).trim())
    }

    fn is_ragged(&self) -> bool {
        let (cells, width) = (self.row.len(), self.header.cells().len());
        if cells < width {
            !self.header.is_unnamed_from(cells)
        } else {
            (width..cells).any(|place| !self.row.cell(place).trim().is_empty())
        }
    }

    fn ragged(&self) -> Fault {
        let (cells, width) = (self.row.len(), self.header.cells().len());
        let is_link = |place| cell::scheme(self.row.cell(place).trim()).is_some();
        let (place, advice) = if cells < width {
            (None, "Add the cells that are missing, or delete the row.")
        } else if (width..cells).any(is_link) {
            let advice = "Put a cell that holds several links in quotes, such as \
                          \"https://a.com/1.jpg, https://a.com/2.jpg\".";
            (self.header.place(Role::InputImageUrls), advice)
        } else {
            (None, "Put a cell that holds the delimiter in quotes, such as \"Shirt, blue\".")
        };
        let plural = if cells == 1 { "" } else { "s" };
        Fault {
            line: self.row.line,
            column: place.and_then(|place| self.header.label(place)),
            code: FaultCode::RaggedRow,
            message: format!("The row has {cells} cell{plural}, the header {width}. {advice}"),
        }
    }

    /// Tells of cells that hold no text, or too much of it; the header's too, while it is the row.
    pub(super) fn check_text(&self, faults: &mut Faults) {
        let has_nul = memchr::memchr(0, self.row.text().as_bytes()).is_some();
        let has_unreadable = self.rows.has_unreadable() && self.row.text().contains('\u{FFFD}');
        let max_bytes = self.options.limits.max_cell_bytes;
        let has_long = self.row.text().len() > max_bytes;
        if !(has_nul || has_unreadable || has_long) {
            return;
        }
        for (place, cell) in self.row.cells().enumerate() {
            let mut add = |at, code, message| {
                faults.add(|| Fault {
                    line: self.row.line_at(place, at),
                    column: self.header.label(place),
                    code,
                    message,
                });
            };
            if let Some(at) = cell.find('\0') {
                let message = "The cell holds a NUL character: type it anew.".to_owned();
                add(at, FaultCode::NulByte, message);
            }
            if let Some(at) = cell.find('\u{FFFD}').filter(|_| has_unreadable) {
                let message = "The cell holds bytes that are no text: save the sheet as \
                               CSV UTF-8."
                    .to_owned();
                add(at, FaultCode::UnreadableText, message);
            }
            if cell.len() > max_bytes {
                let message = format!("The cell has more than {max_bytes} bytes: shorten it.");
                add(0, FaultCode::CellTooLong, message);
            }
        }
    }
}

/// Why a row, be it the header, cannot be used.
pub(super) fn flawed(row: &Row, flaw: Flaw, limits: &Limits) -> Fault {
    let (line, code, message) = match flaw {
        Flaw::Unterminated(line) => (
            line,
            FaultCode::UnterminatedQuote,
            "A cell on this line begins with a quote (\") and has none at its end: add it there."
                .to_owned(),
        ),
        Flaw::TooLong => (
            row.line,
            FaultCode::RowTooLong,
            format!("The row has more than {} bytes: shorten it.", limits.max_row_bytes),
        ),
    };
    Fault { line, column: None, code, message }
}

/// The cells of one row while they are made into a product.
struct Cells<'a, 'b> {
    pass: &'a Pass<'b>,
    faults: &'a mut Faults,
    /// How many faults there were above this row.
    before: u64,
}

impl Cells<'_, '_> {
    fn product(mut self) -> Option<Product> {
        let serial_number = self.needed(Role::SerialNumber);
        let product_name = self.needed(Role::ProductName);
        let mut images = self.images();
        self.outputs(&mut images);
        let recipe_change = RecipeChange {
            format: self.recipe(Role::Format),
            quality: self.recipe(Role::Quality),
            max_width: self.recipe(Role::MaxWidth),
            max_height: self.recipe(Role::MaxHeight),
        };
        let line = self.pass.row.line;
        let product = Product { line, serial_number, product_name, images, recipe_change };
        self.is_faultless().then_some(product)
    }

    fn is_faultless(&self) -> bool {
        self.faults.count() == self.before
    }

    fn needed(&mut self, role: Role) -> String {
        let text = self.pass.cell(role);
        if text.is_empty() && self.pass.header.place(role).is_some() {
            self.fault(role, 0, FaultCode::MissingField, || {
                format!("The cell is empty: every row needs a {}.", role.name())
            });
        }
        text.to_owned()
    }

    fn images(&mut self) -> Vec<Image> {
        let role = Role::InputImageUrls;
        let Limits { max_url_bytes, max_images_per_row, .. } = self.pass.options.limits;
        let Some(place) = self.pass.header.place(role) else { return Vec::new() };
        let pass = self.pass;
        let mut images = Vec::new();
        let mut count = 0;
        for (at, text) in cell::split(pass.row.cell(place)) {
            count += 1;
            if count > max_images_per_row {
                self.fault(role, at, FaultCode::TooManyImages, || {
                    format!("The row has more than {max_images_per_row} links: split it.")
                });
                break;
            }
            match link::read(text, pass.options.links, max_url_bytes) {
                Ok(link) => images.push(Image { link, state: ImageState::Waiting }),
                Err((code, message)) => self.fault(role, at, code, || message),
            }
        }
        if count == 0 {
            self.fault(role, 0, FaultCode::NoUrl, || {
                "The cell is empty: every row needs one link to an image or more.".to_owned()
            });
        }
        images
    }

    /// Gives the images what an earlier run made of them.
    fn outputs(&mut self, images: &mut [Image]) {
        let role = Role::OutputImageUrls;
        let text = self.pass.cell(role);
        if text.is_empty() {
            return;
        }
        let count = cell::split_places(text).count();
        // Faulty input links are not among the images: then the places cannot be compared.
        if count > images.len() && self.is_faultless() {
            let inputs = images.len();
            self.fault(role, 0, FaultCode::TooManyOutputs, || {
                format!(
                    "There are {count} output links for {inputs} input links: clear the cell, and \
                     all of the row's images are made anew."
                )
            });
            return;
        }
        for (image, output) in images.iter_mut().zip(cell::split_places(text)) {
            let Some(output) = output else { continue };
            if output.starts_with(['=', '+', '-', '@']) || output.contains(char::is_control) {
                self.fault(role, 0, FaultCode::BadOutput, || {
                    format!(
                        "`{}` is not an output link: clear the cell, and the row's images are \
                         made anew.",
                        shown(output)
                    )
                });
                return;
            }
            image.state = ImageState::Kept { output: output.to_owned() };
        }
    }

    fn recipe<T: std::str::FromStr<Err = InvalidRecipe>>(&mut self, role: Role) -> Option<T> {
        let text = self.pass.cell(role);
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(role, 0, FaultCode::BadRecipe, || format!("{error}."));
                None
            }
        }
    }

    fn fault(&mut self, role: Role, at: usize, code: FaultCode, message: impl FnOnce() -> String) {
        let Pass { header, row, .. } = self.pass;
        let place = header.place(role);
        self.faults.add(|| Fault {
            line: place.map_or(row.line, |place| row.line_at(place, at)),
            column: place.and_then(|place| header.label(place)),
            code,
            message: message(),
        });
    }
}

/// The products of a sheet, in its order; ends behind the first error.
///
/// Each row is checked by itself. What only shows over the whole sheet (no rows at all, a serial
/// number that is there twice) is [`Sheet::check`](super::Sheet::check)'s to find.
pub struct Products<'a> {
    pub(super) pass: Option<Pass<'a>>,
}

impl Iterator for Products<'_> {
    type Item = Result<Product, SheetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let pass = self.pass.as_mut()?;
        let next = next_product(pass);
        if !matches!(next, Ok(Some(_))) {
            self.pass = None;
        }
        next.transpose()
    }
}

fn next_product(pass: &mut Pass<'_>) -> Result<Option<Product>, SheetError> {
    let mut faults = Faults::default();
    let mut product = None;
    if pass.advance(&mut faults)? && pass.is_sound(&mut faults) {
        product = pass.product(&mut faults);
    }
    Ok(faults.or(product)?)
}
