//! How much of anything signatures may hold.

/// Signatures loaded at once.
pub const MAX_SIGNATURES: usize = 10_000;
/// Bytes in one file.
pub const MAX_FILE_BYTES: usize = 1 << 20;
/// Entries in all directories that are read for signatures.
pub const MAX_DIRECTORY_ENTRIES: usize = 100_000;
/// Directories inside each other.
pub const MAX_DIRECTORY_DEPTH: usize = 32;
/// Tests in one signature, after lists, placeholders and variants are spelled out.
pub const MAX_TESTS: usize = 20_000;
/// Tests in all signatures.
pub const MAX_ALL_TESTS: usize = 500_000;
/// Values in all documents of a file, after `action` has laid documents over each other.
pub const MAX_FILE_NODES: usize = 1_000_000;
/// Bytes in one value.
pub const MAX_VALUE_BYTES: usize = 16_384;
/// Bytes in one condition expression.
pub const MAX_EXPRESSION_BYTES: usize = 65_536;
/// Parentheses and `not` inside each other in one expression.
pub const MAX_EXPRESSION_DEPTH: usize = 64;
/// Bytes that one compiled regular expression may take.
pub const MAX_REGEX_BYTES: usize = 1 << 20;
/// Parts inside each other in one regular expression.
pub const MAX_REGEX_DEPTH: u32 = 100;
/// Values that `windash` makes of one.
pub const MAX_VARIANTS: usize = 625;
/// Signatures that one correlation is about.
pub const MAX_CORRELATED: usize = 64;
/// Events that one correlation keeps, in all of its groups.
pub const MAX_WINDOW_EVENTS: usize = 100_000;
/// Groups that one correlation keeps.
pub const MAX_GROUPS: usize = 10_000;
/// Losses that are kept apart; later ones are taken for one with that before.
pub const MAX_LOSSES: usize = 10_000;
/// Bytes of a text that a correlation keeps; of a longer one it keeps the BLAKE3 hash.
pub const MAX_KEPT_BYTES: usize = 64;
/// Longest timespan of a correlation, in ns: a year.
pub const MAX_TIMESPAN_NS: i64 = 366 * 86_400 * 1_000_000_000;
/// Errors that are told at once.
pub const MAX_ERRORS: usize = 100;
