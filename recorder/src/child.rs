//! The command that is recorded: forked, held until the recorder watches it, then let go.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::RecordError;

/// A command that waits to be let go, or runs.
pub struct Child {
    pid: i32,
    go: File,
    failure: File,
}

impl Child {
    /// Forks. The child does nothing before [`Child::release`]; `run_as` is user id, group id and groups for it.
    ///
    /// # Errors
    /// [`RecordError::CommandNotFound`] and [`RecordError::CommandNotExecutable`] as env(1) tells them apart.
    pub fn spawn(command: &[OsString], run_as: Option<&(u32, u32, Vec<u32>)>) -> Result<Child> {
        let name = command.first().context("there is no command")?;
        let path = find(name)?;
        let path = c_string(path.as_os_str())?;
        let arguments = command.iter().map(|argument| c_string(argument)).collect::<Result<Vec<_>>>()?;
        let variables = environment(run_as.map(|(uid, _, _)| *uid))?;
        let pointers = |strings: &[CString]| {
            strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect::<Vec<_>>()
        };
        let (argv, envp) = (pointers(&arguments), pointers(&variables));
        // A script that names no interpreter is the shell's, as execvp(3) has it.
        let shell = c"/bin/sh";
        let mut script = vec![shell.as_ptr(), path.as_ptr()];
        script.extend(argv.iter().skip(1));
        let (go_read, go_write) = pipe()?;
        let (failure_read, failure_write) = pipe()?;
        // A caller that ignores its children would leave us without the command's status.
        // SAFETY: called before the recorder has other threads, which may rely on it.
        let inherited = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
        // SAFETY: called before the recorder has other threads. The child calls only async-signal-safe functions, on
        // memory that was prepared before the fork.
        let pid = unsafe { libc::fork() };
        if pid < 0 {
            return Err(io::Error::last_os_error()).context("cannot fork");
        }
        if pid == 0 {
            let (go, failure) = (go_read.as_raw_fd(), failure_write.as_raw_fd());
            // SAFETY: as above.
            unsafe {
                libc::signal(libc::SIGCHLD, inherited);
                libc::close(go_write.as_raw_fd());
                become_command(&path, &argv, &script, &envp, run_as, go, failure)
            }
        }
        Ok(Child { pid, go: go_write.into(), failure: failure_read.into() })
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Lets it execute the command; returns when it has.
    pub fn release(&self) -> Result<()> {
        (&self.go).write_all(&[1]).context("the command ended before it began")
    }

    /// The reason why the command could not be executed, when it could not. Blocks until one or the other is known.
    pub fn exec_failure(&mut self) -> Option<io::Error> {
        let mut number = [0; 4];
        self.failure.read_exact(&mut number).ok()?;
        Some(io::Error::from_raw_os_error(i32::from_ne_bytes(number)))
    }

    /// Its wait status when it has ended.
    pub fn try_wait(&self) -> Result<Option<i32>> {
        self.wait_with(libc::WNOHANG)
    }

    /// Waits for its end; returns its wait status.
    pub fn wait(&self) -> Result<i32> {
        self.wait_with(0)?.context("the command did not end")
    }

    fn wait_with(&self, flags: i32) -> Result<Option<i32>> {
        loop {
            let mut status = 0;
            // SAFETY: the pid is our child's and has not been waited for yet.
            let pid = unsafe { libc::waitpid(self.pid, &mut status, flags) };
            if pid == self.pid {
                return Ok(Some(status));
            }
            if pid == 0 {
                return Ok(None);
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error).context("cannot wait for the command");
            }
        }
    }
}

/// The child's half: waits for the word, becomes who it is to be, executes. Never returns.
unsafe fn become_command(
    path: &CString,
    argv: &[*const libc::c_char],
    script: &[*const libc::c_char],
    envp: &[*const libc::c_char],
    run_as: Option<&(u32, u32, Vec<u32>)>,
    go: RawFd,
    failure: RawFd,
) -> ! {
    unsafe {
        // Rust ignores it for itself; the command is to be as its caller would have it.
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        let mut ok = true;
        if let Some((uid, gid, groups)) = run_as {
            ok = libc::setgroups(groups.len(), groups.as_ptr()) == 0
                && libc::setresgid(*gid, *gid, *gid) == 0
                && libc::setresuid(*uid, *uid, *uid) == 0;
        }
        let mut error = if ok { 0 } else { *libc::__errno_location() };
        let mut word = 0u8;
        // Without the word the recorder is gone, and nobody asked for the command to run unwatched.
        if libc::read(go, (&raw mut word).cast(), 1) != 1 {
            libc::_exit(125);
        }
        if ok {
            libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr());
            error = *libc::__errno_location();
            if error == libc::ENOEXEC {
                libc::execve(script[0], script.as_ptr(), envp.as_ptr());
            }
        }
        libc::write(failure, (&raw const error).cast(), 4);
        libc::_exit(if error == libc::ENOENT { 127 } else { 126 })
    }
}

