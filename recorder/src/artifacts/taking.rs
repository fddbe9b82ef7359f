//! Takes what a notice is about: opens the file while it is there, and reads what can be read in a moment while the program is
//! held.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use formats::artifact::{ArtifactKind, ArtifactWay};

use super::guardian;
use super::hold::HoldArea;
use super::keeping::{Before, Kept};
use super::notice::{self, Notice};
use super::opening::{self, Process, Stamp};
use super::reading::read_full;
use crate::clock;

/// So long a program waits for its file to be read, and only for files up to this size; the rest is read while it runs.
const READ_FOR: Duration = Duration::from_millis(1);
const READ_AT_MOST: u64 = 4 << 20;
/// Bytes read so that wait to be kept, all together; beyond, a file is read by who keeps it.
const WAIT_AT_MOST: u64 = 256 << 20;
const CHUNK: usize = 128 << 10;

/// A notice on its way, with the program that it may hold.
pub(crate) struct Job {
    pub(crate) notice: Notice,
    pub(crate) arrived: Instant,
    area: Option<HoldArea>,
    is_released: AtomicBool,
    held_ns: AtomicU64,
}

// SAFETY: every access to the area is atomic.
unsafe impl Sync for Job {}

impl Job {
    pub(crate) fn new(notice: Notice, area: Option<HoldArea>) -> Arc<Job> {
        let is_released = AtomicBool::new(notice.held_slot().is_none() || area.is_none());
        Arc::new(Job { notice, arrived: Instant::now(), area, is_released, held_ns: AtomicU64::new(0) })
    }

    /// Whether nothing is held for it, or no more.
    pub(crate) fn is_released(&self) -> bool {
        self.is_released.load(Ordering::Acquire) || !self.is_in_slot()
    }

    /// Whether somebody else let the program go: the guardian does when we are late.
    pub(crate) fn was_let_go(&self) -> bool {
        !self.is_released.load(Ordering::Acquire) && !self.is_in_slot()
    }

    fn is_in_slot(&self) -> bool {
        let (notice, slot) = (&self.notice, self.notice.held_slot());
        let holds = |area: &HoldArea| slot.is_some_and(|slot| area.holds(slot, notice.host_pid, notice.start_time));
        self.area.is_some_and(|area| holds(&area))
    }

    /// Lets the program go on. Whoever comes first does it.
    pub(crate) fn release(&self) {
        if self.is_released.swap(true, Ordering::AcqRel) {
            return;
        }
        if self.is_in_slot() {
            self.let_go();
        }
        self.held_ns.store(clock::boot_ns().saturating_sub(self.notice.boot_ns).max(1), Ordering::Release);
    }

