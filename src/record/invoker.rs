//! The user behind sudo: a recorded command runs as whoever asked for it.

use std::os::unix::fs::MetadataExt;
use std::process::Command;

use anyhow::{Context, Result};

/// User id, group id and supplementary groups to run the command with; `None` when nobody stands behind root.
///
/// Errors when sudo's variables make no sense: running the command as root then would be a surprise.
pub(super) fn behind_sudo() -> Result<Option<(u32, u32, Vec<u32>)>> {
    let effective_uid = std::fs::metadata("/proc/self").context("cannot read /proc/self")?.uid();
    let number = |name| match std::env::var(name) {
        Ok(text) => text.parse::<u32>().map(Some).with_context(|| format!("{name} is not a number (see --as-root)")),
        Err(_) => Ok(None),
    };
    match (effective_uid, number("SUDO_UID")?) {
        (0, Some(uid)) if uid != 0 => {
            let gid = number("SUDO_GID")?.context("SUDO_UID is set but SUDO_GID is not (see --as-root)")?;
            Ok(Some((uid, gid, groups(uid, gid))))
        }
        _ => Ok(None),
    }
}

/// The user's groups. id(1) asks every source that the system's login does; without it the group itself must do.
fn groups(uid: u32, gid: u32) -> Vec<u32> {
    let listed = Command::new("/usr/bin/id").args(["-G", "--", &uid.to_string()]).output();
    let mut groups = match listed {
        Ok(output) if output.status.success() => numbers(&String::from_utf8_lossy(&output.stdout)),
        _ => Vec::new(),
    };
    if !groups.contains(&gid) {
        groups.insert(0, gid);
    }
    groups
}

fn numbers(text: &str) -> Vec<u32> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{groups, numbers};

    #[test]
    fn groups_always_hold_the_primary_one() {
        assert_eq!(numbers("0 4 27\n"), [0, 4, 27]);
        assert!(groups(u32::MAX - 7, 12345).contains(&12345));
    }
}
