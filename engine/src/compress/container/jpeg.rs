//! The segments of a JPEG (ITU-T T.81, annex B).

use crate::compress::CompressError;

/// Markers that this crate names; the rest are told by number.
pub(crate) mod marker {
    pub(crate) const SOI: u8 = 0xD8;
    pub(crate) const EOI: u8 = 0xD9;
    pub(crate) const SOS: u8 = 0xDA;
    pub(crate) const APP0: u8 = 0xE0;
    pub(crate) const APP1: u8 = 0xE1;
    pub(crate) const APP2: u8 = 0xE2;
    pub(crate) const APP14: u8 = 0xEE;
    pub(crate) const APP15: u8 = 0xEF;
    pub(crate) const COM: u8 = 0xFE;
}

/// What an EXIF segment begins with (Exif 2.32, 4.7.2).
pub(crate) const EXIF: &[u8] = b"Exif\0\0";
/// What an XMP segment begins with (XMP part 3, 1.1.3).
pub(crate) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What a segment of a colour profile begins with (ICC.1:2022, B.4).
pub(crate) const ICC: &[u8] = b"ICC_PROFILE\0";
/// What the segment begins with that tells how the colours are coded.
pub(crate) const ADOBE: &[u8] = b"Adobe";

/// More segments than any real file has; each costs memory to remember.
const MAX_SEGMENTS: usize = 20_000;

/// A JPEG in its parts, up to its end marker.
#[derive(Debug)]
pub(crate) struct Jpeg<'a> {
    pub(crate) frame: Frame,
    pub(crate) segments: Vec<Segment<'a>>,
    pub(crate) scans: u32,
    /// Whether the end marker is there.
    pub(crate) is_complete: bool,
    /// Whether nothing but segments stands before the first scan, so that no two decoders can find
    /// different frames there.
    pub(crate) is_tidy: bool,
}

/// What the frame header says (B.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Which start-of-frame marker it is: the way of coding.
    pub(crate) marker: u8,
    /// Bits a sample.
    pub(crate) precision: u8,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) components: u8,
}

/// One segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) marker: u8,
    /// What follows the marker and the length; of a scan, its header.
    pub(crate) payload: &'a [u8],
    /// The segment as it stands in the file; of a scan, with all of its coded pixels.
    pub(crate) raw: &'a [u8],
}

impl<'a> Jpeg<'a> {
    /// Takes a JPEG apart. Bytes between segments are passed over, as decoders do.
    ///
    /// # Errors
    /// [`CompressError::Incomplete`] where it ends before its first scan or within a segment's
    /// header, and [`CompressError::Corrupt`] where it has no frame, or where a marker that never
    /// has a payload stands before its first scan.
    pub(crate) fn parse(source: &'a [u8]) -> Result<Self, CompressError> {
        let mut frame = None;
        let mut segments = Vec::new();
        let mut scans = 0;
        let mut is_complete = false;
        let mut is_tidy = true;
        let mut at = 2;
        while let Some(start) = next_marker(source, at) {
            let marker = source[start + 1];
            is_tidy &= scans > 0 || source[at..start].iter().all(|byte| *byte == 0xFF);
            if marker == marker::EOI {
                is_complete = true;
                break;
            }
            if is_standalone(marker) {
                if scans == 0 {
                    // Some decoders take what follows for its payload, others for a segment: a
                    // frame that is hidden in there would be seen by one and not by the other.
                    return Err(CompressError::Corrupt("its headers are confused".to_owned()));
                }
                at = start + 2;
                continue;
            }
            let Some(payload) = payload(source, start) else {
                if scans > 0 {
                    break;
                }
                return Err(CompressError::Incomplete);
            };
            let mut end = start + 4 + payload.len();
            if is_frame(marker) && frame.is_none() {
                frame = Some(Frame::parse(marker, payload)?);
            }
            if marker == marker::SOS {
                scans += 1;
                end = end_of_scan(source, end);
            }
            segments.push(Segment { marker, payload, raw: &source[start..end] });
            if segments.len() > MAX_SEGMENTS {
                return Err(CompressError::Corrupt("it has too many segments".to_owned()));
            }
            at = end;
        }
        if scans == 0 && !is_complete {
            return Err(CompressError::Incomplete);
        }
        let frame = frame.ok_or_else(|| CompressError::Corrupt("it has no frame".to_owned()))?;
        Ok(Jpeg { frame, segments, scans, is_complete, is_tidy })
    }

    /// Bytes that decoding it holds at most.
    pub(crate) fn decoded_bytes(&self) -> u64 {
        let Frame { width, height, components, .. } = self.frame;
        let samples = u64::from(width) * u64::from(height) * u64::from(components);
        // Scans that come one after the other are gathered as coefficients of two bytes.
        let is_gathered = self.scans > 1 || self.frame.is_progressive();
        if is_gathered { samples * 3 } else { samples }
    }

    /// What follows `start` in the first APP segment `marker` that begins so.
    pub(crate) fn app(&self, marker: u8, start: &[u8]) -> Option<&'a [u8]> {
        let of_kind = self.segments.iter().filter(|segment| segment.marker == marker);
        of_kind.filter_map(|segment| segment.payload.strip_prefix(start)).next()
    }

    /// The colour profile, put together from its segments; `None` where one of them is missing.
    pub(crate) fn icc(&self) -> Option<Vec<u8>> {
        let of_kind = self.segments.iter().filter(|segment| segment.marker == marker::APP2);
        let mut parts: Vec<(u8, u8, &[u8])> = of_kind
            .filter_map(|segment| segment.payload.strip_prefix(ICC))
            .filter_map(|rest| Some((*rest.first()?, *rest.get(1)?, rest.get(2..)?)))
            .collect();
        parts.sort_by_key(|(number, ..)| *number);
        let is_whole = (1u8..).zip(&parts).all(|(expected, (number, count, _))| {
            *number == expected && usize::from(*count) == parts.len()
        });
        (is_whole && !parts.is_empty())
            .then(|| parts.iter().flat_map(|(.., part)| part.iter().copied()).collect())
    }
}

