//! Segment headers: 256 bytes under their own hash.

use std::path::Path;

use crate::cursor::Cursor;
use crate::error::{Error, Invalid, Result};

/// Bytes of a segment header.
pub const SEGMENT_HEADER_LEN: usize = 256;
/// First bytes of every segment.
pub const SEGMENT_MAGIC: [u8; 8] = *b"TRACEESG";
/// Readers refuse a greater major version.
pub const VERSION_MAJOR: u16 = 1;
/// A greater minor version adds only what older readers may skip.
pub const VERSION_MINOR: u16 = 0;

/// Bytes that the hash covers; it follows them.
const HASHED: usize = 224;
/// Bytes that are the same in every segment of this version.
const CONSTANT: usize = 16;

/// Whose, which, when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Chosen at random when the recording starts.
    pub capture_id: [u8; 16],
    /// The kernel's boot id.
    pub boot_id: [u8; 16],
    /// The machine, as its machine id names it.
    pub host_id: [u8; 16],
    /// Number of the segment in its capture, from 1.
    pub number: u64,
    /// When the segment was cut; an earlier frame in it is late.
    pub start_boot_ns: u64,
    /// CLOCK_BOOTTIME read together with the next two, nanoseconds.
    pub clock_boot_ns: u64,
    /// CLOCK_MONOTONIC, nanoseconds.
    pub clock_monotonic_ns: u64,
    /// CLOCK_REALTIME, UTC nanoseconds since 1970.
    pub clock_realtime_ns: i64,
    /// When the capture started, boot-time nanoseconds.
    pub capture_start_boot_ns: u64,
    /// Root of the segment before; zeros in the first.
    pub previous_root: [u8; 32],
}

impl SegmentHeader {
    /// The header as on disk.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = constant().to_vec();
        out.extend_from_slice(&self.capture_id);
        out.extend_from_slice(&self.boot_id);
        out.extend_from_slice(&self.host_id);
        out.extend_from_slice(&self.number.to_le_bytes());
        out.extend_from_slice(&self.start_boot_ns.to_le_bytes());
        out.extend_from_slice(&self.clock_boot_ns.to_le_bytes());
        out.extend_from_slice(&self.clock_monotonic_ns.to_le_bytes());
        out.extend_from_slice(&self.clock_realtime_ns.to_le_bytes());
        out.extend_from_slice(&self.capture_start_boot_ns.to_le_bytes());
        out.extend_from_slice(&self.previous_root);
        out.resize(HASHED, 0);
        let hash = blake3::hash(&out);
        out.extend_from_slice(hash.as_bytes());
        out
    }

    /// Reads a header of the file `path` and says whether its hash is right. Fields of a damaged header are as they are.
    ///
    /// # Errors
    /// It is no segment's header, or that of a newer version.
    pub(super) fn decode(path: &Path, bytes: &[u8; SEGMENT_HEADER_LEN]) -> Result<(SegmentHeader, bool)> {
        let (hashed, stored_hash) = bytes.split_at(HASHED);
        let whole = blake3::hash(hashed).as_bytes() == stored_hash;
        // A hash that is right once magic and version are what they should be: only those were altered.
        let mended = [constant().as_slice(), hashed.get(CONSTANT..).unwrap_or_default()].concat();
        let mendable = blake3::hash(&mended).as_bytes() == stored_hash;
        if !hashed.starts_with(&SEGMENT_MAGIC) && !mendable {
            return Err(Error::NotACapture { path: path.to_path_buf(), why: "no segment begins like this".to_owned() });
        }
        let offset = 0;
        let (major, minor, header) = SegmentHeader::fields(bytes).map_err(|wrong| wrong.at(path, offset))?;
        if major > VERSION_MAJOR && !mendable {
            return Err(Error::Unsupported { path: path.to_path_buf(), major, minor });
        }
        Ok((header, whole))
    }

    fn fields(bytes: &[u8]) -> Result<(u16, u16, SegmentHeader), Invalid> {
        let mut cursor = Cursor::new(bytes);
        cursor.bytes(SEGMENT_MAGIC.len())?;
        let major = cursor.u16()?;
        let minor = cursor.u16()?;
        cursor.u32()?;
        let header = SegmentHeader {
            capture_id: cursor.array()?,
            boot_id: cursor.array()?,
            host_id: cursor.array()?,
            number: cursor.u64()?,
            start_boot_ns: cursor.u64()?,
            clock_boot_ns: cursor.u64()?,
            clock_monotonic_ns: cursor.u64()?,
            clock_realtime_ns: cursor.u64()? as i64,
            capture_start_boot_ns: cursor.u64()?,
            previous_root: cursor.array()?,
        };
        Ok((major, minor, header))
    }
}

/// Magic, version and header length.
fn constant() -> [u8; CONSTANT] {
    let mut out = [0; CONSTANT];
    let parts = SEGMENT_MAGIC
        .into_iter()
        .chain(VERSION_MAJOR.to_le_bytes())
        .chain(VERSION_MINOR.to_le_bytes())
        .chain((SEGMENT_HEADER_LEN as u32).to_le_bytes());
    for (place, byte) in out.iter_mut().zip(parts) {
        *place = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> [u8; SEGMENT_HEADER_LEN] {
        let header = SegmentHeader { number: 3, clock_realtime_ns: -5, previous_root: [9; 32], ..Default::default() };
        let bytes: [u8; SEGMENT_HEADER_LEN] = header.encode().try_into().unwrap();
        assert_eq!(SegmentHeader::decode(Path::new("x"), &bytes).unwrap(), (header, true));
        bytes
    }

    #[test]
    fn altered_header_is_told_but_read() {
        let bytes = sample();
        for at in 0..bytes.len() {
            let mut altered = bytes;
            altered[at] ^= 0x11;
            let (_, whole) = SegmentHeader::decode(Path::new("x"), &altered).unwrap();
            assert!(!whole, "byte {at}");
        }
    }

    #[test]
    fn newer_major_version_is_unsupported_and_other_files_are_no_captures() {
        let mut newer = sample();
        newer[8] = 2;
        let hash = *blake3::hash(&newer[..HASHED]).as_bytes();
        newer[HASHED..].copy_from_slice(&hash);
        assert!(matches!(
            SegmentHeader::decode(Path::new("x"), &newer),
            Err(Error::Unsupported { major: 2, minor: 0, .. })
        ));
        assert!(matches!(SegmentHeader::decode(Path::new("x"), &[7; 256]), Err(Error::NotACapture { .. })));
    }
}
