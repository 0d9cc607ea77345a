//! Which column of a sheet is which.

use super::{Fault, FaultCode, Faults, fault::shown, row::Row};

macro_rules! roles {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, $spellings:expr;)*) => {
        /// What a column is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Role {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Role {
            /// Every role there is.
            pub const ALL: &'static [Role] = &[$(Role::$variant,)*];

            /// The header that we write and tell people to write.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Role::$variant => $name,)* }
            }

            /// The headers that mean it, in small letters without spaces, dots and underscores.
            fn spellings(self) -> &'static [&'static str] {
                match self { $(Role::$variant => &$spellings,)* }
            }
        }
    };
}

roles! {
    /// What the sheet calls the row; no two rows share one.
    SerialNumber = "S. No.", ["sno", "serialnumber", "serialno"];
    /// The product's name.
    ProductName = "Product Name", ["productname", "product"];
    /// Where the product's images are.
    InputImageUrls = "Input Image Urls", ["inputimageurls", "imageurls", "inputimageurl"];
    /// The format that the row's renditions are to be in.
    Format = "Format", ["format"];
    /// The quality that the row's renditions are to have.
    Quality = "Quality", ["quality"];
    /// The width that the row's renditions may have at most.
    MaxWidth = "Max Width", ["maxwidth"];
    /// The height that the row's renditions may have at most.
    MaxHeight = "Max Height", ["maxheight"];
    /// Where the renditions of an earlier run are.
    OutputImageUrls = "Output Image Urls", ["outputimageurls"];
    /// What went wrong in an earlier run.
    Errors = "Errors", ["errors"];
}

impl Role {
    /// The columns that every sheet needs.
    pub const REQUIRED: [Role; 3] = [Role::SerialNumber, Role::ProductName, Role::InputImageUrls];

    /// The role of a column with this header: case, white space, dots and underscores do not count.
    #[must_use]
    pub fn of(header: &str) -> Option<Role> {
        let is_letter = |char: &char| {
            !char.is_whitespace() && !char.is_control() && !matches!(char, '.' | '_' | '\u{FEFF}')
        };
        let letters = || header.chars().filter(is_letter).flat_map(char::to_lowercase);
        Role::ALL
            .iter()
            .copied()
            .find(|role| role.spellings().iter().any(|word| letters().eq(word.chars())))
    }
}

/// The columns of a sheet: their headers as they came, and where each role is.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    /// The physical line on which it begins.
    pub(super) line: u64,
    cells: Vec<String>,
    places: [Option<usize>; Role::ALL.len()],
    /// Further columns for a role that has one: the role and the place.
    doubles: Vec<(Role, usize)>,
}

impl Header {
    pub(super) fn new(row: &Row) -> Self {
        let cells = row.cells().map(str::to_owned).collect();
        let mut header = Header { line: row.line, cells, ..Header::default() };
        for (place, cell) in header.cells.iter().enumerate() {
            let Some(role) = Role::of(cell) else { continue };
            match &mut header.places[role as usize] {
                Some(_) => header.doubles.push((role, place)),
                free @ None => *free = Some(place),
            }
        }
        header
    }

    /// Where the column with that role is, from 0.
    pub(super) fn place(&self, role: Role) -> Option<usize> {
        self.places[role as usize]
    }

    /// The headers as they came.
    pub(super) fn cells(&self) -> &[String] {
        &self.cells
    }

    /// The header of the column at that place, as a fault shows it; none beyond the header.
    pub(super) fn label(&self, place: usize) -> Option<String> {
        let header = shown(self.cells.get(place)?);
        let header = header.trim();
        (!header.is_empty()).then(|| header.to_owned())
    }

    /// Whether the columns from that place on have no name, so that a row may do without them.
    pub(super) fn is_unnamed_from(&self, place: usize) -> bool {
        self.cells.iter().skip(place).all(|cell| cell.trim().is_empty())
    }

    /// How many roles it names: those that every sheet needs, and all.
    pub(super) fn score(&self) -> (usize, usize) {
        let known = |roles: &[Role]| roles.iter().filter(|r| self.place(**r).is_some()).count();
        (known(&Role::REQUIRED), known(Role::ALL))
    }

    /// Tells of columns that are missing or there twice.
    pub(super) fn check(&self, faults: &mut Faults) {
        for role in Role::REQUIRED {
            if self.place(role).is_none() {
                faults.add(|| self.missing(role));
            }
        }
        for &(role, place) in &self.doubles {
            faults.add(|| Fault {
                line: self.line,
                column: self.label(place),
                code: FaultCode::DuplicateColumn,
                message: format!(
                    "Two columns are headed `{}`: delete or rename one of them.",
                    role.name()
                ),
            });
        }
    }

    fn missing(&self, role: Role) -> Fault {
        let found: Vec<String> = (0..self.cells.len()).filter_map(|at| self.label(at)).collect();
        let found = shown(&found.join(", "));
        Fault {
            line: self.line,
            column: Some(role.name().to_owned()),
            code: FaultCode::MissingColumn,
            message: format!(
                "There is no column headed `{}`: the first line must name the columns, and it \
                 reads `{found}`.",
                role.name()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_however_they_are_spelled() {
        for spelling in ["S. No.", "S.No", " serial_number ", "SERIAL NO", "S.\u{a0}No.", "s no"] {
            assert_eq!(Role::of(spelling), Some(Role::SerialNumber), "{spelling}");
        }
        assert_eq!(Role::of("Input\nImage URL"), Some(Role::InputImageUrls));
        assert_eq!(Role::of("PRODUCT"), Some(Role::ProductName));
        assert_eq!(Role::of("Product Names"), None);
        assert_eq!(Role::of(""), None);
    }

    #[test]
    fn every_role_is_known_by_its_own_name() {
        for role in Role::ALL {
            assert_eq!(Role::of(role.name()), Some(*role));
        }
    }
}
