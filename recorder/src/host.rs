//! What this machine is and what it allows: capabilities, kernel, ids of host and boot.

use std::fs;

use crate::RecordError;

const CAP_SYS_ADMIN: u32 = 21;
const CAP_PERFMON: u32 = 38;
const CAP_BPF: u32 = 39;

/// The kernel's own description of itself, as in uname(2).
pub(crate) struct Kernel {
    pub(crate) release: String,
    pub(crate) version: String,
    pub(crate) machine: String,
    pub(crate) host_name: String,
}

/// Whether this process may load programs and attach them.
pub(crate) fn check_capabilities() -> Result<(), RecordError> {
    let held = capabilities();
    let has = |capability: u32| held & (1 << capability) != 0;
    if has(CAP_SYS_ADMIN) {
        return Ok(());
    }
    match (has(CAP_BPF), has(CAP_PERFMON)) {
        (true, true) => Ok(()),
        (false, true) => Err(RecordError::MissingCapability("CAP_BPF".to_owned())),
        (true, false) => Err(RecordError::MissingCapability("CAP_PERFMON".to_owned())),
        (false, false) => Err(RecordError::MissingCapability("CAP_BPF and CAP_PERFMON".to_owned())),
    }
}

/// The capabilities that this process has in effect, a bit each by its number; none when /proc does not say.
pub(crate) fn capabilities() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    line_of(&status, "CapEff:").and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or(0)
}

/// What a line of a `/proc/PID/status` says.
pub(crate) fn line_of<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

/// Whether the kernel has what the programs need at the least.
pub(crate) fn check_kernel() -> Result<(), RecordError> {
    if fs::metadata("/sys/kernel/btf/vmlinux").is_err() {
        return Err(RecordError::NoBpf(
            "the kernel describes no types (/sys/kernel/btf/vmlinux is missing; it needs CONFIG_DEBUG_INFO_BTF)"
                .to_owned(),
        ));
    }
    crate::ring::Ring::create(4096 * 16)
        .map(drop)
        .map_err(|error| RecordError::NoBpf(format!("the kernel refuses a BPF ring buffer: {error:#}")))
}

/// This boot's id, 16 bytes; zeros when the kernel does not tell.
pub(crate) fn boot_id() -> [u8; 16] {
    uuid(&fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default())
}

/// A random id, 16 bytes, of a capture.
pub(crate) fn random_id() -> [u8; 16] {
    uuid(&fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default())
}

/// An id of this host that does not give its machine id away: zeros when it has none.
pub(crate) fn host_id() -> [u8; 16] {
    let Some(machine_id) = fs::read_to_string("/etc/machine-id").ok().filter(|id| !id.trim().is_empty()) else {
        return [0; 16];
    };
    let hash = blake3::derive_key("tracee host id", machine_id.trim().as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    id
}

fn uuid(text: &str) -> [u8; 16] {
    let digits: Vec<u8> =
        text.bytes().filter_map(|byte| (byte as char).to_digit(16)).map(|digit| digit as u8).collect();
    let mut id = [0; 16];
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    id
}

/// Asks uname(2).
pub(crate) fn kernel() -> Kernel {
    // SAFETY: utsname is plain bytes, and uname writes NUL-terminated strings into it.
    let name = unsafe {
        let mut name: libc::utsname = std::mem::zeroed();
        libc::uname(&mut name);
        name
    };
    let text = |field: &[libc::c_char]| {
        let bytes: Vec<u8> = field.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Kernel {
        release: text(&name.release),
        version: text(&name.version),
        machine: text(&name.machine),
        host_name: text(&name.nodename),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_read_from_their_text() {
        let id = super::uuid("01020304-0506-0708-090a-0b0c0d0e0fff\n");
        assert_eq!(id, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255]);
        assert_eq!(super::uuid(""), [0; 16]);
    }
}
