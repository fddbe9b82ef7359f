//! How much of anything a plan may hold. The same limits hold for what people write and for what a capture says.

/// Policies at once: each has a bit in the masks that the kernel side and the `policies` column are made of.
pub const MAX_POLICIES: usize = 64;
/// Bytes in the name of a policy.
pub const MAX_NAME_BYTES: usize = 253;
/// Expressions in one scope.
pub const MAX_EXPRESSIONS: usize = 64;
/// Rules in one policy, one per event.
pub const MAX_RULES: usize = 2048;
/// Filters in one rule.
pub const MAX_FILTERS: usize = 64;
/// Values in one expression or filter.
pub const MAX_VALUES: usize = 1024;
/// Bytes in one value.
pub const MAX_VALUE_BYTES: usize = 4096;
/// Bytes in one expression or filter as it is written.
pub const MAX_WRITTEN_BYTES: usize = 65_536;
/// Values in all expressions and filters of a plan.
pub const MAX_PLAN_VALUES: usize = 65_536;
/// Bytes in one policy file.
pub const MAX_FILE_BYTES: usize = 1 << 20;
/// Lists and mappings inside each other in a policy file.
pub const MAX_DEPTH: usize = 32;
/// Fields in one mapping of a policy file.
pub const MAX_FIELDS: usize = 1024;
/// Values of any kind in a policy file, those that aliases repeat counted each time.
pub const MAX_NODES: usize = 200_000;
/// Entries in a directory of policy files.
pub const MAX_DIRECTORY_ENTRIES: usize = 4096;
