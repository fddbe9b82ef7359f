//! What the recorder itself takes: time to load, CPU time, memory. For `make bench` and the manifest.

use std::mem::MaybeUninit;

/// Figures of one recording.
#[derive(Clone, Debug, Default)]
pub struct Measurements {
    /// Time to load, verify and attach the programs, nanoseconds.
    pub load_ns: u64,
    /// Instructions that the verifier looked at, per program.
    pub verified: Vec<(String, u64)>,
    /// User and system CPU time of the recorder while it recorded (without its children), nanoseconds.
    pub cpu_ns: u64,
    /// Largest resident set, bytes, ring mappings included.
    pub peak_resident_bytes: u64,
    /// Bytes of ring mappings in that: pages that were touched, those mapped twice counted twice.
    pub ring_bytes: u64,
    /// Time that keyframes took, nanoseconds, each.
    pub keyframe_ns: Vec<u64>,
    /// Entries of the keyframes, each.
    pub keyframe_entries: Vec<u64>,
    /// Frames that the kernel's recursion guard kept from being made.
    pub recursion_misses: u64,
}

/// CPU time that all threads of this process have used, nanoseconds.
pub(crate) fn cpu_ns() -> u64 {
    let usage = usage();
    let ns = |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1000;
    ns(usage.ru_utime) + ns(usage.ru_stime)
}

/// Largest resident set so far, bytes.
pub(crate) fn peak_resident_bytes() -> u64 {
    usage().ru_maxrss as u64 * 1024
}

/// Resident bytes of ring mappings now.
pub(crate) fn resident_ring_bytes() -> u64 {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let mut in_ring = false;
    let mut bytes = 0;
    for line in maps.lines() {
        if let Some(size) = line.strip_prefix("Rss:") {
            let kib = size.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0);
            bytes += if in_ring { kib * 1024 } else { 0 };
        } else if line.split_whitespace().next().is_some_and(|word| word.contains('-')) {
            in_ring = line.contains("bpf-map");
        }
    }
    bytes
}

fn usage() -> libc::rusage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a rusage of ours, which is plain numbers.
    unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    }
}
