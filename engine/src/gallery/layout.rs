//! Which object bears which name.

use object_store::path::Path;

use super::RenditionName;
use crate::model::RequestId;

/// How a gallery arranges its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `images/{requestId}/{name}` and `sheets/{requestId}.csv`. Default: this one.
    #[default]
    ByRequest,
    /// `images/{name}` and `.pixmill/sheets/{requestId}.csv`, for a folder that holds the results
    /// of one sheet.
    OneSheet,
}

impl Layout {
    /// Whether the images of a request lie apart from all others.
    pub(super) fn parts_requests(self) -> bool {
        match self {
            Layout::ByRequest => true,
            Layout::OneSheet => false,
        }
    }

    pub(super) fn images(self, id: RequestId) -> Path {
        match self {
            Layout::ByRequest => Path::from_iter(["images", &id.to_string()]),
            Layout::OneSheet => Path::from("images"),
        }
    }

    pub(super) fn image(self, id: RequestId, name: &RenditionName) -> Path {
        self.images(id).join(name.as_str())
    }

    pub(super) fn sheet(self, id: RequestId) -> Path {
        let file = format!("{id}.csv");
        match self {
            Layout::ByRequest => Path::from_iter(["sheets", &file]),
            Layout::OneSheet => Path::from_iter([".pixmill", "sheets", &file]),
        }
    }
}
