//! Opens files of other processes without doing them harm: nothing but a regular file is ever opened for reading, and only
//! when it is the one that the kernel side saw.

use std::ffi::{CString, OsStr};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    pub(crate) dev: u64,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    pub(crate) mtime_ns: u64,
    pub(crate) ctime_ns: u64,
    pub(crate) mode: u32,
    pub(crate) nlink: u32,
    /// Bytes of it that lie on the disk.
    pub(crate) allocated: u64,
}

impl Stamp {
    pub(crate) fn of(file: &File) -> io::Result<Stamp> {
        let is = file.metadata()?;
        let ns = |seconds: i64, ns: i64| (seconds as i128 * 1_000_000_000 + i128::from(ns)).max(0) as u64;
        Ok(Stamp {
            dev: is.dev(),
            inode: is.ino(),
            size: is.size(),
            mtime_ns: ns(is.mtime(), is.mtime_nsec()),
            ctime_ns: ns(is.ctime(), is.ctime_nsec()),
            mode: is.mode(),
            nlink: is.nlink() as u32,
            allocated: is.blocks() * 512,
        })
    }

    /// Whether a file that was like this is as it was, as far as its times tell.
    pub(crate) fn is_as(&self, other: &Stamp) -> bool {
        (self.dev, self.inode, self.size, self.mtime_ns, self.ctime_ns)
            == (other.dev, other.inode, other.size, other.mtime_ns, other.ctime_ns)
    }

    /// Whether it still holds what it held when it was like `before`. Who links or unlinks a file changes one of its times, too,
    /// a moment after the number of links; a modification time alone can be set back.
    pub(crate) fn holds_what_was(&self, before: &Stamp) -> bool {
        let was_linked_or_not = self.nlink != before.nlink || self.nlink == 0;
        let ctime_ns = if was_linked_or_not { before.ctime_ns } else { self.ctime_ns };
        Stamp { ctime_ns, ..*self }.is_as(before)
    }
}

/// Opens the file that a name leads to, for reading, if it is the regular file with this device (as the kernel keeps it) and
/// inode number.
pub(crate) fn open_if(path: &Path, dev: u32, inode: u64) -> io::Result<File> {
    let handle = OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_CLOEXEC).open(path)?;
    check(&handle, dev, inode)?;
    reopen(&handle)
}

/// Whether a handle is on the file with this device and inode number.
pub(crate) fn check(handle: &File, dev: u32, inode: u64) -> io::Result<()> {
    let is = handle.metadata()?;
    let is_same = (kernel_dev(is.dev()), is.ino()) == (dev, inode);
    if is_same || is_same_beneath(handle, dev, inode) {
        return Ok(());
    }
    Err(io::Error::other("another file is there now"))
}

/// A device number as the kernel keeps it.
fn kernel_dev(dev: u64) -> u32 {
    libc::major(dev) << 20 | libc::minor(dev)
}

/// Where a file system gives out other numbers than its inodes have (overlayfs, btrfs): the kernel tells the inode's own in
/// `fdinfo`, and the device of its mount.
fn is_same_beneath(handle: &File, dev: u32, inode: u64) -> bool {
    let Ok(info) = fs::read_to_string(format!("/proc/self/fdinfo/{}", handle.as_raw_fd())) else { return false };
    let number = |name: &str| info.lines().find_map(|line| line.strip_prefix(name))?.trim().parse::<u64>().ok();
    number("ino:") == Some(inode) && number("mnt_id:").and_then(device_of_mount).is_some_and(|device| device == dev)
}

fn device_of_mount(id: u64) -> Option<u32> {
    let mounts = fs::read("/proc/self/mountinfo").ok()?;
    mounts.split(|&byte| byte == b'\n').find_map(|line| {
        let mut words = line.split(|&byte| byte == b' ');
        let number = |word: &[u8]| std::str::from_utf8(word).ok()?.parse::<u64>().ok();
        if number(words.next()?)? != id {
            return None;
        }
        let device = words.nth(1)?;
        let colon = device.iter().position(|&byte| byte == b':')?;
        Some((number(&device[..colon])? as u32) << 20 | number(&device[colon + 1..])? as u32)
    })
}

/// A handle that was opened with `O_PATH`, for reading. Only of a regular file: to open a pipe or a device does something.
pub(crate) fn reopen(handle: &File) -> io::Result<File> {
    if !handle.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let path = format!("/proc/self/fd/{}", handle.as_raw_fd());
    let flags = libc::O_CLOEXEC | libc::O_NONBLOCK | libc::O_NOCTTY;
    let open = |more| OpenOptions::new().read(true).custom_flags(flags | more).open(&path);
    // Access times of what we look at stay as they are, where we may ask for that.
    open(libc::O_NOATIME).or_else(|_| open(0))
}

