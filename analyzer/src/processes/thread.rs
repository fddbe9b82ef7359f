//! Threads: which each process had, and for how long. What each was called at every moment is another matter
//! ([`crate::threads`]).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::replace;

/// One thread as far as the capture shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// Unique id; that of a process's first thread is the process's.
    pub key: i64,
    /// Its process.
    pub process_key: i64,
    /// Thread id in the initial PID namespace.
    pub host_tid: u32,
    /// Thread id in its own PID namespace; 0 when it is not known.
    pub tid: u32,
    /// Its name, as last seen. Bytes as the kernel has them.
    pub comm: Option<Vec<u8>>,
    /// Start, boot-time nanoseconds.
    pub start_boot_ns: u64,
    /// End, boot-time nanoseconds; `None` while it lives or when it is not known.
    pub end_boot_ns: Option<u64>,
}

/// Threads in the order they were first seen.
#[derive(Clone, Debug, Default)]
pub struct Threads {
    list: Vec<Thread>,
    numbers: HashMap<i64, usize>,
}

impl Threads {
    /// Every thread.
    pub fn list(&self) -> &[Thread] {
        &self.list
    }

    /// The thread with this key, if it is known.
    pub(super) fn get_mut(&mut self, key: i64) -> Option<&mut Thread> {
        self.list.get_mut(*self.numbers.get(&key)?)
    }

    /// Takes a thread, or what is new of one that is known.
    pub(super) fn take(&mut self, thread: Thread) {
        match self.numbers.entry(thread.key) {
            Entry::Occupied(entry) => {
                let Some(known) = self.list.get_mut(*entry.get()) else { return };
                if known.tid == 0 {
                    known.tid = thread.tid;
                }
                replace(&mut known.comm, thread.comm);
                replace(&mut known.end_boot_ns, thread.end_boot_ns);
            }
            Entry::Vacant(entry) => {
                entry.insert(self.list.len());
                self.list.push(thread);
            }
        }
    }
}
