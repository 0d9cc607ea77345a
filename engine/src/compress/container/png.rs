//! The chunks of a PNG (PNG, third edition, 5).

/// What every PNG begins with.
pub(crate) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";
/// The keyword and flags of the text chunk that holds XMP (XMP part 3, 1.1.5).
pub(crate) const XMP: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

/// One chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) payload: &'a [u8],
    /// The chunk as it stands in the file.
    pub(crate) raw: &'a [u8],
}

/// The chunks of a PNG, up to its end chunk or to the first that is cut off.
pub(crate) fn chunks(source: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = source.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let raw = rest.get(..length.checked_add(12)?)?;
        let kind = *raw[4..].first_chunk()?;
        rest = if kind == *b"IEND" { &[] } else { &rest[raw.len()..] };
        Some(Chunk { kind, payload: &raw[8..8 + length], raw })
    })
}

/// The width and height that the header of a PNG tells.
pub(crate) fn size(source: &[u8]) -> Option<(u32, u32)> {
    let mut chunks = source.starts_with(SIGNATURE).then(|| chunks(source))?;
    let header = chunks.next().filter(|chunk| chunk.kind == *b"IHDR")?;
    let (width, height) = (header.payload.first_chunk()?, header.payload.get(4..)?.first_chunk()?);
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// How many frames the animation has and how often it plays (0: for ever), if it is one.
pub(crate) fn animation(source: &[u8]) -> Option<(u32, u32)> {
    let control = chunks(source)
        .take_while(|chunk| chunk.kind != *b"IDAT")
        .find(|chunk| chunk.kind == *b"acTL")?;
    let (frames, plays) =
        (control.payload.first_chunk()?, control.payload.get(4..)?.first_chunk()?);
    Some((u32::from_be_bytes(*frames), u32::from_be_bytes(*plays)))
}

/// Writes a chunk.
pub(crate) fn chunk(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("an image is far below 4 GiB");
    let mut chunk = length.to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(payload);
    let sum = crc32(&chunk[4..]);
    chunk.extend(sum.to_be_bytes());
    chunk
}

/// CRC-32 (annex D).
fn crc32(bytes: &[u8]) -> u32 {
    const OF_BYTE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut sum = byte as u32;
            let mut bit = 0;
            while bit < 8 {
                sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
                bit += 1;
            }
            table[byte] = sum;
            byte += 1;
        }
        table
    };
    !bytes.iter().fold(u32::MAX, |sum, byte| OF_BYTE[usize::from((sum as u8) ^ byte)] ^ (sum >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_chunk_is_written_as_everybody_knows_it() {
        assert_eq!(chunk(*b"IEND", b""), b"\0\0\0\0IEND\xAE\x42\x60\x82");
    }

    #[test]
    fn chunks_end_with_the_end_chunk_or_where_they_are_cut() {
        let one = chunk(*b"tEXt", b"a");
        let png = [SIGNATURE, &one, &chunk(*b"IEND", b""), b"tail of more than 12 bytes"].concat();
        let kinds = |png| chunks(png).map(|chunk| chunk.kind).collect::<Vec<_>>();
        assert_eq!(kinds(&png), [*b"tEXt", *b"IEND"]);
        assert_eq!(kinds(&png[..20]), [] as [[u8; 4]; 0]);
    }
}
