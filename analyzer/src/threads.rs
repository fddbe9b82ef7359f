//! Threads: what each was called at every moment of replay. A name changes with exec (a context tells it) and by
//! `task_rename`, so it is followed frame by frame.

use std::collections::HashMap;

use formats::payload::Value;
use formats::schema::EventSchema;

use crate::definitions::{Definitions, NONE};

/// Bytes that the kernel keeps of a name.
const COMM_LIMIT: usize = 15;

struct Thread {
    comm: Box<[u8]>,
    /// Whether a frame has said so already.
    is_told: bool,
    /// Where the name lies in the bytes of the batch with this serial number.
    placed: (u64, (u32, u32)),
}

/// The threads of a segment, by the numbers that [`Definitions`] gave them.
pub(crate) struct Threads {
    threads: Vec<Thread>,
    /// The thread that last had a host thread id.
    by_tid: HashMap<u32, u32>,
}

impl Threads {
    /// The threads with the names they had when they were first seen.
    pub(crate) fn new(definitions: &Definitions) -> Threads {
        let mut threads = Threads { threads: Vec::with_capacity(definitions.first_seen.len()), by_tid: HashMap::new() };
        threads.learn(definitions, &[]);
        threads
    }

    /// Learns of threads that were found since, and of those that now turn out to have had another name at first.
    pub(crate) fn learn(&mut self, definitions: &Definitions, revised: &[u32]) {
        for (number, thread) in definitions.first_seen.iter().enumerate().skip(self.threads.len()) {
            self.by_tid.entry(thread.host_tid).or_insert(number as u32);
            self.threads.push(Thread { comm: thread.comm.clone(), is_told: false, placed: (0, (0, 0)) });
        }
        for number in revised {
            let known = self.threads.get_mut(*number as usize).filter(|thread| !thread.is_told);
            if let (Some(thread), Some(first)) = (known, definitions.first_seen.get(*number as usize)) {
                *thread = Thread { comm: first.comm.clone(), is_told: false, placed: (0, (0, 0)) };
            }
        }
    }

    /// A context frame says what its thread is called.
    pub(crate) fn context_taken(&mut self, thread: u32, host_tid: u32, comm: &[u8]) {
        self.by_tid.insert(host_tid, thread);
        self.name(thread, comm);
    }

    /// A `task_rename` happened; gives the thread and its new name.
    pub(crate) fn renamed<'a>(&mut self, schema: &'a EventSchema, payload: &'a [u8]) -> Option<(u32, &'a [u8])> {
        let (mut tid, mut comm) = (None, None);
        for (index, field) in schema.fields.iter().enumerate() {
            match (field.name.as_str(), schema.value(payload, index)) {
                ("task", Some(Value::U64(number))) => tid = u32::try_from(number).ok(),
                ("new_name", Some(Value::Variable(_, variable))) => comm = Some(variable.bytes),
                _ => {}
            }
        }
        let comm: &'a [u8] = comm?;
        let comm = comm.get(..COMM_LIMIT).unwrap_or(comm);
        let thread = *self.by_tid.get(&tid?)?;
        self.name(thread, comm);
        Some((thread, comm))
    }

    fn name(&mut self, thread: u32, comm: &[u8]) {
        let Some(thread) = self.threads.get_mut(thread as usize) else { return };
        thread.is_told = true;
        if *thread.comm != *comm {
            *thread = Thread { comm: comm.into(), is_told: true, placed: (0, (0, 0)) };
        }
    }

    /// Where the thread's name lies in `bytes`, those of the batch with this serial number (from 1); it is added when it
    /// is not there yet.
    pub(crate) fn place(&mut self, thread: u32, serial: u64, bytes: &mut Vec<u8>) -> (u32, u32) {
        let Some(thread) = self.threads.get_mut(thread as usize) else { return (NONE, 0) };
        if thread.placed.0 != serial {
            thread.placed = (serial, (bytes.len() as u32, thread.comm.len() as u32));
            bytes.extend_from_slice(&thread.comm);
        }
        thread.placed.1
    }
}
