//! The memory that the kernel side and the recorder share about programs that are held: the recorder's heartbeat, and a slot
//! for each program.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A slot's states.
pub(crate) const FREE: u32 = 0;
pub(crate) const HELD: u32 = 2;

/// A program that is held.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    /// Start of the process, boot-time nanoseconds.
    pub(crate) start_time: u64,
    /// Since when it is held.
    pub(crate) since_ns: u64,
    pub(crate) pid: u32,
    /// 0 free, 1 being taken, 2 held.
    pub(crate) state: u32,
}

/// The shared memory. It must stay mapped as long as anybody has this: as long as the process lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HoldArea {
    pub(crate) heartbeat_ns: *mut u64,
    pub(crate) slots: *mut Held,
    pub(crate) count: usize,
}

// SAFETY: the pointers are to shared memory that is not tied to a thread, and every access is atomic.
unsafe impl Send for HoldArea {}

impl HoldArea {
    fn heartbeat(&self) -> &AtomicU64 {
        // SAFETY: mapped, aligned, and only accessed atomically or by the kernel side as a whole word.
        unsafe { AtomicU64::from_ptr(self.heartbeat_ns) }
    }

    fn state(&self, slot: usize) -> Option<&AtomicU32> {
        // SAFETY: as above; the slot is one of those that there are.
        (slot < self.count).then(|| unsafe { AtomicU32::from_ptr(&raw mut (*self.slots.add(slot)).state) })
    }

    /// Says that the recorder lives.
    pub(crate) fn beat(&self, now_ns: u64) {
        self.heartbeat().store(now_ns, Ordering::Release);
    }

    /// When it said so last.
    pub(crate) fn last_beat(&self) -> u64 {
        self.heartbeat().load(Ordering::Acquire)
    }

    /// What a slot holds, if a program is held by it.
    pub(crate) fn held(&self, slot: usize) -> Option<Held> {
        let state = self.state(slot)?.load(Ordering::Acquire);
        if state != HELD {
            return None;
        }
        // SAFETY: as above. The kernel side writes to a slot only as long as it is not held.
        Some(Held { state, ..unsafe { self.slots.add(slot).read_volatile() } })
    }

    /// Whether a slot holds this program still. The guardian may have let it go, and the slot be another's.
    pub(crate) fn holds(&self, slot: usize, pid: u32, start_time: u64) -> bool {
        self.held(slot).is_some_and(|held| (held.pid, held.start_time) == (pid, start_time))
    }

    /// Frees a slot, if it is held.
    pub(crate) fn free(&self, slot: usize) {
        if let Some(state) = self.state(slot) {
            let _ = state.compare_exchange(HELD, FREE, Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    /// Whether anything is held.
    pub(crate) fn holds_any(&self) -> bool {
        (0..self.count).any(|slot| self.held(slot).is_some())
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// Shared memory for `count` slots, which is never given back.
    pub(crate) fn area(count: usize) -> HoldArea {
        let length = 8 + count * size_of::<Held>();
        let memory = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert_ne!(memory, libc::MAP_FAILED);
        HoldArea { heartbeat_ns: memory.cast(), slots: unsafe { memory.byte_add(8).cast() }, count }
    }

    /// Puts a program into a slot, as the kernel side does.
    pub(crate) fn hold(area: &HoldArea, slot: usize, pid: u32, start_time: u64) {
        let held = Held { start_time, since_ns: crate::clock::boot_ns(), pid, state: 1 };
        unsafe { area.slots.add(slot).write_volatile(held) };
        area.state(slot).unwrap().store(HELD, Ordering::Release);
    }

    /// Start of a process as `task_struct.start_boottime` has it, to the hundredth of a second.
    pub(crate) fn start_time(pid: u32) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let ticks: u64 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(19).unwrap().parse().unwrap();
        ticks * 10_000_000
    }

    /// State of a process as /proc has it: `T` for stopped.
    pub(crate) fn state(pid: u32) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
    }
}