    fn let_go(&self) {
        let pid = self.notice.host_pid;
        // By its directory: a number that another process has by now does not mean that one.
        let process = Process::open(pid);
        match &process {
            Ok(process) if is_from(process, self.notice.start_time) != Some(false) => {
                if process.signal(libc::SIGCONT).is_err_and(|error| error.raw_os_error() != Some(libc::ESRCH)) {
                    // Whom we may not continue we must not hold: the kernel side holds nobody from now on.
                    self.area.iter().for_each(|area| area.beat(0));
                }
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // SAFETY: numbers only. Without descriptors to spare, it is better to go by the number than to leave it stopped.
            Err(_) => drop(unsafe { libc::kill(pid as i32, libc::SIGCONT) }),
        }
        if let (Some(area), Some(slot)) = (&self.area, self.notice.held_slot()) {
            area.free(slot);
        }
    }

    /// How long it was held.
    pub(crate) fn held_ns(&self) -> u64 {
        self.held_ns.load(Ordering::Acquire)
    }
}

/// Whether a process is the one that started then; `None` when /proc does not say.
fn is_from(process: &Process, start_time: u64) -> Option<bool> {
    guardian::began_at(process.text("stat").ok()?.as_bytes(), start_time)
}

/// A file that was taken.
pub(crate) struct Taken {
    pub(crate) file: File,
    pub(crate) stamp: Stamp,
    /// The whole content, where it was read while the program was held.
    pub(crate) bytes: Option<Room>,
    /// When reading began, nanoseconds since 1970.
    pub(crate) read_ns: u64,
    pub(crate) way: ArtifactWay,
    pub(crate) path: Vec<u8>,
    /// It is not as it was when the kernel told of it.
    pub(crate) is_changed: bool,
}

/// Bytes that wait to be kept, and of which no more than [`WAIT_AT_MOST`] do.
pub(crate) struct Room(Vec<u8>);

static WAITING: AtomicU64 = AtomicU64::new(0);

impl Room {
    fn take(size: u64) -> Option<Room> {
        if WAITING.fetch_add(size, Ordering::Relaxed) + size > WAIT_AT_MOST {
            WAITING.fetch_sub(size, Ordering::Relaxed);
            return None;
        }
        Some(Room(vec![0; size as usize]))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        WAITING.fetch_sub(self.0.len() as u64, Ordering::Relaxed);
    }
}

impl std::ops::Deref for Room {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl std::ops::DerefMut for Room {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

/// Takes what a notice is about; the program goes on before this returns.
pub(crate) fn take(job: &Arc<Job>, before: &Before) -> Vec<Kept> {
    let notice = &job.notice;
    // The number may be another process's by now, or of another namespace than ours.
    let process = Process::open(notice.host_pid).and_then(|process| match is_from(&process, notice.start_time) {
        Some(true) => Ok(process),
        _ => Err(io::ErrorKind::NotFound.into()),
    });
    let mut taken = Vec::new();
    let began = Instant::now();
    match &process {
        Ok(process) if notice.kind == notice::EXEC => {
            taken.push((ArtifactKind::Exec, executed(job, process, before, began)));
            if notice.has(notice::SCRIPT) {
                taken.push((ArtifactKind::Script, script(job, process, before, began)));
            }
        }
        Ok(process) => taken.push((kind(notice), mapped(job, process, before, began))),
        Err(_) => {
            taken.push((kind(notice), by_our_path(notice)));
            if notice.has(notice::SCRIPT) {
                taken.push((ArtifactKind::Script, Err("the process was gone".to_owned())));
            }
        }
    }
    job.release();
    taken.into_iter().map(|(kind, taken)| Kept { job: job.clone(), kind, taken }).collect()
}

fn kind(notice: &Notice) -> ArtifactKind {
    match notice.kind {
        notice::SHARED_OBJECT => ArtifactKind::SharedObject,
        notice::INTERPRETER => ArtifactKind::Interpreter,
        _ => ArtifactKind::Exec,
    }
}

/// The program's own file.
fn executed(job: &Job, process: &Process, before: &Before, began: Instant) -> Result<Taken, String> {
    let notice = &job.notice;
    let by_link = || -> io::Result<File> {
        let handle = process.link("exe")?;
        opening::check(&handle, notice.dev, notice.inode)?;
        opening::reopen(&handle)
    };
    match by_link() {
        Ok(file) => {
            let way = if job.is_released() { ArtifactWay::Running } else { ArtifactWay::Held };
            finish(job, file, way, before, began)
        }
        Err(_) if notice.has(notice::SCRIPT) => Err("the program was gone".to_owned()),
        Err(_) => by_path(notice, process),
    }
}

/// The script that it is to read.
fn script(job: &Job, process: &Process, before: &Before, began: Instant) -> Result<Taken, String> {
    let notice = &job.notice;
    if notice.is_filename_cut() {
        return Err("its name is too long".to_owned());
    }
    let file = process.file(notice.filename()).and_then(|handle| opening::reopen(&handle));
    let file = file.map_err(|error| format!("the script was gone: {error}"))?;
    let way = if job.is_released() { ArtifactWay::Running } else { ArtifactWay::Held };
    finish(job, file, way, before, began)
}

/// A file that is mapped.
fn mapped(job: &Job, process: &Process, before: &Before, began: Instant) -> Result<Taken, String> {
    let notice = &job.notice;
    let by_link = |name: &str| -> io::Result<File> {
        let handle = process.link(name)?;
        opening::check(&handle, notice.dev, notice.inode)?;
        opening::reopen(&handle)
    };
    let range = |from: u64, to: u64| format!("map_files/{from:x}-{to:x}");
    let found = by_link(&range(notice.address, notice.end)).or_else(|error| {
        // Its loader has split the mapping by now, or this is not the part that is there.
        let maps = process.text("maps")?;
        let parts = maps.lines().filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let (range, inode) = (words.next()?, words.nth(3)?);
            (inode.parse() == Ok(notice.inode)).then_some(range)
        });
        // In maps the numbers have leading zeros, in the names not.
        let names = parts.filter_map(|part| {
            let (from, to) = part.split_once('-')?;
            Some(range(u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
        });
        names.map(|name| by_link(&name)).find_map(Result::ok).ok_or(error)
    });
    match found {
        Ok(file) => {
            let mut taken = finish(job, file, ArtifactWay::Mapping, before, began)?;
            // It can be written to while it is mapped.
            let told = Stamp { ctime_ns: notice.ctime_ns, nlink: notice.nlink, ..taken.stamp };
            taken.is_changed = !taken.stamp.holds_what_was(&told);
            taken.bytes = taken.bytes.filter(|_| !taken.is_changed);
            Ok(taken)
        }
        Err(_) => by_path(notice, process),
    }
}

/// The file by the name that it had for the process, when it is the same, unchanged.
fn by_path(notice: &Notice, process: &Process) -> Result<Taken, String> {
    let open = || {
        let handle = process.file(notice.filename())?;
        opening::check(&handle, notice.dev, notice.inode)?;
        opening::reopen(&handle)
    };
    match open() {
        Ok(file) => unchanged(notice, file),
        Err(_) => by_our_path(notice),
    }
}

fn by_our_path(notice: &Notice) -> Result<Taken, String> {
    let path = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(notice.filename());
    let path = std::path::Path::new(path);
    if !path.is_absolute() {
        return Err("the program was gone".to_owned());
    }
    let file = opening::open_if(path, notice.dev, notice.inode);
    unchanged(notice, file.map_err(|error| format!("the program was gone, and its file: {error}"))?)
}

fn unchanged(notice: &Notice, file: File) -> Result<Taken, String> {
    let taken = plain(file, ArtifactWay::Path)?;
    if notice.ctime_ns != 0 && taken.stamp.ctime_ns != notice.ctime_ns {
        return Err("the program was gone, and its file has changed".to_owned());
    }
    Ok(taken)
}

fn plain(file: File, way: ArtifactWay) -> Result<Taken, String> {
    let stamp = Stamp::of(&file).map_err(|error| error.to_string())?;
    let path = opening::path_of(&file).unwrap_or_default();
    Ok(Taken { file, stamp, bytes: None, read_ns: 0, way, path, is_changed: false })
}

/// Reads a small file while its program is held.
fn finish(job: &Job, file: File, way: ArtifactWay, before: &Before, began: Instant) -> Result<Taken, String> {
    let mut taken = plain(file, way)?;
    let stamp = taken.stamp;
    let is_small = stamp.size <= READ_AT_MOST && stamp.allocated >= stamp.size;
    if job.is_released() || !is_small || before.has(&stamp, job.notice.has(notice::MEMFD)) {
        return Ok(taken);
    }
    taken.read_ns = clock::Clocks::read().realtime_ns.max(0) as u64;
    let Some(mut bytes) = Room::take(stamp.size) else { return Ok(taken) };
    let mut at = 0;
    while at < bytes.len() && began.elapsed() < READ_FOR {
        let end = (at + CHUNK).min(bytes.len());
        match read_full(&taken.file, &mut bytes[at..end], at as u64) {
            Ok(length) if length == end - at => at = end,
            _ => break,
        }
    }
    let stood_still = Stamp::of(&taken.file).is_ok_and(|after| after.holds_what_was(&stamp));
    // Of a part nothing is gained: the file is read again anyhow, and must stand still for that.
    taken.bytes = (at == bytes.len() && stood_still).then_some(bytes);
    Ok(taken)
}
