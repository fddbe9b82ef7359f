//! Segments: files of blocks that stand alone, each closing over its blocks and over the segment before it.
//!
//! The header says whose, which and when; the footer indexes the blocks; the trailer finds the footer from the end. When
//! footer or trailer are missing or damaged, the reader finds the blocks by their own headers.

mod footer;
mod growth;
mod header;
mod reader;
mod scan;
mod source;
mod writer;

pub use growth::Growth;
pub use header::{SEGMENT_HEADER_LEN, SEGMENT_MAGIC, SegmentHeader, VERSION_MAJOR, VERSION_MINOR};
pub use reader::{BlockEntry, Damage, Segment};
pub use source::SegmentSource;
pub use writer::{SegmentRoot, SegmentWriter, Sink};

/// The file name of segment `number`.
pub fn file_name(number: u64) -> String {
    format!("{number:08}.seg")
}

/// The number in a segment's file name, if it is one: eight digits and `.seg`, nothing else, so no path.
pub fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    if digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_segment_names_have_numbers() {
        assert_eq!(number_of(&file_name(17)), Some(17));
        for name in
            ["", ".seg", "1.seg", "000000001.seg", "../00001.seg", "0000001a.seg", "00000001.SEG", "+0000001.seg"]
        {
            assert_eq!(number_of(name), None, "{name}");
        }
    }
}
