//! The ids of files: `name#number`, a higher number with each version of a name.

use mongodb::gridfs::FilesCollectionDocument;

/// The number of one version of a name, counted from 1; 0 is what has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u64);

impl Version {
    /// The version that a file is.
    pub(super) fn of(file: &FilesCollectionDocument) -> Self {
        file.id.as_str().and_then(split).map(|(_, version)| version).unwrap_or_default()
    }

    pub(super) fn next(self) -> Self {
        Version(self.0 + 1)
    }

    /// The id of the file that is this version of a name.
    pub(super) fn id(self, key: &str) -> String {
        format!("{key}#{}", self.0)
    }
}

/// The name and the version that an id is made of.
pub(super) fn split(id: &str) -> Option<(&str, Version)> {
    let (key, number) = id.rsplit_once('#')?;
    Some((key, Version(number.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_name_and_its_version_which_are_ordered_as_numbers() {
        let (ninth, tenth) = (Version(9), Version(9).next());
        assert!(tenth > ninth);
        assert_eq!(split(&tenth.id("images/a/b#c.webp")), Some(("images/a/b#c.webp", tenth)));
        assert_eq!(split("images/a"), None);
    }
}
