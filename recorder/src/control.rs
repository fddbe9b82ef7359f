//! The control socket: whoever may (the recorder's user and root) asks a running recording how it is, stops it, or changes
//! its scope. It lies in the capture's directory as `control`, mode 0600, and goes with the recording.
//!
//! One request a connection: a line of JSON, answered by a line of JSON.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Name of the socket in the capture's directory.
const NAME: &str = "control";
/// Bytes of a request or an answer.
const MAX_LINE: u64 = 1 << 20;
/// How long a connection may take to send its request, or to take its answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the recording may take to answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// What can be asked of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// How it is.
    Status,
    /// To end.
    Stop,
    /// The policies in force.
    ScopeList,
    /// To record also what these expressions all hold for.
    ScopeAdd {
        /// As `--scope` takes them.
        expressions: Vec<String>,
    },
    /// To record no longer what a policy asks for.
    ScopeRemove {
        /// Its name.
        name: String,
    },
}

/// A request on its way to the recording.
pub(crate) struct Asked {
    pub(crate) request: Request,
    /// Who asks: process and user id.
    pub(crate) by: (u32, u32),
    answer: Sender<Result<Value, String>>,
}

impl Asked {
    /// Answers it.
    pub(crate) fn answer(self, answer: Result<Value>) {
        // Who asked may have gone.
        let _ = self.answer.send(answer.map_err(|error| format!("{error:#}")));
    }
}

/// The socket of a recording. It is removed with this.
pub(crate) struct Control {
    path: PathBuf,
    asked: Receiver<Asked>,
}

impl Control {
    /// Listens in the capture's directory.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn listen(capture: &Path) -> Result<Control> {
        let directory = File::open(capture)?;
        // By the descriptor: a socket's path may have 107 bytes.
        let listener = UnixListener::bind(short(&directory))?;
        let path = capture.join(NAME);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let (sender, asked) = channel();
        let serve = move || {
            for connection in listener.incoming() {
                let Ok(connection) = connection else { break };
                // A connection that goes wrong is its own matter.
                let _ = serve(&connection, &sender);
            }
        };
        thread::Builder::new().name("tracee-control".to_owned()).spawn(serve)?;
        Ok(Control { path, asked })
    }

    /// The next request that waits.
    pub(crate) fn next(&self) -> Option<Asked> {
        self.asked.try_recv().ok()
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn short(directory: &File) -> PathBuf {
    format!("/proc/self/fd/{}/{NAME}", directory.as_raw_fd()).into()
}

/// One connection: reads the request, hands it over, writes the answer.
fn serve(connection: &UnixStream, asked: &Sender<Asked>) -> Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let answer = take(connection, asked);
    let line = match answer {
        Ok(value) => serde_json::json!({ "answer": value }),
        Err(error) => serde_json::json!({ "error": format!("{error:#}") }),
    };
    (&mut &*connection).write_all(format!("{line}\n").as_bytes())?;
    Ok(())
}

fn take(connection: &UnixStream, asked: &Sender<Asked>) -> Result<Value> {
    let by = peer(connection)?;
    // SAFETY: takes nothing and cannot fail.
    let own = unsafe { libc::geteuid() };
    if by.1 != 0 && by.1 != own {
        bail!("only the recorder's user and root may");
    }
    let mut line = String::new();
    BufReader::new(connection).take(MAX_LINE).read_line(&mut line).context("no request")?;
    let request = serde_json::from_str(&line).context("this is no request")?;
    let (answer, answered) = channel();
    asked.send(Asked { request, by, answer }).ok().context("the recording has ended")?;
    match answered.recv_timeout(ANSWER_PATIENCE) {
        Ok(answer) => answer.map_err(anyhow::Error::msg),
        Err(_) => bail!("the recording does not answer"),
    }
}

/// Process and user id of who is at the other end.
fn peer(connection: &UnixStream) -> Result<(u32, u32)> {
    let mut credentials = libc::ucred { pid: 0, uid: u32::MAX, gid: u32::MAX };
    let mut length = size_of_val(&credentials) as libc::socklen_t;
    // SAFETY: the structure is ours, and its size is passed along.
    let result = unsafe {
        libc::getsockopt(
            connection.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut length,
        )
    };
    if result != 0 {
        return Err(std::io::Error::last_os_error()).context("who asks cannot be told");
    }
    Ok((credentials.pid as u32, credentials.uid))
}

/// Asks the recording that writes this capture.
///
/// # Errors
/// Nobody records it, or the recording's answer is that it cannot.
pub fn ask(capture: &Path, request: &Request) -> Result<Value> {
    let shown = capture.display();
    let directory = File::open(capture).with_context(|| format!("{shown}: cannot be opened"))?;
    let connection = UnixStream::connect(short(&directory))
        .with_context(|| format!("{shown}: no recording listens there; has it ended?"))?;
    connection.set_read_timeout(Some(ANSWER_PATIENCE + PATIENCE))?;
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    (&connection).write_all(line.as_bytes()).context("the recording does not listen")?;
    let mut answer = String::new();
    BufReader::new(&connection).take(MAX_LINE).read_line(&mut answer).context("the recording does not answer")?;
    let mut answer: Value = serde_json::from_str(&answer).context("the recording's answer is not understood")?;
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => bail!("{error}"),
        None => Ok(answer["answer"].take()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening() -> (tempfile::TempDir, Control) {
        let directory = tempfile::tempdir().unwrap();
        let control = Control::listen(directory.path()).unwrap();
        (directory, control)
    }

    #[test]
    fn a_request_is_answered_and_the_socket_goes_with_the_recording() {
        let (directory, control) = listening();
        let mode = fs::metadata(directory.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let capture = directory.path().to_owned();
        let asking = thread::spawn(move || ask(&capture, &Request::ScopeRemove { name: "x".to_owned() }));
        let asked = loop {
            if let Some(asked) = control.next() {
                break asked;
            }
            thread::sleep(Duration::from_millis(1));
        };
        assert_eq!(asked.request, Request::ScopeRemove { name: "x".to_owned() });
        assert_eq!(asked.by.0, std::process::id());
        asked.answer(Err(anyhow::anyhow!("no policy x")));
        assert_eq!(asking.join().unwrap().unwrap_err().to_string(), "no policy x");
        drop(control);
        assert!(!directory.path().join(NAME).exists());
        assert!(ask(directory.path(), &Request::Status).unwrap_err().to_string().contains("no recording listens"));
    }

    #[test]
    fn nonsense_is_refused_and_the_next_request_is_served() {
        let (directory, control) = listening();
        for nonsense in ["\n", "{}\n", "{\"request\":\"fly\"}\n", "[[[[\n", "{\"request\":\"scope_add\"}\n"] {
            let connection = UnixStream::connect(directory.path().join(NAME)).unwrap();
            (&connection).write_all(nonsense.as_bytes()).unwrap();
            let mut answer = String::new();
            BufReader::new(&connection).read_line(&mut answer).unwrap();
            assert!(answer.contains("this is no request"), "{nonsense} {answer}");
        }
        assert!(control.next().is_none());
    }
}
