//! Images: what each process of a segment ran from which moment on, whom it descends from, and the command line of each
//! context. A segment alone tells it: what was executed before it is in its keyframe.

use std::collections::HashMap;
use std::sync::Arc;

use formats::events::lifecycle::{SCHED_PROCESS_EXEC, SCHED_PROCESS_FORK};
use formats::events::structure::KEYFRAME_PROCESS;
use formats::frame::Frame;
use formats::schema::EventSchema;

use crate::context::Context;
use crate::processes::Fields;
use crate::text;

/// Kinds that tell of it, besides contexts.
pub(crate) const KINDS: [u16; 3] = [SCHED_PROCESS_FORK.id, SCHED_PROCESS_EXEC.id, KEYFRAME_PROCESS.id];

/// Generations that are looked at.
const DEPTH: usize = 64;

/// Where `argv` of an entry of a keyframe is from: not known.
const NO_SOURCE: u64 = 0;

/// What was told, before it is known which process the contexts are of.
enum Told {
    Executed { context: u64, command_line: Option<Arc<str>> },
    Forked { parent: u64, child: u64, child_pid: u32, start_boot_ns: u64 },
    Listed { context: u64, parent: Option<(u64, u32)>, command_line: Option<Option<Arc<str>>> },
}

/// A process.
#[derive(Default)]
struct Life {
    /// Who forked it, where that was seen.
    forked_by: Option<i64>,
    /// When its parent was first said to be somebody by a context, and who.
    parent: Option<(u64, i64)>,
    start_boot_ns: u64,
    /// What it executed, in order of time: arguments.
    commands: Vec<(u64, Option<Arc<str>>)>,
    /// Number of its contexts, and when they were taken, in order of time.
    contexts: Vec<(u64, u32)>,
}

/// What the processes of a segment ran.
#[derive(Default)]
pub(crate) struct Images {
    told: Vec<(u64, Told)>,
    lives: HashMap<i64, Life>,
    /// By number of the context.
    command_lines: Vec<Option<Arc<str>>>,
    /// When each context was taken, of those that are not in `lives` yet.
    taken: Vec<u64>,
}

impl Images {
    /// Takes a frame of [`KINDS`].
    pub(crate) fn add(&mut self, schema: &EventSchema, frame: &Frame<'_>) {
        let fields = Fields { schema, payload: frame.payload };
        let number = |name| fields.number(name).unwrap_or(0);
        let command_line = || fields.shown("argv").map(joined);
        let (context, boot_ns) = (frame.header.context, frame.header.boot_ns);
        let told = match schema.id {
            id if id == SCHED_PROCESS_EXEC.id => (boot_ns, Told::Executed { context, command_line: command_line() }),
            id if id == SCHED_PROCESS_FORK.id && number("child_pid") != number("parent_pid") => {
                let (child, child_pid) = (number("child_context"), number("child_pid") as u32);
                (boot_ns, Told::Forked { parent: context, child, child_pid, start_boot_ns: number("start_time") })
            }
            id if id == KEYFRAME_PROCESS.id => {
                let parent_pid = Some(number("parent_pid") as u32).filter(|pid| *pid != 0);
                let parent = parent_pid.map(|pid| (number("parent_start_boot_ns"), pid));
                let command_line = (number("source") != NO_SOURCE).then(command_line);
                (number("exec_boot_ns"), Told::Listed { context: number("context"), parent, command_line })
            }
            _ => return,
        };
        self.told.push(told);
    }

    /// Notes when the next context was taken.
    pub(crate) fn context_added(&mut self, boot_ns: u64) {
        self.taken.push(boot_ns);
    }