/// The directory of a process in /proc. What is opened by it is that process's, or fails: its number is not given out again to
/// another meanwhile.
pub(crate) struct Process(OwnedFd);

/// `openat2` and its flags, which libc has no function for.
#[repr(C)]
#[derive(Default)]
struct OpenHow {
    flags: u64,
    mode: u64,
    resolve: u64,
}
const RESOLVE_NO_MAGICLINKS: u64 = 2;
const RESOLVE_BENEATH: u64 = 8;
const RESOLVE_IN_ROOT: u64 = 16;

impl Process {
    pub(crate) fn open(pid: u32) -> io::Result<Process> {
        let flags = libc::O_DIRECTORY | libc::O_CLOEXEC;
        Ok(Process(OpenOptions::new().read(true).custom_flags(flags).open(format!("/proc/{pid}"))?.into()))
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: i32) -> io::Result<()> {
        // SAFETY: numbers only, and no structure. A directory of /proc is as good as a pidfd, but not with O_PATH.
        let done = unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.0.as_raw_fd(),
                signal,
                std::ptr::null::<libc::siginfo_t>(),
                0,
            )
        };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// A handle on what a link of its leads to: `exe`, `fd/3`, `cwd`, `root`, `map_files/...`.
    pub(crate) fn link(&self, name: &str) -> io::Result<File> {
        open_at(&self.0, OsStr::new(name), libc::O_PATH)
    }

    /// A file of its directory, like `maps`.
    pub(crate) fn text(&self, name: &str) -> io::Result<String> {
        let mut text = Vec::new();
        io::Read::read_to_end(&mut open_at(&self.0, OsStr::new(name), libc::O_RDONLY)?, &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// A handle on the file that a path leads to when this process uses it.
    pub(crate) fn file(&self, path: &[u8]) -> io::Result<File> {
        if let Some(number) = own_descriptor(path) {
            return self.link(&format!("fd/{number}"));
        }
        if path.starts_with(b"/") {
            return resolve(&self.link("root")?, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        }
        let cwd = self.link("cwd")?;
        resolve(&cwd, path, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS).or_else(|error| {
            // It leaves the working directory: to be resolved from the root, which must not be left.
            if !matches!(error.raw_os_error(), Some(libc::EXDEV | libc::ELOOP)) {
                return Err(error);
            }
            let (root, cwd) = (path_of(&self.link("root")?)?, path_of(&cwd)?);
            let inside = cwd.strip_prefix(root.strip_suffix(b"/").unwrap_or(&root)).unwrap_or(&cwd);
            let whole = [inside, b"/", path].concat();
            resolve(&self.link("root")?, &whole, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
        })
    }
}

/// The number in `/dev/fd/7`, as programs executed by a descriptor are called, or in another name for the same.
fn own_descriptor(path: &[u8]) -> Option<u32> {
    let rest = [&b"/dev/fd/"[..], b"/proc/self/fd/"].iter().find_map(|prefix| path.strip_prefix(*prefix))?;
    std::str::from_utf8(rest).ok()?.parse().ok()
}

fn resolve(directory: &File, path: &[u8], how: u64) -> io::Result<File> {
    let path = CString::new(path)?;
    let how = OpenHow { flags: (libc::O_PATH | libc::O_CLOEXEC) as u64, resolve: how, ..OpenHow::default() };
    // SAFETY: a path of ours that ends with NUL and a structure of the length that is said; the descriptor is new.
    unsafe {
        let fd = libc::syscall(
            libc::SYS_openat2,
            directory.as_raw_fd(),
            path.as_ptr(),
            &how as *const OpenHow,
            size_of::<OpenHow>(),
        );
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(File::from_raw_fd(fd as i32)) }
    }
}

fn open_at(directory: &OwnedFd, name: &OsStr, flags: i32) -> io::Result<File> {
    let name = CString::new(name.as_bytes())?;
    // SAFETY: a name of ours that ends with NUL; the descriptor is new.
    unsafe {
        let fd = libc::openat(directory.as_raw_fd(), name.as_ptr(), flags | libc::O_CLOEXEC);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(File::from_raw_fd(fd)) }
    }
}

/// The path of an open file as the kernel has it now, without the word that says it has none any more.
pub(crate) fn path_of(file: &File) -> io::Result<Vec<u8>> {
    let path = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?.into_os_string();
    let path = path.as_bytes();
    let is_gone = file.metadata().is_ok_and(|is| is.nlink() == 0);
    Ok(path.strip_suffix(b" (deleted)").filter(|_| is_gone).unwrap_or(path).to_vec())
}

/// Whether nobody can write to a memfd any more.
pub(crate) fn is_sealed(file: BorrowedFd<'_>) -> bool {
    // SAFETY: numbers only; fails on what is no memfd.
    let seals = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GET_SEALS) };
    seals >= 0 && seals & libc::F_SEAL_WRITE != 0
}

