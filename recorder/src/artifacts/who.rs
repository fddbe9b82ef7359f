//! Who did something with content: contexts by their number, as their frames pass by.

use std::fs;
use std::sync::{Arc, Mutex, MutexGuard};

use formats::events::structure::CONTEXT;

use super::recent::Recent;
use crate::fields::field;
use crate::host::line_of;

/// Contexts that are remembered; then the older half is forgotten, and /proc asked.
const MOST: usize = 1 << 18;

/// A thread, its process, and the context that says the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) context: u64,
    pub(crate) tid: u32,
    pub(crate) host_pid: u32,
    /// Start of the process, boot-time nanoseconds; 0 when not known.
    pub(crate) start_time: u64,
}

impl Who {
    /// The process, as quotas count it.
    pub(crate) fn process(&self) -> (u32, u64) {
        (self.host_pid, self.start_time)
    }
}

/// Processes by context. Clones are the same.
#[derive(Clone)]
pub(crate) struct Contexts(Arc<Mutex<Recent<u64, (u32, u64)>>>);

impl Default for Contexts {
    fn default() -> Contexts {
        Contexts(Arc::new(Mutex::new(Recent::new(MOST))))
    }
}

impl Contexts {
    /// Takes note of a `context` payload.
    pub(crate) fn see(&self, payload: &[u8]) -> Option<()> {
        let id = field!(CONTEXT, payload, "id")?;
        let process = (field!(CONTEXT, payload, "host_pid")? as u32, field!(CONTEXT, payload, "start_boot_ns")?);
        self.known().put(id, process);
        Some(())
    }

    /// Who a frame is by: `None` for the process where its context has not come by yet.
    pub(crate) fn by_context(&self, context: u64, tid: u32) -> Option<Who> {
        let (host_pid, start_time) = *self.known().get(&context)?;
        Some(Who { context, tid, host_pid, start_time })
    }

    /// The same; /proc is asked where nothing else is known.
    pub(crate) fn find(&self, context: u64, tid: u32) -> Who {
        self.by_context(context, tid).unwrap_or_else(|| {
            let host_pid = process_of(tid).unwrap_or(tid);
            Who { context, tid, host_pid, start_time: 0 }
        })
    }

    fn known(&self) -> MutexGuard<'_, Recent<u64, (u32, u64)>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The process of a living thread.
fn process_of(tid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
    line_of(&status, "Tgid:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use formats::payload::PayloadBuilder;

    use super::*;

    #[test]
    fn a_context_tells_the_process_and_otherwise_proc_does() {
        let contexts = Contexts::default();
        let payload = PayloadBuilder::new(&CONTEXT).u64("id", 9).u64("host_pid", 4).u64("start_boot_ns", 77).finish();
        contexts.see(&payload.unwrap()).unwrap();
        assert_eq!(contexts.find(9, 5), Who { context: 9, tid: 5, host_pid: 4, start_time: 77 });
        assert_eq!(contexts.by_context(10, 5), None);
        let tid = unsafe { libc::gettid() } as u32;
        assert_eq!(contexts.find(10, tid).host_pid, std::process::id());
    }
}