/// Our environment; for another user with that user's name and home, which sudo leaves at root's.
fn environment(uid: Option<u32>) -> Result<Vec<CString>> {
    let mut variables: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    if let Some((name, home)) = uid.and_then(account) {
        let own = [("USER", &name), ("LOGNAME", &name), ("HOME", &home)];
        variables.retain(|(key, _)| own.iter().all(|(own, _)| key != own));
        variables.extend(own.map(|(key, value)| (key.into(), value.clone())));
    }
    variables
        .into_iter()
        .map(|(mut variable, value)| {
            variable.push("=");
            variable.push(value);
            c_string(&variable)
        })
        .collect()
}

/// Name and home directory of a user.
fn account(uid: u32) -> Option<(OsString, OsString)> {
    let text = |pointer: *const libc::c_char| {
        // SAFETY: getpwuid's members are NUL-terminated strings, valid until its next call; we have one thread.
        OsStr::from_bytes(unsafe { CStr::from_ptr(pointer) }.to_bytes()).to_owned()
    };
    // SAFETY: called before the recorder has other threads.
    let entry = unsafe { libc::getpwuid(uid).as_ref() }?;
    Some((text(entry.pw_name), text(entry.pw_dir)))
}

/// The file that a command's name stands for, as execvp(3) finds it.
fn find(name: &OsStr) -> Result<PathBuf, RecordError> {
    let not_found = || RecordError::CommandNotFound { command: name.to_owned() };
    if name.is_empty() {
        return Err(not_found());
    }
    if name.as_bytes().contains(&b'/') {
        return executable(Path::new(name), name);
    }
    let search = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let mut refused = None;
    for directory in std::env::split_paths(&search) {
        let directory = if directory.as_os_str().is_empty() { PathBuf::from(".") } else { directory };
        match executable(&directory.join(name), name) {
            Ok(path) => return Ok(path),
            Err(error @ RecordError::CommandNotExecutable { .. }) => refused = Some(error),
            Err(_) => {}
        }
    }
    Err(refused.unwrap_or_else(not_found))
}

fn executable(path: &Path, name: &OsStr) -> Result<PathBuf, RecordError> {
    let refused = |why: String| RecordError::CommandNotExecutable { command: name.to_owned(), why };
    match std::fs::metadata(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(RecordError::CommandNotFound { command: name.to_owned() })
        }
        Err(error) => Err(refused(error.to_string())),
        Ok(found) if found.is_dir() => Err(refused("it is a directory".to_owned())),
        Ok(_) => {
            let path_string = CString::new(path.as_os_str().as_bytes()).map_err(|error| refused(error.to_string()))?;
            // SAFETY: a NUL-terminated string.
            if unsafe { libc::access(path_string.as_ptr(), libc::X_OK) } != 0 {
                return Err(refused(io::Error::last_os_error().to_string()));
            }
            Ok(path.to_owned())
        }
    }
}

fn c_string(text: &OsStr) -> Result<CString> {
    CString::new(text.as_bytes()).context("an argument holds a NUL")
}

fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: an array of two descriptors, which nobody else owns.
    unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(io::Error::last_os_error()).context("cannot make a pipe");
        }
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_apart_as_env_does() {
        assert!(matches!(find(OsStr::new("no-such-command-here")), Err(RecordError::CommandNotFound { .. })));
        assert!(matches!(find(OsStr::new("/etc")), Err(RecordError::CommandNotExecutable { .. })));
        assert!(matches!(find(OsStr::new("/etc/passwd/x")), Err(RecordError::CommandNotFound { .. })));
        assert_eq!(find(OsStr::new("/bin/sh")).unwrap(), Path::new("/bin/sh"));
    }

    #[test]
    fn a_child_runs_only_when_released() {
        let mut child = Child::spawn(&["/bin/sh".into(), "-c".into(), "exit 7".into()], None).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_eq!(child.try_wait().unwrap(), None);
        child.release().unwrap();
        assert!(child.exec_failure().is_none());
        assert_eq!(child.wait().unwrap(), 7 << 8);
    }
}
