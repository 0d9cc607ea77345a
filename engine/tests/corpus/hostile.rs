//! Files that are made to do harm, written here so that every clone has them. It knows nothing of
//! the crate that is tested, so that its unit tests can have them too.

use std::io::{Cursor, Write};

use image::{DynamicImage, ImageFormat, RgbImage};

/// A file and what has to become of it.
pub(crate) struct Hostile {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// The code of its failure.
    pub(crate) code: &'static str,
    /// Whether its headers alone give it away, so that nothing of it is decoded.
    pub(crate) is_plain: bool,
}

const CORRUPT: &str = "corrupt_image";
const TOO_MANY: &str = "too_many_pixels";

/// All of them.
pub(crate) fn all() -> Vec<Hostile> {
    let plain = |(name, code, bytes)| Hostile { name, bytes, code, is_plain: true };
    let deep = |(name, code, bytes)| Hostile { name, bytes, code, is_plain: false };
    let mut all = Vec::new();
    all.extend(jpegs().into_iter().chain(pngs()).chain(gifs()).map(plain));
    all.extend(webps().into_iter().chain(tiffs()).chain(bmps()).chain(strangers()).map(plain));
    all.extend(damaged().into_iter().map(deep));
    all
}

type Made = (&'static str, &'static str, Vec<u8>);

/// A picture of 16 x 16 pixels in some format.
pub(crate) fn small(format: ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x * 16) as u8, (y * 16) as u8, (x * y) as u8]);
    let mut file = Cursor::new(Vec::new());
    let image = DynamicImage::from(RgbImage::from_fn(16, 16, pixel));
    let image = if format == ImageFormat::Jpeg { image.into_luma8().into() } else { image };
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn jpegs() -> Vec<Made> {
    let sound = small(ImageFormat::Jpeg);
    let frame = sound.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
    let sized = |width: u16, height: u16| {
        let mut file = sound.clone();
        file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        file
    };
    // A frame of 16 x 16 in what one decoder takes for a payload, and the true one after it.
    let hidden = |marker: u8| {
        let decoy = [0xFF, 0xC0, 0, 11, 8, 0, 16, 0, 16, 1, 1, 0x11, 0];
        let huge = sized(65_535, 65_535);
        [&huge[..2], &[0xFF, marker, 0, 15], &decoy, &huge[2..]].concat()
    };
    let mut lossless = sound.clone();
    lossless[frame + 1] = 0xC3;
    vec![
        ("a frame behind a restart marker.jpg", CORRUPT, hidden(0xD0)),
        ("a frame behind a second start.jpg", CORRUPT, hidden(0xD8)),
        ("a frame behind a reserved marker.jpg", CORRUPT, hidden(0x01)),
        ("65535 x 65535.jpg", TOO_MANY, sized(65_535, 65_535)),
        ("no width.jpg", CORRUPT, sized(0, 16)),
        ("no height.jpg", CORRUPT, sized(16, 0)),
        ("cut off in its headers.jpg", CORRUPT, sound[..frame + 4].to_vec()),
        ("lossless.jpg", "unsupported_format", lossless),
    ]
}

/// A PNG of these chunks, with right sums.
pub(crate) fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    for (kind, payload) in chunks {
        file.extend((payload.len() as u32).to_be_bytes());
        let checked = [&kind[..], payload].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&checked);
        file.extend(checked);
        file.extend(sum.sum().to_be_bytes());
    }
    file
}

fn png_header(width: u32, height: u32) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// A PNG that says how large it is, and little else.
pub(crate) fn png_of(width: u32, height: u32) -> Vec<u8> {
    png(&[(b"IHDR", &png_header(width, height)), (b"IDAT", &packed(&[0; 64])), (b"IEND", b"")])
}

fn pngs() -> Vec<Made> {
    let mut wrong_sum = png_of(16, 16);
    wrong_sum[8 + 8 + 13] ^= 1;
    let frames = [u32::MAX.to_be_bytes(), 0u32.to_be_bytes()].concat();
    let header = png_header(16, 16);
    let frames = [(b"IHDR", &header[..]), (b"acTL", &frames), (b"IDAT", b""), (b"IEND", b"")];
    vec![
        ("30000 x 30000.png", TOO_MANY, png_of(30_000, 30_000)),
        ("2147483647 x 1.png", TOO_MANY, png_of(i32::MAX as u32, 1)),
        ("no width.png", CORRUPT, png_of(0, 16)),
        ("no height.png", CORRUPT, png_of(16, 0)),
        ("a wrong sum.png", CORRUPT, wrong_sum),
        ("cut off in its headers.png", CORRUPT, png_of(16, 16)[..20].to_vec()),
        ("4294967295 frames.png", TOO_MANY, png(&frames)),
    ]
}

/// A GIF of so many frames of this size, all in one colour.
fn gif(screen: (u16, u16), frames: usize, size: (u16, u16)) -> Vec<u8> {
    let sides = |(width, height): (u16, u16)| [width.to_le_bytes(), height.to_le_bytes()].concat();
    let mut file = b"GIF89a".to_vec();
    file.extend(sides(screen));
    file.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    let frame = [b",\0\0\0\0", &sides(size)[..], &[0, 2, 2, 0x44, 1, 0]].concat();
    file.extend(frame.repeat(frames));
    file.push(b';');
    file
}

