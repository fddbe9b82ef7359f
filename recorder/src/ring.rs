//! The reader's side of a BPF ring buffer: records are handed out in place, without a copy.
//!
//! The layout is the kernel's (kernel/bpf/ringbuf.c): a page with the consumer's position, which we write; a page with
//! the producer's, which we read; then the data, mapped twice in a row so that no record is ever in two pieces.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use libbpf_rs::{MapHandle, MapType};

const BUSY: u32 = 1 << 31;
const DISCARDED: u32 = 1 << 30;
const RECORD_HEADER: u64 = 8;

/// One ring buffer and our mapping of it.
pub(crate) struct Ring {
    map: MapHandle,
    consumer: *mut libc::c_void,
    producer: *mut libc::c_void,
    page: usize,
    size: usize,
}

// SAFETY: the pointers are to shared mappings that live as long as the ring and are not tied to a thread.
unsafe impl Send for Ring {}

impl Ring {
    /// Makes a ring of `size` bytes, a power of two and a multiple of the page size.
    pub(crate) fn create(size: usize) -> Result<Ring> {
        let options = libbpf_sys::bpf_map_create_opts {
            sz: size_of::<libbpf_sys::bpf_map_create_opts>() as libbpf_sys::size_t,
            ..Default::default()
        };
        let map = MapHandle::create(MapType::RingBuf, Some("tracee_ring"), 0, 0, u32::try_from(size)?, &options)
            .context("cannot make a ring buffer")?;
        Ring::over(map, size)
    }

    /// The ring that a map of `size` bytes is.
    pub(crate) fn over(map: MapHandle, size: usize) -> Result<Ring> {
        // SAFETY: sysconf has no preconditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
        let fd = map.as_fd().as_raw_fd();
        let consumer = map_memory(fd, page, libc::PROT_READ | libc::PROT_WRITE, 0)?;
        let producer = match map_memory(fd, page + 2 * size, libc::PROT_READ, page) {
            Ok(producer) => producer,
            Err(error) => {
                // SAFETY: the mapping was made just above with this length.
                unsafe { libc::munmap(consumer, page) };
                return Err(error);
            }
        };
        Ok(Ring { map, consumer, producer, page, size })
    }

    /// Its descriptor: becomes readable when the kernel side wakes the reader.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.map.as_fd()
    }

    /// Whether nothing waits in it, also no record that is not whole yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// Bytes that wait in it, those of records that are not whole yet among them.
    pub(crate) fn waiting(&self) -> u64 {
        // SAFETY: as in `drain`.
        let (consumer, producer) =
            unsafe { (&*(self.consumer as *const AtomicU64), &*(self.producer as *const AtomicU64)) };
        producer.load(Ordering::Acquire) - consumer.load(Ordering::Relaxed)
    }

    /// Calls `each` on every record that is whole, at most `limit` bytes of them; returns how many bytes there were.
    pub(crate) fn drain(&mut self, limit: u64, mut each: impl FnMut(&[u8])) -> u64 {
        // SAFETY: both positions lie at the start of pages that are mapped as long as `self` lives; the kernel accesses
        // them as 8-byte words too.
        let (consumer, producer) =
            unsafe { (&*(self.consumer as *const AtomicU64), &*(self.producer as *const AtomicU64)) };
        let start = consumer.load(Ordering::Relaxed);
        let end = producer.load(Ordering::Acquire);
        let mut at = start;
        while at < end && at - start < limit {
            let offset = self.page + (at as usize & (self.size - 1));
            // SAFETY: `offset` lies in the data, records begin on 8-byte boundaries, and the second mapping behind the
            // first makes room for a whole record at any of them.
            let header = unsafe { &*(self.producer.byte_add(offset) as *const std::sync::atomic::AtomicU32) };
            let word = header.load(Ordering::Acquire);
            if word & BUSY != 0 {
                break;
            }
            let length = u64::from(word & !(BUSY | DISCARDED));
            if word & DISCARDED == 0 {
                // SAFETY: the kernel committed the record with this length, and does not write to it again before the
                // consumer's position has passed it.
                let record = unsafe {
                    std::slice::from_raw_parts(
                        self.producer.byte_add(offset + RECORD_HEADER as usize) as *const u8,
                        length as usize,
                    )
                };
                each(record);
            }
            at += (length + RECORD_HEADER).next_multiple_of(8);
        }
        consumer.store(at, Ordering::Release);
        at - start
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: both mappings were made in `create` with these lengths, and nothing borrows from them any more.
        unsafe {
            libc::munmap(self.consumer, self.page);
            libc::munmap(self.producer, self.page + 2 * self.size);
        }
    }
}

fn map_memory(fd: RawFd, length: usize, protection: i32, offset: usize) -> Result<*mut libc::c_void> {
    // SAFETY: a new mapping at an address of the kernel's choice.
    let address =
        unsafe { libc::mmap(ptr::null_mut(), length, protection, libc::MAP_SHARED, fd, offset as libc::off_t) };
    if address == libc::MAP_FAILED {
        return Err(io::Error::last_os_error()).context("cannot map a ring buffer");
    }
    Ok(address)
}