    /// Puts what was told since to what is known. `numbers` gives the number of a context by its id.
    pub(crate) fn settle(&mut self, contexts: &[Context], boot_id: &[u8; 16], numbers: impl Fn(u64) -> Option<usize>) {
        let first = contexts.len().saturating_sub(self.taken.len());
        let times = std::mem::take(&mut self.taken);
        for (number, taken) in (first..).zip(times.iter().copied()) {
            let Some(context) = contexts.get(number) else { break };
            self.command_lines.push(None);
            let Some(key) = context.process_key else { continue };
            let life = self.lives.entry(key).or_default();
            life.start_boot_ns = context.start_boot_ns;
            if let Some(parent) = context.parent_key
                && life.parent.is_none_or(|(known, _)| taken < known)
            {
                life.parent = Some((taken, parent));
            }
            let at = life.contexts.partition_point(|(known, _)| *known <= taken);
            life.contexts.insert(at, (taken, number as u32));
        }
        let process_key = |id: u64| contexts.get(numbers(id)?)?.process_key;
        let mut told = std::mem::take(&mut self.told);
        told.sort_by_key(|(boot_ns, _)| *boot_ns);
        let mut executed = Vec::new();
        for (boot_ns, told) in told {
            match told {
                Told::Executed { context, command_line } => {
                    let Some(key) = process_key(context) else { continue };
                    executed.extend(numbers(context).map(|number| (number, command_line.clone())));
                    self.lives.entry(key).or_default().executed(boot_ns, command_line, true);
                }
                Told::Forked { parent, child, child_pid, start_boot_ns } => {
                    let own = || formats::process_key(boot_id, start_boot_ns, child_pid);
                    let life = self.lives.entry(process_key(child).unwrap_or_else(own)).or_default();
                    life.start_boot_ns = start_boot_ns;
                    life.forked_by = process_key(parent).or(life.forked_by);
                }
                Told::Listed { context, parent, command_line } => {
                    let Some(key) = process_key(context) else { continue };
                    let life = self.lives.entry(key).or_default();
                    if let Some((start_boot_ns, pid)) = parent {
                        life.forked_by = Some(formats::process_key(boot_id, start_boot_ns, pid));
                    }
                    if let Some(command_line) = command_line {
                        life.executed(boot_ns, command_line, false);
                    }
                }
            }
        }
        for (number, taken) in (first..).zip(times) {
            let key = contexts.get(number).and_then(|context| context.process_key);
            let found = key.and_then(|key| self.command_line_at(key, taken));
            if let (Some(found), Some(known)) = (found, self.command_lines.get_mut(number)) {
                *known = Some(found);
            }
        }
        // What an exec said holds from its own context on, whichever was read first.
        for (number, command_line) in executed {
            if let Some(known) = self.command_lines.get_mut(number) {
                *known = command_line;
            }
        }
    }

    /// The command line of the context with this number.
    pub(crate) fn command_line(&self, context: u32) -> Option<&Arc<str>> {
        self.command_lines.get(context as usize)?.as_ref()
    }

    /// The command line that a process had at a time: that of its last exec before, or what who forked it had then.
    pub(crate) fn command_line_at(&self, key: i64, boot_ns: u64) -> Option<Arc<str>> {
        let (mut key, mut boot_ns) = (key, boot_ns);
        for _ in 0..DEPTH {
            let life = self.lives.get(&key)?;
            let before = life.commands.partition_point(|(since, _)| *since <= boot_ns);
            if let Some((_, command_line)) = before.checked_sub(1).and_then(|last| life.commands.get(last)) {
                return command_line.clone();
            }
            boot_ns = boot_ns.min(life.start_boot_ns);
            key = life.forked_by?;
        }
        None
    }

    /// Number of the context that a process had at a time; of one that is first seen later, its first.
    pub(crate) fn context_at(&self, key: i64, boot_ns: u64) -> Option<u32> {
        let contexts = &self.lives.get(&key)?.contexts;
        let before = contexts.partition_point(|(taken, _)| *taken <= boot_ns);
        contexts.get(before.saturating_sub(1)).map(|(_, number)| *number)
    }

    /// The ancestors of a process, nearest first.
    pub(crate) fn ancestors(&self, key: i64) -> Vec<i64> {
        let mut ancestors = Vec::new();
        let mut last = key;
        while ancestors.len() < DEPTH {
            let Some(parent) = self.parent(last) else { break };
            // What is forged may go in circles.
            if parent == key || ancestors.contains(&parent) {
                break;
            }
            ancestors.push(parent);
            last = parent;
        }
        ancestors
    }

    /// The process that made this one, as far as is known.
    pub(crate) fn parent(&self, key: i64) -> Option<i64> {
        let life = self.lives.get(&key)?;
        life.forked_by.or(life.parent.map(|(_, parent)| parent))
    }
}

impl Life {
    /// A program was executed; what the exec itself says stands against what a keyframe says of it.
    fn executed(&mut self, boot_ns: u64, command_line: Option<Arc<str>>, is_exec: bool) {
        let at = self.commands.partition_point(|(known, _)| *known < boot_ns);
        match self.commands.get_mut(at) {
            Some((known, said)) if *known == boot_ns => {
                if is_exec {
                    *said = command_line;
                }
            }
            _ => self.commands.insert(at, (boot_ns, command_line)),
        }
    }
}

/// Arguments as one text, joined by one space.
fn joined(argv: &[u8]) -> Arc<str> {
    let mut line = String::with_capacity(argv.len());
    for (index, argument) in text::strings(argv).enumerate() {
        if index > 0 {
            line.push(' ');
        }
        text::escape_into(&mut line, argument);
    }
    line.into()
}