fn gifs() -> Vec<Made> {
    let mut cut_off = gif((16, 16), 1, (65_535, 65_535));
    cut_off.truncate(cut_off.len() - 3);
    vec![
        ("65535 x 65535.gif", TOO_MANY, gif((65_535, 65_535), 1, (1, 1))),
        ("a frame larger than its screen.gif", TOO_MANY, gif((16, 16), 1, (65_535, 65_535))),
        ("such a frame, cut off.gif", TOO_MANY, cut_off),
        ("20000 frames.gif", TOO_MANY, gif((1, 1), 20_000, (1, 1))),
        ("few frames, but large.gif", TOO_MANY, gif((9_000, 9_000), 6, (1, 1))),
        ("no width.gif", CORRUPT, gif((0, 16), 1, (1, 1))),
        ("cut off in its headers.gif", CORRUPT, b"GIF89a\x10\0".to_vec()),
    ]
}

/// A chunk of a WebP.
pub(crate) fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if payload.len() % 2 == 1 { &[0] } else { &[] };
    [&kind[..], &(payload.len() as u32).to_le_bytes(), payload, padding].concat()
}

/// A WebP of these chunks.
pub(crate) fn webp(chunks: &[&[u8]]) -> Vec<u8> {
    let chunks = chunks.concat();
    [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &chunks].concat()
}

fn three(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}

fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let sides = [three(width - 1), three(height - 1)].concat();
    chunk(b"VP8X", &[&[flags, 0, 0, 0], &sides[..]].concat())
}

/// The start of a lossy picture of this size, and enough zeros to decode some of it.
fn lossy(side: u16) -> Vec<u8> {
    let side = side.to_le_bytes();
    let start = [&[0x10, 1, 0, 0x9D, 1, 0x2A][..], &side, &side].concat();
    chunk(b"VP8 ", &[&start[..], &[0; 4_000]].concat())
}

fn lossless(side: u32) -> Vec<u8> {
    let bits = (side - 1) | (side - 1) << 14;
    chunk(b"VP8L", &[&[0x2F][..], &bits.to_le_bytes(), &[0; 100]].concat())
}

fn animated(place: u32, side: u32, picture: &[u8]) -> Vec<u8> {
    let fields = [place / 2, place / 2, side - 1, side - 1, 100].map(three).concat();
    let frame = [&fields[..], &[0], picture].concat();
    webp(&[&canvas(0x02, 16, 16), &chunk(b"ANIM", &[0; 6]), &chunk(b"ANMF", &frame)])
}

fn webps() -> Vec<Made> {
    let still = |picture: &[u8]| webp(&[&canvas(0, 16, 16), picture]);
    // What lies past the end that the header tells is decoded nevertheless.
    let mut past_end = still(&lossy(16_383));
    past_end[4..8].copy_from_slice(&(4 + 18u32).to_le_bytes());
    let disguised = [&chunk(b"ALPH", &[0; 8])[..], &lossy(16_383)].concat();
    let mut cut_off = still(&lossy(16_383));
    cut_off.truncate(60);
    let mut other_name = disguised.clone();
    other_name[16..20].copy_from_slice(b"VP8?");
    let sound = small(ImageFormat::WebP);
    let many = chunk(
        b"ANMF",
        &[&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0][..], &sound[12..]].concat(),
    );
    let many = webp(&[&canvas(2, 1, 1), &chunk(b"ANIM", &[0; 6]), &many.repeat(3)]);
    vec![
        ("a lossy picture larger than its canvas.webp", CORRUPT, still(&lossy(16_383))),
        ("a lossless picture larger than its canvas.webp", CORRUPT, still(&lossless(16_383))),
        ("such a picture past the end.webp", CORRUPT, past_end),
        ("such a picture, cut off.webp", CORRUPT, cut_off),
        ("a picture larger than its frame.webp", CORRUPT, animated(0, 16, &lossy(16_383))),
        ("such a picture after its alpha.webp", CORRUPT, animated(0, 16, &disguised)),
        ("such a picture by another name.webp", CORRUPT, animated(0, 16, &other_name)),
        ("a frame outside its canvas.webp", CORRUPT, animated(8, 16, &lossy(16))),
        ("a frame larger than its canvas.webp", CORRUPT, animated(0, 16_383, &lossy(16_383))),
        ("frames that say one pixel.webp", CORRUPT, many),
        ("16777216 x 16777216.webp", CORRUPT, webp(&[&canvas(0, 1 << 24, 1 << 24), &lossy(16)])),
        ("32768 x 32768.webp", TOO_MANY, webp(&[&canvas(0, 1 << 15, 1 << 15), &lossy(16)])),
        ("cut off in its headers.webp", CORRUPT, sound[..20].to_vec()),
    ]
}

