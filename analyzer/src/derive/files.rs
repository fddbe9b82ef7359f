//! Files: events made from system calls.

use formats::events::files::SECURITY_FILE_OPEN;
use formats::payload::PayloadBuilder;

use super::{FromCall, Rule, Source};

/// The family's rules.
pub(super) const RULES: &[Rule] = &[Rule { event: &SECURITY_FILE_OPEN, from_user: &[], make: security_file_open }];

fn security_file_open(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let file = call.file("ret_object").filter(|_| call.succeeded())?;
    Some(row.u64("file", call.object("ret_object")).u64("flags", file.open_flags.into()).copied(
        "syscall_pathname",
        call,
        "pathname",
    ))
}
