//! A terminal as a place for answers: what is longer than it is high goes through the pager.
//!
//! What comes here is escaped already, so a pager needs no leave to pass anything on as it is.

use std::cell::RefCell;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

/// Held back before the pager is started in any case, in bytes.
const HELD: usize = 1 << 20;

/// A terminal of a certain size, for one question.
#[derive(Clone)]
pub(crate) struct Screen(Rc<RefCell<Paged>>);

struct Paged {
    /// Rows that are left for the answer; none for a terminal that says no size.
    rows: usize,
    columns: usize,
    held: Vec<u8>,
    state: State,
}

enum State {
    Holding,
    Paging(Child),
    /// There is no pager, or it is not wanted.
    Plain,
}

impl Screen {
    /// A screen of this many columns and rows.
    pub(super) fn new(columns: usize, rows: usize) -> Screen {
        let is_wanted = rows > 1 && pager().is_some();
        let state = if is_wanted { State::Holding } else { State::Plain };
        // The prompt, and what is said of the answer, need rows too.
        let (rows, columns) = (rows.saturating_sub(3), columns.max(1));
        Screen(Rc::new(RefCell::new(Paged { rows, columns, held: Vec::new(), state })))
    }

    /// Prints what was held back, or waits for the pager to end.
    pub(crate) fn finish(&self) -> io::Result<()> {
        let mut paged = self.0.borrow_mut();
        match std::mem::replace(&mut paged.state, State::Plain) {
            State::Paging(mut child) => {
                drop(child.stdin.take());
                child.wait().map(|_| ())
            }
            State::Holding | State::Plain => paged.release(),
        }
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut paged = self.0.borrow_mut();
        match &mut paged.state {
            State::Paging(child) => child.stdin.as_mut().map_or(Ok(bytes.len()), |stdin| stdin.write(bytes)),
            State::Plain => io::stdout().write(bytes),
            State::Holding => {
                paged.held.extend_from_slice(bytes);
                if paged.held.len() > HELD || paged.height() > paged.rows {
                    paged.page()?;
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0.borrow_mut().state {
            State::Plain => io::stdout().flush(),
            State::Holding | State::Paging(_) => Ok(()),
        }
    }
}

impl Paged {
    /// Rows that the held lines take.
    fn height(&self) -> usize {
        let lines = self.held.split(|byte| *byte == b'\n');
        let characters = |line: &[u8]| line.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        lines.map(|line| characters(line).div_ceil(self.columns).max(1)).sum::<usize>().saturating_sub(1)
    }

    fn page(&mut self) -> io::Result<()> {
        let started = pager().map(|pager| {
            let mut command = Command::new("/bin/sh");
            // Lines are cut and not wrapped, unless people have their own wishes.
            if std::env::var_os("LESS").is_none() {
                command.env("LESS", "-S");
            }
            command.arg("-c").arg(pager).stdin(Stdio::piped()).spawn()
        });
        if let Some(Ok(child)) = started {
            self.state = State::Paging(child);
        } else {
            self.state = State::Plain;
        }
        self.release()
    }

    fn release(&mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        match &mut self.state {
            State::Paging(Child { stdin: Some(stdin), .. }) => stdin.write_all(&held),
            State::Paging(_) => Ok(()),
            State::Holding | State::Plain => {
                let mut out = io::stdout().lock();
                out.write_all(&held)?;
                out.flush()
            }
        }
    }
}

/// The pager as people want it; `None` when they want none.
fn pager() -> Option<String> {
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    (!pager.trim().is_empty() && pager.trim() != "cat").then_some(pager)
}

#[cfg(test)]
mod tests {
    use super::{Paged, State};

    #[test]
    fn lines_that_wrap_take_more_rows() {
        let height =
            |text: &str| Paged { rows: 10, columns: 4, held: text.as_bytes().to_vec(), state: State::Plain }.height();
        assert_eq!(height(""), 0);
        assert_eq!(height("a\n\nb\n"), 3);
        assert_eq!(height("abcd\nabcde\n"), 3);
        assert_eq!(height("ßßßß\n"), 1);
    }
}
