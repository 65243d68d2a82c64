//! Frames of Zstandard.

use std::io::Read;

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// A frame that is decoded while it is read.
pub(crate) fn frame(stored: &[u8]) -> Result<StreamingDecoder<&[u8], FrameDecoder>, String> {
    StreamingDecoder::new(stored).map_err(|error| error.to_string())
}

/// Decodes a frame into bytes of its size.
pub(crate) fn unpack(stored: &[u8], out: &mut [u8]) -> Result<(), String> {
    frame(stored)?.read_exact(out).map_err(|error| error.to_string())
}