impl Frame {
    fn parse(marker: u8, payload: &[u8]) -> Result<Self, CompressError> {
        let &[precision, h1, h0, w1, w0, components, ..] = payload else {
            return Err(CompressError::Corrupt("its frame header is too short".to_owned()));
        };
        let width = u32::from(u16::from_be_bytes([w1, w0]));
        let height = u32::from(u16::from_be_bytes([h1, h0]));
        Ok(Frame { marker, precision, width, height, components })
    }

    /// Whether the picture comes in several scans that refine each other.
    pub(crate) fn is_progressive(self) -> bool {
        matches!(self.marker, 0xC2 | 0xC6 | 0xCA | 0xCE)
    }
}

/// Writes a segment; `None` where the payload is too long for one.
pub(crate) fn segment(marker: u8, payload: &[&[u8]]) -> Option<Vec<u8>> {
    let length = payload.iter().map(|part| part.len()).sum::<usize>() + 2;
    let length = u16::try_from(length).ok()?;
    let mut segment = vec![0xFF, marker];
    segment.extend(length.to_be_bytes());
    segment.extend(payload.concat());
    Some(segment)
}

/// The place of the `FF` right before the next marker's number.
fn next_marker(source: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr(0xFF, source.get(at..)?)?;
        match source.get(at + 1)? {
            0xFF => at += 1,
            0x00 => at += 2,
            _ => return Some(at),
        }
    }
}

fn end_of_scan(source: &[u8], mut at: usize) -> usize {
    while let Some(start) = next_marker(source, at) {
        match source[start + 1] {
            0xD0..=0xD7 => at = start + 2,
            _ => return start,
        }
    }
    source.len()
}

fn payload(source: &[u8], start: usize) -> Option<&[u8]> {
    let length = source.get(start + 2..start + 4)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    source.get(start + 4..start + 2 + length)
}

fn is_standalone(marker: u8) -> bool {
    matches!(marker, 0x01 | 0xD0..=0xD8)
}

fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: &[u8] = b"\xFF\xD8\xFF\xE1\0\x09Exif\0\0*\xFF\xC2\0\x0B\x08\0\x02\0\x03\x01\x01\x11\0\
        \xFF\xDA\0\x08\x01\x01\0\0\0\0\x12\xFF\0\x34\xFF\xD0\x56\xFF\xFE\0\x03x\xFF\xDA\0\x08\x01\x01\0\0\0\0\x78\xFF\xD9tail";

    #[test]
    fn a_jpeg_comes_apart_into_its_segments() {
        let jpeg = Jpeg::parse(TINY).unwrap();
        let markers: Vec<u8> = jpeg.segments.iter().map(|segment| segment.marker).collect();
        assert_eq!(markers, [0xE1, 0xC2, 0xDA, 0xFE, 0xDA]);
        assert_eq!((jpeg.frame.width, jpeg.frame.height, jpeg.scans), (3, 2, 2));
        assert!(jpeg.is_complete && jpeg.frame.is_progressive());
        assert!(jpeg.segments[2].raw.ends_with(b"\x34\xFF\xD0\x56"));
        assert_eq!(jpeg.app(marker::APP1, EXIF), Some(&b"*"[..]));
    }

    #[test]
    fn a_jpeg_that_is_cut_off_anywhere_is_not_complete() {
        for end in 2..TINY.len() - 4 {
            let whole = Jpeg::parse(&TINY[..end]);
            assert!(whole.is_err() || !whole.unwrap().is_complete, "cut at {end}");
        }
    }

    #[test]
    fn a_frame_cannot_hide_behind_a_marker_without_a_payload() {
        for bare in [0x01, 0xD0, 0xD7, 0xD8] {
            let hidden = [&TINY[..2], &[0xFF, bare, 0, 15], &TINY[2..]].concat();
            let refused = Jpeg::parse(&hidden).unwrap_err();
            assert!(matches!(refused, CompressError::Corrupt(_)), "{refused:?}");
        }
    }

    #[test]
    fn bytes_between_the_segments_are_untidy_and_filling_is_not() {
        let with = |bytes: &[u8]| {
            Jpeg::parse(&[&TINY[..2], bytes, &TINY[2..]].concat()).map(|jpeg| jpeg.is_tidy)
        };
        assert_eq!(with(b"").ok(), Some(true));
        assert_eq!(with(b"\xFF\xFF").ok(), Some(true));
        assert_eq!(with(b"\xFF\0").ok(), Some(false));
        assert_eq!(with(b"x").ok(), Some(false));
    }

    #[test]
    fn a_colour_profile_lacking_a_part_is_none() {
        let part = |number, count| segment(marker::APP2, &[ICC, &[number, count], b"abc"]).unwrap();
        let start = TINY[..2].to_vec();
        let rest = &TINY[2..];
        let whole = [&start[..], &part(2, 2), &part(1, 2), rest].concat();
        assert_eq!(Jpeg::parse(&whole).unwrap().icc().unwrap(), b"abcabc");
        let half = [&start[..], &part(2, 2), rest].concat();
        assert_eq!(Jpeg::parse(&half).unwrap().icc(), None);
    }
}
