//! A BMP has no place for metadata but its gaps: it stays as it is where it has none.

/// Where the file's header ends and the one for the picture begins.
const START: usize = 14;
/// The size of that one in its oldest version (BITMAPCOREHEADER), which is told apart by it.
const OLDEST: usize = 12;
/// The next version (BITMAPINFOHEADER), which has its masks behind it.
const USUAL: usize = 40;
/// The fifth version, which tells the length of a profile.
const FIFTH: usize = 124;
/// The versions that only add fields to the usual one.
const LATER: [usize; 5] = [USUAL, 52, 56, 108, FIFTH];

/// The ways of coding in which pixels are not packed; the second has masks for its colours.
const PLAIN: usize = 0;
const BY_MASKS: usize = 3;

/// What the headers tell of where the pixels lie.
struct Layout {
    /// Bytes from the start of the file.
    start: usize,
    /// Bytes of pixels.
    size: usize,
}

/// The same file, where all of it is needed to show the picture.
pub(super) fn strip(source: &[u8]) -> Option<Vec<u8>> {
    let header = long(source, START)?;
    let layout = if header == OLDEST { oldest(source)? } else { later(source, header)? };
    let told = (long(source, 2)?, long(source, 10)?);
    let is_whole = told == (source.len(), layout.start)
        && layout.start.checked_add(layout.size) == Some(source.len());
    is_whole.then(|| source.to_vec())
}

fn oldest(source: &[u8]) -> Option<Layout> {
    let [width, height, bits] = [short(source, 18)?, short(source, 20)?, short(source, 24)?];
    let colours = if bits <= 8 { 1 << bits } else { 0 };
    Some(Layout { start: START + OLDEST + colours * 3, size: plain_size(width, height, bits)? })
}

fn later(source: &[u8], header: usize) -> Option<Layout> {
    if !LATER.contains(&header) || header == FIFTH && long(source, START + 116)? != 0 {
        return None;
    }
    let bits = short(source, 28)?;
    let (coding, told, colours) = (long(source, 30)?, long(source, 34)?, long(source, 46)?);
    let masks = if header == USUAL && coding == BY_MASKS { 12 } else { 0 };
    let colours = if colours == 0 && bits <= 8 { 1 << bits } else { colours };
    let size = match (told, coding) {
        // It need not be told where it follows from the sides.
        (0, PLAIN | BY_MASKS) => {
            // The height is negative where the rows go from top to bottom.
            let height = (long(source, 22)? as u32 as i32).unsigned_abs() as usize;
            plain_size(long(source, 18)?, height, bits)?
        }
        (told, _) => told,
    };
    Some(Layout { start: (START + header + masks).checked_add(colours.checked_mul(4)?)?, size })
}

/// Bytes of pixels that are not packed: each row ends at a multiple of four.
fn plain_size(width: usize, height: usize, bits: usize) -> Option<usize> {
    width.checked_mul(bits)?.div_ceil(32).checked_mul(4)?.checked_mul(height)
}

fn long(source: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*source.get(at..)?.first_chunk()?)).ok()
}

fn short(source: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(*source.get(at..)?.first_chunk()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four pixels of eight bits in two rows, with a palette of two, after a header of this size.
    fn bmp(header: u32, height: i32, size: u32) -> Vec<u8> {
        let start = 14 + header + 8;
        let mut file =
            [b"BM", &(start + 8).to_le_bytes()[..], &[0; 4], &start.to_le_bytes()].concat();
        file.extend([header.to_le_bytes(), 2u32.to_le_bytes(), height.to_le_bytes()].concat());
        file.extend([1, 0, 8, 0, 0, 0, 0, 0]);
        file.extend([size.to_le_bytes(), [0; 4], [0; 4], 2u32.to_le_bytes(), [0; 4]].concat());
        file.resize(start as usize + 8, 7);
        if header == 124 {
            file[14 + 112..14 + 124].fill(0);
        }
        file
    }

    #[test]
    fn every_version_without_a_gap_stays_as_it_is() {
        for header in [40, 52, 56, 108, 124] {
            for (height, size) in [(2, 0), (2, 8), (-2, 0)] {
                assert!(strip(&bmp(header, height, size)).is_some(), "{header} {height} {size}");
            }
        }
    }

    #[test]
    fn the_oldest_version_without_a_gap_stays_as_it_is() {
        // Eight pixels of one bit in two rows, and a palette of two colours of three bytes.
        let mut file = b"BM\x28\0\0\0\0\0\0\0\x20\0\0\0\x0C\0\0\0\x04\0\x02\0\x01\0\x01\0".to_vec();
        file.resize(40, 7);
        assert!(strip(&file).is_some());
        file[10] += 1;
        assert!(strip(&file).is_none());
    }

    #[test]
    fn a_gap_or_a_tail_or_a_profile_is_not_certain_to_be_needed() {
        assert!(strip(&bmp(40, 1, 0)).is_none(), "pixels of a row that there is not");
        assert!(strip(&bmp(40, 2, 4)).is_none());
        let mut tail = bmp(40, 2, 0);
        tail.push(1);
        assert!(strip(&tail).is_none());
        let mut profile = bmp(124, 2, 0);
        profile[14 + 116] = 1;
        assert!(strip(&profile).is_none());
        assert!(strip(&bmp(64, 2, 0)).is_none(), "a header that is not known");
        assert!(strip(b"BM").is_none());
    }
}
