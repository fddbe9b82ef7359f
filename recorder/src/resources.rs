//! What the recorder takes of the machine: memory for rings, locked memory, a place in the queue for the CPU.

/// Rings: bytes per CPU by default, and all together at the most.
const CONTROL_BYTES: u64 = 4 << 20;
const EVENTS_BYTES: u64 = 8 << 20;
const DEFAULT_TOTAL_BYTES: u64 = 256 << 20;
const LEAST_RING_BYTES: u64 = 64 << 10;

/// Bytes of a ring of the control and of the events lane, out of `total` for all of them.
pub(crate) fn ring_sizes(total: Option<u64>, cpus: u64) -> (usize, usize) {
    let wanted = (CONTROL_BYTES + EVENTS_BYTES) * cpus;
    let total = total.unwrap_or(DEFAULT_TOTAL_BYTES.min(wanted)).max(1);
    let share = |full: u64| {
        let bytes = (u128::from(full) * u128::from(total) / u128::from(wanted)) as u64;
        let power = if bytes.is_power_of_two() { bytes } else { bytes.next_power_of_two() / 2 };
        power.max(LEAST_RING_BYTES) as usize
    };
    (share(CONTROL_BYTES), share(EVENTS_BYTES))
}

/// Bytes of a ring of the artifacts lane: content comes in bursts as fast as memory is copied.
pub(crate) fn artifact_ring_size(cpus: u64) -> usize {
    const TOTAL_BYTES: u64 = 64 << 20;
    const LEAST_BYTES: u64 = 1 << 20;
    let share = (TOTAL_BYTES / cpus.max(1)).max(LEAST_BYTES);
    if share.is_power_of_two() { share as usize } else { (share.next_power_of_two() / 2) as usize }
}

/// Bytes of a ring of the packets lane: that of packets that nothing interrupts, and of others.
pub(crate) fn packet_ring_sizes(cpus: u64) -> [usize; 2] {
    let most = artifact_ring_size(cpus).min(16 << 20);
    [most, (most / 4).max(1 << 20)]
}

/// Kernels before 5.11 count BPF memory against this limit. Where it cannot be raised it is not needed, or loading says so.
pub(crate) fn raise_locked_memory_limit() {
    let limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: a structure of ours.
    unsafe { libc::setrlimit(libc::RLIMIT_MEMLOCK, &limit) };
}

/// For threads that come from the draining one and are in no hurry: they begin with its priority.
pub fn be_an_ordinary_thread() {
    // SAFETY: numbers only.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 0) };
}

/// The draining thread must get a CPU when the rings fill, however busy the machine is.
pub(crate) fn prefer_this_thread() {
    // SAFETY: numbers only. Without the privilege it stays as it is.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, -15) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_share_what_there_is() {
        assert_eq!(ring_sizes(None, 2), (4 << 20, 8 << 20));
        assert_eq!(ring_sizes(Some(12 << 20), 2), (2 << 20, 4 << 20));
        assert_eq!(ring_sizes(Some(1), 2), (64 << 10, 64 << 10));
        let (control, events) = ring_sizes(None, 128);
        assert!((control + events) * 128 <= DEFAULT_TOTAL_BYTES as usize);
    }
}