/// A TIFF of these short and long entries, followed by some bytes at place 8.
pub(crate) fn tiff(entries: &[(u16, u32)], bytes: &[u8]) -> Vec<u8> {
    let directory = 8 + bytes.len() as u32;
    let mut file = [b"II*\0", &directory.to_le_bytes()[..], bytes].concat();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(4u16.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file
}

/// The entries of a gray picture in one strip at place 8.
pub(crate) fn strip(width: u32, height: u32, coding: u32, length: usize) -> Vec<(u16, u32)> {
    let length = length as u32;
    let entries = [(256, width), (257, height), (258, 8), (259, coding), (262, 1), (273, 8)];
    [&entries[..], &[(277, 1), (278, height), (279, length)]].concat()
}

fn tiffs() -> Vec<Made> {
    const JPEG: u32 = 7;
    let (_, _, huge) = jpegs().swap_remove(3);
    let hidden = jpegs().swap_remove(0).2;
    let jpeg = |file: &[u8]| tiff(&strip(16, 16, JPEG, file.len()), file);
    let tile = |width: u32, height: u32| {
        let entries = [(256, 16), (257, 16), (258, 8), (259, 8), (262, 1), (277, 1)];
        let tiles = [(322, width), (323, height), (324, 8), (325, 64)];
        tiff(&[&entries[..], &tiles].concat(), &packed(&[0; 1 << 16]))
    };
    let sound = small(ImageFormat::Tiff);
    vec![
        ("60000 x 60000.tif", TOO_MANY, tiff(&strip(60_000, 60_000, 1, 64), &[0; 64])),
        ("no width.tif", CORRUPT, tiff(&strip(0, 16, 1, 64), &[0; 64])),
        ("a JPEG larger than its strip.tif", CORRUPT, jpeg(&huge)),
        ("such a JPEG, hidden.tif", CORRUPT, jpeg(&hidden)),
        ("a tile of 1000000000 x 16.tif", TOO_MANY, tile(1_000_000_000, 16)),
        ("no directory.tif", CORRUPT, sound[..8].to_vec()),
    ]
}

fn bmps() -> Vec<Made> {
    let sound = small(ImageFormat::Bmp);
    let sized = |width: i32, height: i32| {
        let mut file = sound.clone();
        file[18..22].copy_from_slice(&width.to_le_bytes());
        file[22..26].copy_from_slice(&height.to_le_bytes());
        file
    };
    vec![
        ("30000 x 30000.bmp", TOO_MANY, sized(30_000, 30_000)),
        ("30000 x -30000.bmp", TOO_MANY, sized(30_000, -30_000)),
        ("no width.bmp", CORRUPT, sized(0, 16)),
        ("no height.bmp", CORRUPT, sized(16, 0)),
        ("cut off in its headers.bmp", CORRUPT, sound[..30].to_vec()),
    ]
}

/// What is no image, or none that is read.
fn strangers() -> Vec<Made> {
    let heic = b"\0\0\0\x1Cftypheic\0\0\0\0mif1heic\0\0\0\0".to_vec();
    let avif = b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1miaf".to_vec();
    vec![
        ("nothing.jpg", "empty_source", Vec::new()),
        ("a web page.jpg", "not_an_image", b"<!DOCTYPE html><p>404</p>".to_vec()),
        ("a photo of a telephone.heic", "unsupported_format", heic),
        ("a photo.avif", "unsupported_format", avif),
        ("a drawing.svg", "unsupported_format", b"<svg xmlns=\"x\"/>".to_vec()),
    ]
}

/// What only turns out when it is decoded: the end of every format is missing, and more.
fn damaged() -> Vec<Made> {
    let half = |format| {
        let file = small(format);
        // Headers are short: what is missing are pixels.
        file[..file.len() - 40].to_vec()
    };
    let header = png_header(16, 16);
    let no_pixels = png(&[(b"IHDR", &header), (b"IDAT", b"nothing"), (b"IEND", b"")]);
    vec![
        ("cut off.jpg", CORRUPT, half(ImageFormat::Jpeg)),
        ("cut off.png", CORRUPT, half(ImageFormat::Png)),
        ("cut off.gif", CORRUPT, half(ImageFormat::Gif)),
        ("cut off.webp", CORRUPT, half(ImageFormat::WebP)),
        ("cut off.bmp", CORRUPT, half(ImageFormat::Bmp)),
        ("pixels that are none.png", CORRUPT, no_pixels),
        ("strips that lie nowhere.tif", CORRUPT, tiff(&strip(16, 16, 1, 1 << 20), &[0; 64])),
    ]
}

/// A sound PNG of 16 x 16 pixels with a profile that unpacks to 256 MiB.
pub(crate) fn profile_bomb() -> Vec<u8> {
    let mut packer =
        flate2::write::ZlibEncoder::new(b"x\0\0".to_vec(), flate2::Compression::fast());
    (0..256).for_each(|_| packer.write_all(&[0; 1 << 20]).unwrap());
    let profile = packer.finish().unwrap();
    let (header, pixels) = (png_header(16, 16), packed(&[0; 16 * 49]));
    png(&[(b"IHDR", &header), (b"iCCP", &profile), (b"IDAT", &pixels), (b"IEND", b"")])
}
