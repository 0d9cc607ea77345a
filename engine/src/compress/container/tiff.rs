//! The directories of a TIFF (TIFF 6.0, section 2), and where they say that its parts lie.
//!
//! Only for taking a TIFF's metadata out; what is decoded is asked of its decoder.

use std::ops::Range;

/// Tags that this crate names; the rest are told by number.
pub(crate) mod tag {
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const STRIP_BYTE_COUNTS: u16 = 279;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_BYTE_COUNTS: u16 = 325;
    pub(crate) const JPEG_TABLES: u16 = 347;
}

/// The compression of TIFF Technical Note 2: each strip or tile is a JPEG.
pub(crate) const JPEG: u64 = 7;
/// The compression of TIFF 6.0, section 22, which keeps its JPEG at places of its own.
pub(crate) const OLD_JPEG: u64 = 6;

/// More pages than any real file has; a chain of them may bite its own tail.
const MAX_PAGES: usize = 1_000;
/// More entries than any real file has in all of its pages; each costs memory to remember.
const MAX_ENTRIES: usize = 50_000;
/// More strips or tiles than any real page has; likewise.
const MAX_PIECES: usize = 1_000_000;

/// How the numbers of a file are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(crate) fn u16_bytes(self, number: u16) -> [u8; 2] {
        match self {
            Order::Little => number.to_le_bytes(),
            Order::Big => number.to_be_bytes(),
        }
    }

    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// A TIFF in its directories.
#[derive(Debug)]
pub(crate) struct Tiff<'a> {
    source: &'a [u8],
    pub(crate) order: Order,
    /// One a page, in their order.
    pub(crate) pages: Vec<Page>,
}

/// One directory.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Where it lies: its count, its entries, and the place of the next one.
    pub(crate) range: Range<usize>,
    pub(crate) entries: Vec<Entry>,
}

/// One entry of a directory.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) tag: u16,
    /// Where the entry lies.
    pub(crate) range: Range<usize>,
    /// Where its values lie, which is in the entry itself where they are short.
    pub(crate) values: Range<usize>,
    /// Bytes a value.
    size: usize,
}

impl<'a> Tiff<'a> {
    /// Takes a TIFF apart; `None` where it is a BigTIFF, names places that it does not have, or has
    /// more parts than any real one.
    pub(crate) fn parse(source: &'a [u8]) -> Option<Self> {
        let order = match source.first_chunk()? {
            b"II*\0" => Order::Little,
            b"MM\0*" => Order::Big,
            _ => return None,
        };
        let mut tiff = Tiff { source, order, pages: Vec::new() };
        let mut at = tiff.offset(4)?;
        let mut entries = 0;
        while at != 0 {
            let page = tiff.page(at)?;
            entries += page.entries.len();
            if tiff.pages.len() == MAX_PAGES || entries > MAX_ENTRIES {
                return None;
            }
            at = tiff.offset(page.range.end - 4)?;
            tiff.pages.push(page);
        }
        Some(tiff)
    }

    fn page(&self, at: usize) -> Option<Page> {
        let count = usize::from(self.order.u16(*self.source.get(at..)?.first_chunk()?));
        let entries = (0..count).map(|number| self.entry(at + 2 + number * 12));
        let entries = entries.collect::<Option<Vec<_>>>()?;
        Some(Page { range: at..at + 2 + count * 12 + 4, entries })
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        let bytes: &[u8; 12] = self.source.get(at..)?.first_chunk()?;
        let kind = self.order.u16([bytes[2], bytes[3]]);
        let count = self.order.u32([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
        let size = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let length = count.checked_mul(size)?;
        let start = if length <= 4 { at + 8 } else { self.offset(at + 8)? };
        let values = start..start.checked_add(length)?;
        self.source.get(values.clone())?;
        Some(Entry { tag: self.order.u16([bytes[0], bytes[1]]), range: at..at + 12, values, size })
    }

    fn offset(&self, at: usize) -> Option<usize> {
        Some(self.order.u32(*self.source.get(at..)?.first_chunk()?) as usize)
    }

    /// The bytes of an entry's values.
    pub(crate) fn bytes(&self, entry: &Entry) -> &'a [u8] {
        &self.source[entry.values.clone()]
    }

    /// The values of a tag that are whole numbers, as one would expect; none where it is missing.
    fn numbers(&self, page: &Page, tag: u16) -> impl Iterator<Item = u64> {
        let entry = page.entries.iter().find(|entry| entry.tag == tag);
        let (bytes, size) = entry.map_or((&[][..], 1), |entry| (self.bytes(entry), entry.size));
        let order = self.order;
        bytes.chunks_exact(size).map(move |bytes| match *bytes {
            [byte] => u64::from(byte),
            [a, b] => u64::from(order.u16([a, b])),
            [a, b, c, d] => u64::from(order.u32([a, b, c, d])),
            _ => u64::MAX,
        })
    }

    /// The first value of a tag.
    pub(crate) fn number(&self, page: &Page, tag: u16) -> Option<u64> {
        self.numbers(page, tag).next()
    }

    /// Where the strips or tiles lie that hold the pixels; `None` where one lies nowhere, or where
    /// together they are longer than the file.
    pub(crate) fn pieces(&self, page: &Page) -> Option<Vec<Range<usize>>> {
        let mut pieces = Vec::new();
        let mut left = self.source.len();
        for (offsets, counts) in [
            (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS),
            (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS),
        ] {
            for (start, length) in self.numbers(page, offsets).zip(self.numbers(page, counts)) {
                let start = usize::try_from(start).ok()?;
                let length = usize::try_from(length).ok()?;
                left = left.checked_sub(length)?;
                let piece = start..start.checked_add(length)?;
                self.source.get(piece.clone())?;
                pieces.push(piece);
                if pieces.len() > MAX_PIECES {
                    return None;
                }
            }
        }
        Some(pieces)
    }

    /// The JPEG of a strip or tile, with the tables that all of them share.
    pub(crate) fn jpeg(&self, page: &Page, piece: Range<usize>) -> Vec<u8> {
        let piece = &self.source[piece];
        let tables = page.entries.iter().find(|entry| entry.tag == tag::JPEG_TABLES);
        match tables.map(|tables| self.bytes(tables)) {
            // The end of the tables and the start of the piece are left out.
            Some([tables @ .., _, _]) => [tables, piece.get(2..).unwrap_or_default()].concat(),
            Some(_) | None => piece.to_vec(),
        }
    }
}
