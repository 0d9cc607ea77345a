//! The blocks of a GIF (GIF89a, 15 to 27).

/// What a frame begins with.
const IMAGE: u8 = 0x2C;

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block<'a> {
    pub(crate) kind: Kind<'a>,
    /// The block as it stands in the file.
    pub(crate) raw: &'a [u8],
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// The signature, the screen and its colours.
    Header,
    /// A frame.
    Image,
    /// How and how long the next frame is shown.
    Control,
    /// An extension of a program's own, by its name, with its first bytes.
    Application(&'a [u8], &'a [u8]),
    /// A comment, a text, or something unknown.
    Other,
    /// The end.
    Trailer,
}

/// The blocks of a GIF, up to its trailer or to the first that is cut off.
pub(crate) fn blocks(source: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut rest = source;
    let mut is_first = true;
    std::iter::from_fn(move || {
        let (kind, length) = if is_first { header(rest)? } else { block(rest)? };
        is_first = false;
        let raw = rest.get(..length)?;
        rest = if kind == Kind::Trailer { &[] } else { &rest[length..] };
        Some(Block { kind, raw })
    })
}

/// How many frames there are and how often they play (0: for ever).
pub(crate) fn animation(source: &[u8]) -> (u32, u32) {
    let mut frames = 0;
    // Without the extension that says otherwise it plays once.
    let mut plays = 1;
    for block in blocks(source) {
        match block.kind {
            Kind::Image => frames += 1,
            Kind::Application(b"NETSCAPE2.0" | b"ANIMEXTS1.0", [1, low, high, ..]) => {
                // The extension counts the repetitions that follow the first time.
                let repeats = u32::from(u16::from_le_bytes([*low, *high]));
                plays = if repeats == 0 { 0 } else { repeats + 1 };
            }
            Kind::Header | Kind::Control | Kind::Application(..) | Kind::Other | Kind::Trailer => {}
        }
    }
    (frames, plays)
}

/// Width and height of the largest frame, one that is cut off included, if there is any: it may be
/// larger than the screen that it is shown on.
pub(crate) fn largest_frame(source: &[u8]) -> Option<(u32, u32)> {
    let mut end = 0;
    let whole = blocks(source).filter_map(|block| {
        end += block.raw.len();
        if block.kind == Kind::Image { frame_size(block.raw) } else { None }
    });
    let pixels = |(width, height): &(u32, u32)| u64::from(*width) * u64::from(*height);
    let largest = whole.max_by_key(pixels);
    let cut_off = source.get(end..).filter(|rest| rest.first() == Some(&IMAGE));
    largest.into_iter().chain(cut_off.and_then(frame_size)).max_by_key(pixels)
}

/// Width and height of the frame that begins here.
fn frame_size(image: &[u8]) -> Option<(u32, u32)> {
    let [w0, w1, h0, h1] = *image.get(5..)?.first_chunk()?;
    Some((u32::from(u16::from_le_bytes([w0, w1])), u32::from(u16::from_le_bytes([h0, h1]))))
}

fn header(bytes: &[u8]) -> Option<(Kind<'_>, usize)> {
    Some((Kind::Header, 13 + colours(*bytes.get(10)?)))
}

fn block(bytes: &[u8]) -> Option<(Kind<'_>, usize)> {
    match bytes.first()? {
        &IMAGE => {
            let data = 10 + colours(*bytes.get(9)?) + 1;
            Some((Kind::Image, data + subblocks(bytes.get(data..)?)?))
        }
        0x21 => {
            let length = 2 + subblocks(bytes.get(2..)?)?;
            Some((extension(bytes)?, length))
        }
        0x3B => Some((Kind::Trailer, 1)),
        _ => None,
    }
}

fn extension(bytes: &[u8]) -> Option<Kind<'_>> {
    Some(match bytes.get(1)? {
        0xF9 => Kind::Control,
        0xFF if bytes.get(2) == Some(&11) => {
            let rest = bytes.get(14..)?;
            let first = rest.get(1..=usize::from(*rest.first()?)).unwrap_or_default();
            Kind::Application(&bytes[3..14], first)
        }
        _ => Kind::Other,
    })
}

/// Bytes of the colour table that these flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Bytes of a run of sub-blocks, with the empty one that ends it.
fn subblocks(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_repetitions_are_counted() {
        let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF\
            !\xFF\x0BNETSCAPE2.0\x03\x01\x02\0\0!\xFE\x02hi\0!\xF9\x04\0\0\0\0\0\
            ,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;tail";
        assert_eq!(animation(gif), (2, 3));
        let blocks: Vec<Block<'_>> = blocks(gif).collect();
        assert_eq!(blocks.len(), 7);
        assert_eq!(blocks[6], Block { kind: Kind::Trailer, raw: b";" });
        assert_eq!(animation(&gif[..gif.len() - 8]), (1, 3), "a frame that is cut off is none");
    }

    #[test]
    fn the_largest_frame_counts_even_where_it_is_cut_off() {
        let gif = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x03\0\x02\0\0\x02\x02\x44\x01\0;";
        assert_eq!(largest_frame(gif), Some((3, 2)));
        let cut = [&gif[..gif.len() - 1], b",\0\0\0\0\xFF\xFF\xFF\xFF\0"].concat();
        assert_eq!(largest_frame(&cut), Some((65_535, 65_535)));
        assert_eq!(largest_frame(b"GIF89a\x01\0\x01\0\0\0\0;"), None);
    }

    #[test]
    fn a_gif_that_does_not_say_how_often_plays_once() {
        assert_eq!(animation(b"GIF89a\x01\0\x01\0\0\0\0;"), (0, 1));
    }
}
