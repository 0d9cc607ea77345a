//! Makes products out of sound rows, or tells what is wrong in their cells.

use super::{Fault, FaultCode, Faults, Limits, Role, cell, fault::shown, link, pass::Pass};
use crate::model::{Image, ImageState, InvalidRecipe, Product, RecipeChange};

impl Pass<'_> {
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
                Ok(link) => images.push(Image::new(link, ImageState::Waiting)),
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
