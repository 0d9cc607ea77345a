//! What the files of images are made of: walks over their segments, chunks and blocks, from which
//! a file is probed, stripped and put together. Nothing here decodes a pixel.

pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod riff;
pub(crate) mod tiff;
pub(crate) mod webp;
