//! The chunks of a WebP (RFC 9649, 2).

/// The flags of the `VP8X` chunk (2.7.1.1).
pub(crate) mod flag {
    pub(crate) const ICC: u8 = 0x20;
    pub(crate) const ALPHA: u8 = 0x10;
    pub(crate) const EXIF: u8 = 0x08;
    pub(crate) const XMP: u8 = 0x04;
    pub(crate) const ANIMATION: u8 = 0x02;
}

/// One chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) payload: &'a [u8],
    /// Whether all of the payload is there.
    is_whole: bool,
}

/// The chunks of a WebP, up to the end that its header names or to the first that is cut off.
pub(crate) fn chunks(source: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let size = source.get(4..8).and_then(|size| size.first_chunk());
    let end = size.map_or(0, |size| (u32::from_le_bytes(*size) as usize).saturating_add(8));
    subchunks(source.get(12..end.min(source.len())).unwrap_or_default())
}

/// The whole chunks that stand one after the other in `bytes`.
pub(crate) fn subchunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    all_subchunks(bytes).take_while(|chunk| chunk.is_whole)
}

/// The chunks that stand one after the other in `bytes`, with what is there of one that is cut off.
pub(crate) fn all_subchunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let kind = *rest.first_chunk()?;
        let length = u32::from_le_bytes(*rest.get(4..)?.first_chunk()?) as usize;
        let there = &rest[8..];
        let payload = &there[..length.min(there.len())];
        // Chunks are padded to an even length; the padding of the last one may be missing.
        rest = there.get(length.saturating_add(length & 1)..).unwrap_or_default();
        Some(Chunk { kind, payload, is_whole: payload.len() == length })
    })
}

/// How many frames the animation has and how often it plays (0: for ever), if it is one.
pub(crate) fn animation(source: &[u8]) -> Option<(u32, u32)> {
    let control = chunks(source).find(|chunk| chunk.kind == *b"ANIM")?;
    let plays = u16::from_le_bytes(*control.payload.get(4..)?.first_chunk()?);
    let frames = chunks(source).filter(|chunk| chunk.kind == *b"ANMF").count();
    Some((u32::try_from(frames).unwrap_or(u32::MAX), u32::from(plays)))
}

/// Appends a chunk.
pub(crate) fn push(file: &mut Vec<u8>, kind: [u8; 4], payload: &[&[u8]]) {
    let length: usize = payload.iter().map(|part| part.len()).sum();
    file.extend(kind);
    file.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    payload.iter().for_each(|part| file.extend_from_slice(part));
    if length % 2 == 1 {
        file.push(0);
    }
}

/// The header of a file with these chunks, followed by them.
pub(crate) fn file(chunks: &[u8]) -> Vec<u8> {
    let size = u32::try_from(chunks.len() + 4).unwrap_or(u32::MAX);
    [b"RIFF", &size.to_le_bytes()[..], b"WEBP", chunks].concat()
}

/// The payload of a `VP8X` chunk.
pub(crate) fn extended(flags: u8, width: u32, height: u32) -> [u8; 10] {
    let [w0, w1, w2, _] = (width - 1).to_le_bytes();
    let [h0, h1, h2, _] = (height - 1).to_le_bytes();
    [flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_that_are_written_are_read_again() {
        let mut parts = Vec::new();
        push(&mut parts, *b"ANIM", &[&[0; 4], &[3, 0]]);
        push(&mut parts, *b"ANMF", &[b"odd"]);
        push(&mut parts, *b"ANMF", &[b"even"]);
        let mut webp = file(&parts);
        webp.extend(b"XMP \x02\0\0\0!!");
        assert_eq!(animation(&webp), Some((2, 3)));
        let payloads: Vec<&[u8]> = chunks(&webp).map(|chunk| chunk.payload).collect();
        assert_eq!(payloads, [&[0, 0, 0, 0, 3, 0][..], b"odd", b"even"]);
    }
}
