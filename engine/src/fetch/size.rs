//! Numbers of bytes in words.

use std::fmt;

/// A number of bytes as people read it: `412 KB`, `1.9 MB`, `64 MiB`.
///
/// Whole MiB, which only limits are likely to be, are written so; everything else is decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Size(pub(super) u64);

const MIB: u64 = 1024 * 1024;

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0;
        if bytes > 0 && bytes.is_multiple_of(MIB) {
            return write!(f, "{} MiB", bytes / MIB);
        }
        // A value is written with one digit after the point while it is below ten; the borders are
        // where rounding would lead to the next form.
        match bytes {
            1 => f.write_str("1 byte"),
            0..1_000 => write!(f, "{bytes} bytes"),
            1_000..9_950 => tenths(f, bytes, 1_000, "KB"),
            9_950..999_500 => whole(f, bytes, 1_000, "KB"),
            999_500..9_950_000 => tenths(f, bytes, 1_000_000, "MB"),
            9_950_000..999_500_000 => whole(f, bytes, 1_000_000, "MB"),
            _ => tenths(f, bytes, 1_000_000_000, "GB"),
        }
    }
}

fn whole(f: &mut fmt::Formatter<'_>, bytes: u64, unit: u64, name: &str) -> fmt::Result {
    write!(f, "{} {name}", bytes.saturating_add(unit / 2) / unit)
}

fn tenths(f: &mut fmt::Formatter<'_>, bytes: u64, unit: u64, name: &str) -> fmt::Result {
    let tenths = bytes.saturating_add(unit / 20) / (unit / 10);
    write!(f, "{}.{} {name}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_are_written_as_people_read_them() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1.0 KB"),
            (9_949, "9.9 KB"),
            (9_950, "10 KB"),
            (412_345, "412 KB"),
            (999_499, "999 KB"),
            (999_500, "1.0 MB"),
            (1_900_000, "1.9 MB"),
            (9_949_999, "9.9 MB"),
            (12_600_000, "13 MB"),
            (2_340_000_000, "2.3 GB"),
            (64 * 1024 * 1024, "64 MiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), words, "{bytes}");
        }
    }

    #[test]
    fn the_largest_number_has_words_too() {
        assert_eq!(Size(u64::MAX).to_string(), "18446744073.7 GB");
    }
}
