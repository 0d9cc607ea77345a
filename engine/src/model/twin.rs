//! Images of a request that one rendition will do for.

use std::fmt;

use super::{Image, ImageState, Link, Product, Recipe};

/// What two images of a request share whose link and recipe are the same: one rendition will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TwinKey([u8; 16]);

impl TwinKey {
    /// The key of an image with this link that is to be compressed so.
    #[must_use]
    pub fn new(link: &Link, recipe: &Recipe) -> Self {
        let kind = match link {
            Link::Web(_) => "web",
            Link::File(_) => "file",
        };
        let hash = blake3::hash(format!("{kind}\n{recipe:?}\n{}", link.as_str()).as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hash.as_bytes()[..16]);
        TwinKey(key)
    }

    /// The half of it that [`Repeats`] goes by.
    fn short(self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for TwinKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Finds out which images of a request have twins, in two passes over its products: the first notes
/// all images, the second marks them.
///
/// It holds eight bytes an image. Should two links share those by chance, then a twin is looked for
/// that there is not, and nothing else.
#[derive(Debug, Default)]
pub struct Repeats {
    noted: Vec<u64>,
}

/// Which keys were noted more than once; `None` where there were too many to tell.
#[derive(Debug)]
pub struct Repeated(Option<Vec<u64>>);

/// How many images are told apart: it bounds the memory to 64 MiB. A sheet as large as may be has as
/// many only if its links have fewer than 32 characters; then each is taken to have a twin.
const MOST_NOTED: usize = 8 << 20;

impl Repeats {
    /// Nothing noted, and room for so many images.
    #[must_use]
    pub fn with_room_for(images: u64) -> Self {
        let images = usize::try_from(images).unwrap_or(usize::MAX);
        Repeats { noted: Vec::with_capacity(images.min(MOST_NOTED)) }
    }

    /// Notes the images of a product that are to be made.
    pub fn note(&mut self, product: &Product, recipe: &Recipe) {
        let recipe = recipe.changed_by(&product.recipe_change);
        let waiting = product.images.iter().filter(|image| is_to_be_made(image));
        let room = MOST_NOTED - self.noted.len();
        let keys = waiting.map(|image| TwinKey::new(&image.link, &recipe).short());
        self.noted.extend(keys.take(room));
    }

    /// Keeps only what was noted more than once.
    #[must_use]
    pub fn repeated(self) -> Repeated {
        let mut keys = self.noted;
        if keys.len() == MOST_NOTED {
            return Repeated(None);
        }
        keys.sort_unstable();
        let mut kept = 0;
        for at in 1..keys.len() {
            if keys[at] == keys[at - 1] && keys[..kept].last() != Some(&keys[at]) {
                keys[kept] = keys[at];
                kept += 1;
            }
        }
        keys.truncate(kept);
        keys.shrink_to_fit();
        Repeated(Some(keys))
    }
}

impl Repeated {
    /// Marks the images of a product that have twins.
    pub fn mark(&self, product: &mut Product, recipe: &Recipe) {
        let recipe = recipe.changed_by(&product.recipe_change);
        for image in product.images.iter_mut().filter(|image| is_to_be_made(image)) {
            let is_repeated = |keys: &Vec<u64>| {
                keys.binary_search(&TwinKey::new(&image.link, &recipe).short()).is_ok()
            };
            image.has_twin = self.0.as_ref().is_none_or(is_repeated);
        }
    }
}

fn is_to_be_made(image: &Image) -> bool {
    matches!(image.state, ImageState::Waiting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Format, FormatChoice, RecipeChange};

    fn product(names: &[&str], format: Option<Format>) -> Product {
        let image = |name: &&str| Image::new(Link::File((*name).to_owned()), ImageState::Waiting);
        let format = format.map(FormatChoice::Convert);
        Product {
            line: 2,
            serial_number: "1".to_owned(),
            product_name: "Mug".to_owned(),
            images: names.iter().map(image).collect(),
            recipe_change: RecipeChange { format, ..RecipeChange::default() },
        }
    }

    #[test]
    fn an_image_has_a_twin_where_link_and_recipe_occur_again() {
        let kept = ImageState::Kept { output: "https://shop.example/d.webp".to_owned() };
        let mut products = [
            product(&["a", "b", "a", "c"], None),
            product(&["b", "c", "d", "e"], Some(Format::Png)),
            // This is what they are made into anyhow.
            product(&["c", "f", "d", "a"], Some(Format::Webp)),
            product(&["d"], None),
        ];
        products[3].images[0].state = kept;
        let (mut repeats, recipe) = (Repeats::with_room_for(13), Recipe::default());
        products.iter().for_each(|product| repeats.note(product, &recipe));
        let repeated = repeats.repeated();
        products.iter_mut().for_each(|product| repeated.mark(product, &recipe));
        let marked = products.iter().flat_map(|product| &product.images);
        let marked: String = marked.map(|image| if image.has_twin { 'x' } else { '.' }).collect();
        assert_eq!(marked, "x.xx....x..x.");
    }

    #[test]
    fn nothing_at_all_has_no_twins() {
        let mut product = product(&["a"], None);
        let recipe = Recipe::default();
        Repeats::default().repeated().mark(&mut product, &recipe);
        assert!(!product.images[0].has_twin);
    }
}