/// As many descriptors as we may have.
pub(crate) fn raise_descriptor_limit() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a structure of ours.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max.min(1 << 16).max(limit.rlim_cur);
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_file_that_is_unlinked_holds_what_it_held() {
        let before = Stamp { dev: 1, inode: 2, size: 3, mtime_ns: 4, ctime_ns: 5, mode: 0, nlink: 2, allocated: 0 };
        let same = [
            before,
            Stamp { nlink: 1, ctime_ns: 6, ..before },
            Stamp { nlink: 0, ctime_ns: 6, ..before },
            Stamp { nlink: 3, ctime_ns: 6, ..before },
            // The kernel changes the number of links first, and then the time.
            Stamp { nlink: 1, ..before },
        ];
        for after in same {
            assert!(after.holds_what_was(&before), "{after:?}");
        }
        let gone = Stamp { nlink: 0, ..before };
        assert!(Stamp { ctime_ns: 6, ..gone }.holds_what_was(&gone));
        for after in [
            // Written to, and its modification time set back.
            Stamp { ctime_ns: 6, ..before },
            Stamp { mtime_ns: 6, nlink: 1, ..before },
            Stamp { size: 4, nlink: 0, ..before },
            Stamp { inode: 3, ..before },
        ] {
            assert!(!after.holds_what_was(&before), "{after:?}");
        }
    }

    #[test]
    fn only_the_file_that_was_seen_is_opened() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        fs::write(&path, "one").unwrap();
        let is = fs::metadata(&path).unwrap();
        assert_eq!(io::read_to_string(open_if(&path, kernel_dev(is.dev()), is.ino()).unwrap()).unwrap(), "one");
        assert!(open_if(&path, kernel_dev(is.dev()), is.ino() + 1).is_err());
        assert!(open_if(&path, kernel_dev(is.dev()) + 1, is.ino()).is_err());
    }

    #[test]
    fn pipes_are_not_opened() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("fifo");
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let is = fs::metadata(&path).unwrap();
        let why = open_if(&path, kernel_dev(is.dev()), is.ino()).unwrap_err();
        assert!(why.to_string().contains("no regular file"), "and it returned at once: {why}");
    }

    #[test]
    fn the_mount_tells_the_device_too() {
        let file = File::open("/proc/self/exe").unwrap();
        let is = file.metadata().unwrap();
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).unwrap();
        let id = info.lines().find_map(|line| line.strip_prefix("mnt_id:")).unwrap().trim().parse().unwrap();
        assert!(device_of_mount(id).is_some());
        assert!(!is_same_beneath(&file, u32::MAX, is.ino()));
    }

    #[test]
    fn files_are_found_as_the_process_would() {
        let me = Process::open(std::process::id()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let is = |found: io::Result<File>| found.unwrap().metadata().unwrap().ino();
        let wanted = file.as_file().metadata().unwrap().ino();
        let path = file.path().as_os_str().as_bytes();
        assert_eq!(is(me.file(path)), wanted);
        assert_eq!(is(me.file(format!("/dev/fd/{}", file.as_raw_fd()).as_bytes())), wanted);
        let depth = std::env::current_dir().unwrap().components().count();
        let relative = [&b"../".repeat(depth + 3)[..], &path[1..]].concat();
        assert_eq!(is(me.file(&relative)), wanted, "it leaves the working directory and stays below the root");
        assert_eq!(is(me.file(b"Cargo.toml")), fs::metadata("Cargo.toml").unwrap().ino());
        assert!(me.file(b"/no/such/file").is_err());
        assert_eq!(path_of(file.as_file()).unwrap(), path);
        me.signal(0).unwrap();
    }

    #[test]
    fn a_deleted_file_keeps_its_name_and_a_sealed_memfd_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x (deleted)");
        let file = File::create(&path).unwrap();
        assert_eq!(path_of(&file).unwrap(), path.as_os_str().as_bytes());
        fs::remove_file(&path).unwrap();
        assert_eq!(path_of(&file).unwrap(), path.as_os_str().as_bytes());
        assert!(!is_sealed(file.as_fd()));
        let memfd = unsafe { libc::memfd_create(c"x".as_ptr(), libc::MFD_ALLOW_SEALING) };
        let memfd = unsafe { File::from_raw_fd(memfd) };
        assert!(!is_sealed(memfd.as_fd()));
        assert_eq!(unsafe { libc::fcntl(memfd.as_raw_fd(), libc::F_ADD_SEALS, libc::F_SEAL_WRITE) }, 0);
        assert!(is_sealed(memfd.as_fd()));
    }
}
