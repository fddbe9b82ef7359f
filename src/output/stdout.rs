//! Standard output, buffered; a reader that has gone away (`tracee events cap | head`) is told from other failures.

use std::io::{self, BufWriter, StdoutLock, Write};

/// Buffered standard output.
pub(crate) struct Stdout(BufWriter<StdoutLock<'static>>);

/// Marks an error as the reader of standard output having closed it.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("standard output was closed")
    }
}

impl std::error::Error for Closed {}

impl Stdout {
    /// Takes standard output.
    pub(crate) fn lock() -> Stdout {
        Stdout(BufWriter::with_capacity(1 << 16, io::stdout().lock()))
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(mark)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(mark)
    }
}

fn mark(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, Closed),
        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => error,
        kind => io::Error::new(kind, format!("cannot write to standard output: {error}")),
    }
}

/// Whether an error is that nobody reads standard output any more.
pub(crate) fn is_closed_stdout(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref).is_some_and(|inner| inner.is::<Closed>())
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use anyhow::Context;

    use super::{is_closed_stdout, mark};

    #[test]
    fn only_standard_outputs_own_broken_pipe_counts() {
        let closed = Err::<(), _>(mark(io::ErrorKind::BrokenPipe.into())).context("while printing").unwrap_err();
        assert!(is_closed_stdout(&closed));
        let other = Err::<(), io::Error>(io::ErrorKind::BrokenPipe.into()).context("while printing").unwrap_err();
        assert!(!is_closed_stdout(&other));
        assert!(!is_closed_stdout(&anyhow::Error::new(mark(io::ErrorKind::StorageFull.into()))));
    }
}
