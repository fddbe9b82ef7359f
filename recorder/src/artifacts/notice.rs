//! What the kernel side tells of a file that is executed or mapped as code.

use std::mem::MaybeUninit;

/// It is held.
#[cfg(test)]
pub(crate) const HELD: u32 = 1;
pub(crate) const MEMFD: u32 = 2;
pub(crate) const UNLINKED: u32 = 4;
/// The file was changed since recording began.
pub(crate) const NEW: u32 = 8;
/// `filename` is that of a script; the file is that of its interpreter.
pub(crate) const SCRIPT: u32 = 16;
/// It should have been held.
pub(crate) const NOT_HELD: u32 = 32;
/// It should have been held, had it not been the first process of a PID namespace, or traced.
pub(crate) const MAY_NOT_BE_HELD: u32 = 64;

/// Values of `kind`.
pub(crate) const EXEC: u32 = 1;
pub(crate) const SHARED_OBJECT: u32 = 2;
pub(crate) const INTERPRETER: u32 = 3;

/// A record of the notice ring, as the kernel side lays it out.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Notice {
    pub(crate) boot_ns: u64,
    /// Start of the process, boot-time nanoseconds.
    pub(crate) start_time: u64,
    pub(crate) context: u64,
    pub(crate) object: u64,
    pub(crate) inode: u64,
    pub(crate) ctime_ns: u64,
    pub(crate) size: u64,
    /// Where it is mapped.
    pub(crate) address: u64,
    pub(crate) end: u64,
    pub(crate) host_pid: u32,
    pub(crate) tid: u32,
    pub(crate) dev: u32,
    pub(crate) mode: u32,
    pub(crate) nlink: u32,
    pub(crate) kind: u32,
    pub(crate) flags: u32,
    /// Number of the slot that holds it, and one; 0 when it is not held.
    pub(crate) slot: u32,
    pub(crate) filename_length: u32,
    pub(crate) reserved: u32,
    pub(crate) filename: [u8; 256],
}

const _: () = assert!(size_of::<Notice>() == 368);

impl Notice {
    /// A record of the ring.
    pub(crate) fn decode(record: &[u8]) -> Option<Notice> {
        let bytes = record.get(..size_of::<Notice>())?;
        let mut notice = MaybeUninit::<Notice>::uninit();
        // SAFETY: as many bytes as it has, and every pattern of them is one.
        unsafe {
            notice.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            Some(notice.assume_init())
        }
    }

    /// The name by which it was executed or mapped.
    pub(crate) fn filename(&self) -> &[u8] {
        let whole = self.filename.get(..self.filename_length as usize).unwrap_or(&self.filename);
        whole.split(|&byte| byte == 0).next().unwrap_or_default()
    }

    /// Whether the name did not fit.
    pub(crate) fn is_filename_cut(&self) -> bool {
        self.filename_length as usize >= self.filename.len() && !self.filename.contains(&0)
    }

    pub(crate) fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// The slot that holds it.
    pub(crate) fn held_slot(&self) -> Option<usize> {
        (self.slot as usize).checked_sub(1)
    }

    /// One that says nothing, for tests.
    #[cfg(test)]
    pub(crate) fn empty() -> Notice {
        // SAFETY: numbers only.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }

    #[cfg(test)]
    pub(crate) fn named(mut self, name: &[u8]) -> Notice {
        self.filename[..name.len()].copy_from_slice(name);
        self.filename_length = name.len() as u32 + 1;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_wherever_it_lies() {
        let notice = Notice { host_pid: 7, slot: 3, reserved: 9, ..Notice::empty() }.named(b"/bin/true");
        let bytes = unsafe { std::mem::transmute::<Notice, [u8; 368]>(notice) };
        let shifted = [&[0][..], &bytes, &[0; 8]].concat();
        let back = Notice::decode(&shifted[1..]).unwrap();
        assert_eq!(
            (back.host_pid, back.held_slot(), back.reserved, back.filename()),
            (7, Some(2), 9, &b"/bin/true"[..])
        );
        assert!(Notice::decode(&bytes[1..]).is_none());
        let long = Notice { filename: [b'a'; 256], filename_length: 4000, ..Notice::empty() };
        assert!(long.is_filename_cut() && long.filename().len() == 256);
        assert_eq!(Notice::empty().held_slot(), None);
    }
}
