//! The order in which people count: `mug 2` before `mug 10`.

/// A part of a name; numbers come before letters, as digits do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A number without its leading zeros, by its length and then by its digits.
    Number(usize, String),
    /// Anything else, without regard to case.
    Text(String),
}

/// What names are sorted by; the name itself decides between those that look alike.
pub(super) fn key(name: &str) -> (Vec<Part>, String) {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        parts.push(if is_number {
            let digits = part.trim_start_matches('0');
            Part::Number(digits.len(), digits.to_owned())
        } else {
            Part::Text(part.to_lowercase())
        });
        rest = behind;
    }
    (parts, name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn numbers_are_sorted_by_what_they_count() {
        let mut names = vec!["mug 10", "Mug 2", "mug 02", "9", "jug", "mug", "10"];
        names.sort_by_key(|name| key(name));
        assert_eq!(names, ["9", "10", "jug", "mug", "Mug 2", "mug 02", "mug 10"]);
    }
}
