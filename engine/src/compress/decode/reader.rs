//! Readers over the source's bytes that give up once the compression is asked to end.

use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};

use zune_core::bytestream::{ZByteIoError, ZByteReaderTrait, ZSeekFrom};

use crate::compress::Stop;

/// How many bytes a decoder gets at a time, so that it comes back and can be told to end.
const PORTION: usize = 16 << 10;

/// What the decoders of the `image` crate read from.
pub(crate) struct Reader<'a> {
    bytes: Cursor<&'a [u8]>,
    stop: &'a Stop,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], stop: &'a Stop) -> Self {
        Reader { bytes: Cursor::new(bytes), stop }
    }

    fn check(&self) -> io::Result<()> {
        // Not `Interrupted`, which `read_exact` and its like would ask again after.
        if self.stop.is_requested() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        self.bytes.read(buf)
    }
}

impl BufRead for Reader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        let rest = self.bytes.fill_buf()?;
        Ok(&rest[..rest.len().min(PORTION)])
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

/// What the JPEG decoder reads from: as quick as a slice, for it asks for four bytes at a time.
///
/// Once asked to end it has no more bytes, which the strict decoder takes for a broken image.
pub(crate) struct JpegReader<'a> {
    bytes: &'a [u8],
    at: usize,
    stop: &'a Stop,
}

impl<'a> JpegReader<'a> {
    pub(crate) fn new(bytes: &'a [u8], stop: &'a Stop) -> Self {
        JpegReader { bytes, at: 0, stop }
    }

    #[inline(always)]
    fn rest(&self) -> &'a [u8] {
        if self.stop.is_requested() { &[] } else { self.bytes.get(self.at..).unwrap_or_default() }
    }
}

impl ZByteReaderTrait for JpegReader<'_> {
    #[inline(always)]
    fn read_byte_no_error(&mut self) -> u8 {
        let byte = self.rest().first().copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    #[inline(always)]
    fn read_exact_bytes(&mut self, buf: &mut [u8]) -> Result<(), ZByteIoError> {
        self.peek_exact_bytes(buf)?;
        self.at += buf.len();
        Ok(())
    }

    fn read_bytes(&mut self, buf: &mut [u8]) -> Result<usize, ZByteIoError> {
        let length = self.peek_bytes(buf)?;
        self.at += length;
        Ok(length)
    }

    fn peek_bytes(&mut self, buf: &mut [u8]) -> Result<usize, ZByteIoError> {
        let rest = self.rest();
        let length = rest.len().min(buf.len());
        buf[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    #[inline(always)]
    fn peek_exact_bytes(&mut self, buf: &mut [u8]) -> Result<(), ZByteIoError> {
        let rest = self.rest();
        let bytes = rest.get(..buf.len());
        buf.copy_from_slice(bytes.ok_or(ZByteIoError::NotEnoughBytes(rest.len(), buf.len()))?);
        Ok(())
    }

    fn z_seek(&mut self, from: ZSeekFrom) -> Result<u64, ZByteIoError> {
        let (base, offset) = match from {
            ZSeekFrom::Start(at) => (0, i64::try_from(at).ok()),
            ZSeekFrom::End(offset) => (self.bytes.len(), Some(offset)),
            ZSeekFrom::Current(offset) => (self.at, Some(offset)),
        };
        let at = offset.and_then(|offset| base.checked_add_signed(isize::try_from(offset).ok()?));
        self.at = at.ok_or(ZByteIoError::SeekError("before the start"))?;
        Ok(self.at as u64)
    }

    #[inline(always)]
    fn is_eof(&mut self) -> Result<bool, ZByteIoError> {
        Ok(self.rest().is_empty())
    }

    fn z_position(&mut self) -> Result<u64, ZByteIoError> {
        Ok(self.at as u64)
    }

    fn read_remaining(&mut self, sink: &mut Vec<u8>) -> Result<usize, ZByteIoError> {
        let rest = self.rest();
        sink.extend_from_slice(rest);
        self.at += rest.len();
        Ok(rest.len())
    }
}
