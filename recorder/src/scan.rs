//! Looks in the kernel for what hides there: system calls and sequences whose functions were replaced, hooks set through
//! ftrace, modules that are not listed. On a thread of its own, at the start, from time to time, and at the end; of each
//! finding the log tells once in every segment.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use formats::event::Event;
use formats::events::kernel::{FTRACE_HOOK, HIDDEN_KERNEL_MODULE, HOOKED_SEQ_OPS, HOOKED_SYSCALL};
use formats::frame::FrameHeader;
use formats::payload::{PayloadBuilder, Variable};

use crate::clock;
use crate::programs::Peek;

mod ftrace;
mod functions;
mod modules;
mod symbols;

use symbols::Symbols;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(60);
/// What the last look may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Kernel memory: fills the slice from an address on; false when it cannot be read.
type Read<'a> = &'a dyn Fn(u64, &mut [u8]) -> bool;

/// Something that should not be there.
struct Finding {
    event: &'static Event,
    /// What tells it from others of its kind.
    key: String,
    row: PayloadBuilder<'static>,
}

/// Why this kernel cannot be looked at for the event; `None` when it can.
pub(crate) fn refusal(event: &str) -> Option<String> {
    let symbols = Symbols::at_start();
    match event {
        name if name == HOOKED_SYSCALL.name => symbols.missing(&[functions::TABLE, symbols::TEXT, symbols::TEXT_END]),
        name if name == HOOKED_SEQ_OPS.name => symbols.missing(&[symbols::TEXT, symbols::TEXT_END]).or_else(|| {
            let any = functions::SEQUENCES.iter().any(|name| symbols.address(name).is_some());
            (!any).then(|| "no symbol of a sequence is told".to_owned())
        }),
        name if name == HIDDEN_KERNEL_MODULE.name => symbols.missing(&[modules::LIST, modules::SET]),
        name if name == FTRACE_HOOK.name => symbols.missing(&[ftrace::REGISTER]),
        _ => Some("nothing looks for it".to_owned()),
    }
}

/// The thread that looks.
pub(crate) struct Scanner {
    /// Dropped when one last look is wanted.
    go_on: Option<Sender<()>>,
    rows: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<()>>,
    segment: Arc<AtomicU64>,
}

impl Scanner {
    /// Begins to look for these events.
    pub(crate) fn start(events: Vec<String>, peek: Peek) -> std::io::Result<Scanner> {
        let (go_on, stop) = channel();
        let (sender, rows) = channel();
        let segment = Arc::new(AtomicU64::new(1));
        let number = Arc::clone(&segment);
        let work = move || work(&events, &peek, &stop, &sender, &number);
        let thread = thread::Builder::new().name("tracee-scan".to_owned()).spawn(work)?;
        Ok(Scanner { go_on: Some(go_on), rows, thread: Some(thread), segment })
    }

    /// From now on the log is in this segment, which has to be told again.
    pub(crate) fn set_segment(&self, number: u64) {
        self.segment.store(number, Ordering::Relaxed);
    }

    /// Frames of what was found since.
    pub(crate) fn found(&self) -> Vec<u8> {
        self.rows.try_iter().flatten().collect()
    }

    /// Waits for a last look.
    pub(crate) fn finish(&mut self) {
        self.go_on = None;
        let since = Instant::now();
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && since.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
        // A thread that is stuck in a file of /proc is not waited for: it has nothing that must be saved.
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            let _ = thread.join();
        }
    }
}

fn work(events: &[String], peek: &Peek, stop: &Receiver<()>, sender: &Sender<Vec<u8>>, segment: &AtomicU64) {
    let mut told: HashSet<(u16, String)> = HashSet::new();
    let mut told_in = 0;
    let mut is_last = false;
    loop {
        let now_in = segment.load(Ordering::Relaxed);
        if now_in != told_in {
            told.clear();
            told_in = now_in;
        }
        let mut rows = Vec::new();
        for finding in look(events, peek) {
            if told.insert((finding.event.id, finding.key)) {
                put(finding.event, finding.row, &mut rows);
            }
        }
        if !rows.is_empty() && sender.send(rows).is_err() || is_last {
            return;
        }
        is_last = stop.recv_timeout(EVERY) == Err(RecvTimeoutError::Disconnected);
    }
}

fn look(events: &[String], peek: &Peek) -> Vec<Finding> {
    let read = |address: u64, into: &mut [u8]| peek.read(address, into);
    let symbols = Symbols::at_start();
    let wants = |event: &Event| events.iter().any(|name| name == event.name);
    let mut findings = Vec::new();
    if wants(&HOOKED_SYSCALL) {
        findings.extend(functions::hooked_calls(symbols, &read));
    }
    if wants(&HOOKED_SEQ_OPS) {
        findings.extend(functions::hooked_sequences(symbols, &read));
    }
    if wants(&HIDDEN_KERNEL_MODULE) {
        findings.extend(modules::hidden(symbols, &peek.layout, &read));
    }
    if wants(&FTRACE_HOOK) {
        findings.extend(ftrace::hooks());
    }
    findings
}

/// A text field, NULL without a text.
fn text_or_null(row: PayloadBuilder<'static>, field: &str, text: Option<String>) -> PayloadBuilder<'static> {
    match text {
        Some(text) => row.bytes(field, text.as_bytes()),
        None => row.variable(field, Variable { bytes: &[], full_len: Some(0), fault: false, null: true }),
    }
}

fn put(event: &'static Event, row: PayloadBuilder<'static>, rows: &mut Vec<u8>) {
    let header = FrameHeader { boot_ns: clock::boot_ns(), event: event.id, ..Default::default() };
    if let Ok(payload) = row.finish() {
        // Far below a frame's limit.
        let _ = header.append(&payload, rows);
    }
}
