//! Which part of an image is wanted (RFC 9110, sections 13 and 14).

use std::ops::Range;

/// Which part of an image is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it; also where the header is one that may be ignored.
    Whole,
    /// The bytes from start to before end.
    Bytes(Range<u64>),
    /// Bytes that it does not have.
    Beyond,
}

/// Reads a `Range` header for an image of `size` bytes. Several ranges are answered by the whole,
/// as section 14.2 allows.
pub(super) fn part(header: Option<&str>, size: u64) -> Part {
    let Some(range) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = range.split_once('-') else { return Part::Whole };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(first) || !is_number(last) {
        return Part::Whole;
    }
    // A number too large for 64 bits is beyond any end.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    match (first.is_empty(), last.is_empty()) {
        (true, true) => Part::Whole,
        (true, false) if number(last) == 0 || size == 0 => Part::Beyond,
        (true, false) => Part::Bytes(size.saturating_sub(number(last))..size),
        (false, _) if !last.is_empty() && number(last) < number(first) => Part::Whole,
        (false, _) if number(first) >= size => Part::Beyond,
        (false, true) => Part::Bytes(number(first)..size),
        (false, false) => Part::Bytes(number(first)..number(last).saturating_add(1).min(size)),
    }
}

/// Whether an `If-None-Match` header names an entity tag; tags are compared weakly.
pub(super) fn names(header: &str, etag: &str) -> bool {
    let mut tags = header.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == "*" || tag == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_what_there_is() {
        for (header, expected) in [
            ("bytes=0-0", Part::Bytes(0..1)),
            ("bytes=2-", Part::Bytes(2..10)),
            ("bytes=2-4", Part::Bytes(2..5)),
            ("bytes=2-99999999999999999999", Part::Bytes(2..10)),
            ("bytes=-3", Part::Bytes(7..10)),
            ("bytes=-30", Part::Bytes(0..10)),
            ("bytes=10-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=99999999999999999999-", Part::Beyond),
        ] {
            assert_eq!(part(Some(header), 10), expected, "{header}");
        }
    }

    #[test]
    fn what_is_no_single_range_of_bytes_is_ignored() {
        for header in ["bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"]
        {
            assert_eq!(part(Some(header), 10), Part::Whole, "{header}");
        }
        assert_eq!(part(None, 10), Part::Whole);
    }

    #[test]
    fn an_entity_tag_is_found_among_several() {
        assert!(names("\"a\", W/\"b\"", "\"b\""));
        assert!(names("*", "\"b\""));
        assert!(!names("\"a\"", "\"b\""));
    }
}
