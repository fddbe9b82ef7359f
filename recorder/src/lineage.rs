//! Which processes live, who made them, and how they were executed: enough to begin a segment with, also of ancestors
//! that have ended. Fed with the life-cycle frames as they pass by.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use formats::event::{Event, VARIABLE_LENGTH_MASK};
use formats::events::lifecycle::{SCHED_PROCESS_EXEC, SCHED_PROCESS_EXIT, SCHED_PROCESS_FORK};
use formats::events::structure::{CONTEXT, FILE_OBJECT, KEYFRAME_PROCESS};
use formats::frame::{FrameHeader, KEYFRAME};
use formats::payload::{PayloadBuilder, Value, Variable};
use formats::schema::Schema;

use crate::fields::{field, place};

/// Bytes of argv that are kept of each process.
const MAX_ARGV: usize = 32 * 1024;
/// Frames of a process, and of what it forked, come at most so long after a keyframe that did not show it any more.
const LATEST_NS: u64 = 30_000_000_000;
/// Executables that are remembered until a context names them.
const MAX_EXECUTABLES: usize = 1024;
/// `FMODE_EXEC` in an open file's flags.
const OPENED_FOR_EXEC: u64 = 0x20;
/// Bits of a context's flags.
const ENDED: u32 = 2;
const IDS_ONLY: u32 = 4;
/// `argv_source` of a keyframe: from the exec event, from the process's memory.
const FROM_EXEC: u64 = 1;
const FROM_MEMORY: u64 = 2;

/// A process: host pid and start, boot-time nanoseconds.
pub(crate) type Key = (u32, u64);

/// What the exec event said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Executed {
    boot_ns: u64,
    argv: Vec<u8>,
    argv_full: u32,
    filename: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
struct Process {
    /// Payload of its leader's last context frame.
    context: Vec<u8>,
    /// Payload of the frame of the file that it executes.
    exe: Option<Rc<[u8]>>,
    parent: Option<Key>,
    executed: Option<Executed>,
    exit: Option<(u64, i32)>,
    /// Processes of ours that it made and that are still known.
    children: u32,
    /// When a keyframe first did not show it, 0 when the last one did: it has ended, or it left the scope.
    unseen_ns: u64,
}

/// The processes in scope.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
    processes: HashMap<Key, Process>,
    /// Process id and start by host thread id.
    threads: HashMap<u32, Key>,
    /// Files that were lately opened to be executed, by object id, and the order they came in.
    executables: HashMap<u64, Rc<[u8]>>,
    executable_order: VecDeque<u64>,
}

/// A living process: id of its context, who made it, what it executed.
#[derive(Clone, Debug, Default)]
struct Living {
    context: u64,
    parent: Option<Key>,
    executed: Option<Executed>,
}

/// What a keyframe adds to what the iterators tell.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// Of living processes.
    living: HashMap<Key, Living>,
    /// Frames, without sequence numbers, of ended ancestors.
    pub(crate) ended: Vec<u8>,
}

/// A variable field's bytes out of a payload of a built-in event.
fn variable(event: &Event, payload: &[u8], name: &str) -> Option<(Vec<u8>, u32)> {
    let schema = Schema::builtin().get(event.id)?;
    match schema.value(payload, schema.index(name)?)? {
        Value::Variable(_, Variable { bytes, full_len, .. }) => Some((bytes.to_vec(), full_len.unwrap_or(u32::MAX))),
        _ => None,
    }
}

impl Lineage {
    /// Whether frames of this kind are of interest.
    pub(crate) fn is_about(event: u16) -> bool {
        event == CONTEXT.id || (SCHED_PROCESS_FORK.id..=SCHED_PROCESS_EXIT.id).contains(&event)
    }

    /// Takes note of a frame.
    pub(crate) fn see(&mut self, header: &FrameHeader, payload: &[u8]) -> Option<()> {
        match header.event {
            id if id == CONTEXT.id => self.see_context(payload),
            id if id == SCHED_PROCESS_FORK.id => self.see_fork(payload),
            id if id == SCHED_PROCESS_EXEC.id => self.see_exec(header, payload),
            id if id == SCHED_PROCESS_EXIT.id => self.see_exit(header, payload),
            _ => None,
        }
    }

    /// Takes note of a file object's frame, when the file was opened to be executed.
    pub(crate) fn see_file(&mut self, payload: &[u8]) -> Option<()> {
        if field!(FILE_OBJECT, payload, "open_flags")? & OPENED_FOR_EXEC == 0 {
            return None;
        }
        let id = field!(FILE_OBJECT, payload, "id")?;
        if self.executables.insert(id, payload.into()).is_none() {
            self.executable_order.push_back(id);
        }
        if self.executable_order.len() > MAX_EXECUTABLES {
            self.executables.remove(&self.executable_order.pop_front()?);
        }
        Some(())
    }

    fn see_context(&mut self, payload: &[u8]) -> Option<()> {
        let (pid, tid) = (field!(CONTEXT, payload, "host_pid")? as u32, field!(CONTEXT, payload, "host_tid")? as u32);
        if field!(CONTEXT, payload, "flags")? as u32 & IDS_ONLY != 0 {
            return None;
        }
        let key = (pid, field!(CONTEXT, payload, "start_boot_ns")?);
        self.threads.insert(tid, key);
        let parent = (field!(CONTEXT, payload, "host_ppid")? as u32, field!(CONTEXT, payload, "parent_start_boot_ns")?);
        let is_new = !self.processes.contains_key(&key);
        if is_new && let Some(parent) = self.processes.get_mut(&parent) {
            parent.children += 1;
        }
        let parent_is_known = self.processes.contains_key(&parent);
        let process = self.processes.entry(key).or_default();
        process.unseen_ns = 0;
        if is_new && parent_is_known {
            process.parent = Some(parent);
        }
        if pid == tid || process.context.is_empty() {
            process.context = payload.to_vec();
            let exe = field!(CONTEXT, payload, "exe").and_then(|id| self.executables.get(&id));
            process.exe = exe.cloned().or(process.exe.take());
        }
        Some(())
    }

    fn see_fork(&mut self, payload: &[u8]) -> Option<()> {
        let (child_pid, child_tid) = (
            field!(SCHED_PROCESS_FORK, payload, "child_pid")? as u32,
            field!(SCHED_PROCESS_FORK, payload, "child_tid")? as u32,
        );
        if child_pid != child_tid {
            return None;
        }
        let child = (child_pid, field!(SCHED_PROCESS_FORK, payload, "start_time")?);
        let parent = *self.threads.get(&(field!(SCHED_PROCESS_FORK, payload, "parent_tid")? as u32))?;
        let executed = self.processes.get(&parent)?.executed.clone();
        let process = self.processes.get_mut(&child)?;
        // The child of an exec'd process runs on with its arguments.
        process.executed = executed;
        // CLONE_PARENT makes a sibling; who forked is still who forked.
        let before = process.parent.replace(parent);
        if before != Some(parent) {
            self.processes.get_mut(&parent)?.children += 1;
            if let Some(before) = before {
                self.forget_child(before);
            }
        }
        Some(())
    }

    fn see_exec(&mut self, header: &FrameHeader, payload: &[u8]) -> Option<()> {
        let key = *self.threads.get(&header.tid)?;
        let (mut argv, argv_full) = variable(&SCHED_PROCESS_EXEC, payload, "argv")?;
        argv.truncate(MAX_ARGV);
        let (filename, _) = variable(&SCHED_PROCESS_EXEC, payload, "pathname")?;
        self.processes.get_mut(&key)?.executed = Some(Executed { boot_ns: header.boot_ns, argv, argv_full, filename });
        Some(())
    }

    fn see_exit(&mut self, header: &FrameHeader, payload: &[u8]) -> Option<()> {
        let key = self.threads.remove(&header.tid)?;
        if field!(SCHED_PROCESS_EXIT, payload, "process_group_exit")? == 0 {
            return None;
        }
        let status = (field!(SCHED_PROCESS_EXIT, payload, "exit_code")? << 8
            | field!(SCHED_PROCESS_EXIT, payload, "signal_code")?
            | field!(SCHED_PROCESS_EXIT, payload, "core_dumped")? << 7) as i32;
        let process = self.processes.get_mut(&key)?;
        process.exit = Some((header.boot_ns, status));
        if process.children == 0 {
            self.forget(key);
        }
        Some(())
    }

    /// Drops an ended process that nobody descends from, and then its parent if that holds for it too.
    fn forget(&mut self, key: Key) {
        if let Some(parent) = self.processes.remove(&key).and_then(|process| process.parent) {
            self.forget_child(parent);
        }
    }

    fn forget_child(&mut self, parent: Key) {
        let Some(process) = self.processes.get_mut(&parent) else { return };
        process.children = process.children.saturating_sub(1);
        if process.children == 0 && process.exit.is_some() {
            self.forget(parent);
        }
    }

    /// Takes note of what a keyframe showed. A process in the scope that it did not show, and that has not been heard of
    /// long after, has not ended but left the scope: of its end nothing will be told.
    pub(crate) fn see_keyframe(&mut self, shown: &HashSet<Key>, boot_ns: u64) {
        let mut left = HashSet::new();
        for (key, process) in self.processes.iter_mut().filter(|(_, process)| process.exit.is_none()) {
            if shown.contains(key) {
                process.unseen_ns = 0;
            } else if process.unseen_ns == 0 {
                process.unseen_ns = boot_ns;
            } else if boot_ns.saturating_sub(process.unseen_ns) > LATEST_NS {
                left.insert(*key);
            }
        }
        self.threads.retain(|_, key| !left.contains(key));
        left.into_iter().for_each(|key| self.forget(key));
    }

    /// What a segment that begins now has to know.
    pub(crate) fn snapshot(&self, boot_ns: u64) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (&key, process) in &self.processes {
            let Some((exit_ns, exit_code)) = process.exit else {
                let context = field!(CONTEXT, &process.context, "id").unwrap_or(0);
                let living = Living { context, parent: process.parent, executed: process.executed.clone() };
                snapshot.living.insert(key, living);
                continue;
            };
            let Some(id) = field!(CONTEXT, &process.context, "id") else { continue };
            let mut context = process.context.clone();
            let exe =
                process.exe.as_ref().filter(|exe| field!(FILE_OBJECT, exe, "id") == field!(CONTEXT, &context, "exe"));
            mark_ended(&mut context, exe.is_some());
            let header =
                |event| FrameHeader { boot_ns, context: id, tid: key.0, event, flags: KEYFRAME, ..Default::default() };
            let told = Told { context: id, read_boot_ns: boot_ns, cwd: 0, exit_ns, exit_code };
            let payload = describe(&told, process.parent, process.executed.as_ref(), FROM_EXEC);
            // Payloads of this size are always accepted.
            if let Some(exe) = exe {
                let _ = header(FILE_OBJECT.id).append(exe, &mut snapshot.ended);
            }
            let _ = header(CONTEXT.id).append(&context, &mut snapshot.ended);
            let _ = header(KEYFRAME_PROCESS.id).append(&payload, &mut snapshot.ended);
        }
        snapshot
    }
}

/// What is known of a process besides its lineage.
struct Told {
    context: u64,
    read_boot_ns: u64,
    cwd: u64,
    exit_ns: u64,
    exit_code: i32,
}

fn describe(told: &Told, parent: Option<Key>, executed: Option<&Executed>, source: u64) -> Vec<u8> {
    let (parent_pid, parent_start) = parent.unwrap_or_default();
    let nothing = Executed::default();
    let shown = executed.unwrap_or(&nothing);
    let argv = Variable {
        bytes: &shown.argv,
        full_len: (shown.argv_full != u32::MAX).then_some(shown.argv_full),
        fault: false,
        null: false,
    };
    PayloadBuilder::new(&KEYFRAME_PROCESS)
        .u64("context", told.context)
        .u64("exec_boot_ns", shown.boot_ns)
        .u64("exit_boot_ns", told.exit_ns)
        .u64("read_boot_ns", told.read_boot_ns)
        .u64("cwd", told.cwd)
        .u64("parent_start_boot_ns", parent_start)
        .u64("parent_pid", parent_pid.into())
        .i64("exit_code", told.exit_code.into())
        .u64("source", if executed.is_some() { source } else { 0 })
        .variable("argv", argv)
        .bytes("filename", &shown.filename)
        .finish()
        .unwrap_or_default()
}

/// Marks a context as that of an ended process. Objects that no frame of the new segment describes are not referred to.
fn mark_ended(context: &mut [u8], keeps_exe: bool) {
    const FLAGS: (usize, usize) = place(&CONTEXT, "flags");
    const EXE: (usize, usize) = place(&CONTEXT, "exe");
    const ROOT: (usize, usize) = place(&CONTEXT, "root");
    if let Some(byte) = context.get_mut(FLAGS.0) {
        *byte |= ENDED as u8;
    }
    for (place, keep) in [(EXE, keeps_exe), (ROOT, false)] {
        if let Some(bytes) = context.get_mut(place.0..place.0 + place.1).filter(|_| !keep) {
            bytes.fill(0);
        }
    }
}

impl Snapshot {
    /// The payload of a living process's keyframe entry, `payload` being what the iterator told of it, completed with
    /// what its life-cycle events said, or else with what its memory says now (`read_argv`).
    pub(crate) fn complete(&self, key: Key, payload: &[u8], read_argv: impl Fn() -> Option<Vec<u8>>) -> Vec<u8> {
        let told = Told {
            context: field!(KEYFRAME_PROCESS, payload, "context").unwrap_or(0),
            read_boot_ns: field!(KEYFRAME_PROCESS, payload, "read_boot_ns").unwrap_or(0),
            cwd: field!(KEYFRAME_PROCESS, payload, "cwd").unwrap_or(0),
            exit_ns: 0,
            exit_code: 0,
        };
        let Living { parent, executed, .. } = self.living.get(&key).cloned().unwrap_or_default();
        if let Some(executed) = executed {
            return describe(&told, parent, Some(&executed), FROM_EXEC);
        }
        let from_memory = read_argv().map(|argv| Executed {
            argv_full: argv.len().min(VARIABLE_LENGTH_MASK as usize) as u32,
            argv,
            ..Executed::default()
        });
        describe(&told, parent, from_memory.as_ref(), FROM_MEMORY)
    }
}

impl Snapshot {
    /// Frames, without sequence numbers, of processes that lived when the segment began but that the iterators, run a
    /// moment later, did not show. Their last events put their contexts into the segment.
    pub(crate) fn missed(&self, boot_ns: u64, was_shown: impl Fn(Key) -> bool) -> Vec<u8> {
        let mut rows = Vec::new();
        for (&key, living) in self.living.iter().filter(|(key, _)| !was_shown(**key)) {
            let told = Told { context: living.context, read_boot_ns: boot_ns, cwd: 0, exit_ns: 0, exit_code: 0 };
            let payload = describe(&told, living.parent, living.executed.as_ref(), FROM_EXEC);
            let header = FrameHeader {
                boot_ns,
                context: living.context,
                tid: key.0,
                event: KEYFRAME_PROCESS.id,
                flags: KEYFRAME,
                ..Default::default()
            };
            // Payloads of this size are always accepted.
            let _ = header.append(&payload, &mut rows);
        }
        rows
    }
}

/// Process id and start out of a context frame's payload, when it is of a process's leader.
pub(crate) fn leader_of(payload: &[u8]) -> Option<Key> {
    (field!(CONTEXT, payload, "host_pid")? == field!(CONTEXT, payload, "host_tid")?
        && field!(CONTEXT, payload, "flags")? as u32 & IDS_ONLY == 0)
        .then_some((field!(CONTEXT, payload, "host_pid")? as u32, field!(CONTEXT, payload, "start_boot_ns")?))
}

/// Process out of a context frame's payload, when it is of somebody in the scope.
pub(crate) fn process_of(payload: &[u8]) -> Option<Key> {
    (field!(CONTEXT, payload, "flags")? as u32 & IDS_ONLY == 0)
        .then_some((field!(CONTEXT, payload, "host_pid")? as u32, field!(CONTEXT, payload, "start_boot_ns")?))
}

/// Mount namespace out of a context frame's payload.
pub(crate) fn mount_namespace_of(payload: &[u8]) -> Option<u32> {
    field!(CONTEXT, payload, "mnt_ns").map(|inode| inode as u32).filter(|&inode| inode != 0)
}

#[cfg(test)]
mod tests {
    use formats::frame::Frames;

    use super::*;

    fn context(lineage: &mut Lineage, id: u64, pid: u32, tid: u32, start: u64, parent: Key) {
        let payload = PayloadBuilder::new(&CONTEXT)
            .u64("id", id)
            .u64("start_boot_ns", start)
            .u64("parent_start_boot_ns", parent.1)
            .u64("host_pid", pid.into())
            .u64("host_tid", tid.into())
            .u64("host_ppid", parent.0.into())
            .finish()
            .unwrap();
        lineage.see(&FrameHeader { event: CONTEXT.id, tid, ..Default::default() }, &payload);
    }

    fn fork(lineage: &mut Lineage, parent_tid: u32, child: Key) {
        let payload = PayloadBuilder::new(&SCHED_PROCESS_FORK)
            .u64("start_time", child.1)
            .u64("parent_tid", parent_tid.into())
            .u64("child_tid", child.0.into())
            .u64("child_pid", child.0.into())
            .finish()
            .unwrap();
        lineage.see(&FrameHeader { event: SCHED_PROCESS_FORK.id, tid: parent_tid, ..Default::default() }, &payload);
    }

    fn exec(lineage: &mut Lineage, tid: u32, argv: &[u8]) {
        let payload = PayloadBuilder::new(&SCHED_PROCESS_EXEC).bytes("argv", argv).finish().unwrap();
        lineage.see(&FrameHeader { event: SCHED_PROCESS_EXEC.id, tid, boot_ns: 9, ..Default::default() }, &payload);
    }

    fn exit(lineage: &mut Lineage, tid: u32) {
        let payload = PayloadBuilder::new(&SCHED_PROCESS_EXIT).u64("process_group_exit", 1).finish().unwrap();
        lineage.see(&FrameHeader { event: SCHED_PROCESS_EXIT.id, tid, boot_ns: 20, ..Default::default() }, &payload);
    }

    #[test]
    fn an_ended_parent_is_kept_as_long_as_a_descendant_lives() {
        let mut lineage = Lineage::default();
        context(&mut lineage, 1, 10, 10, 100, (1, 1));
        exec(&mut lineage, 10, b"sh\0");
        context(&mut lineage, 2, 11, 11, 110, (10, 100));
        fork(&mut lineage, 10, (11, 110));
        context(&mut lineage, 3, 12, 12, 120, (11, 110));
        fork(&mut lineage, 11, (12, 120));
        exit(&mut lineage, 11);
        // Reparented to init: who made it is not forgotten.
        context(&mut lineage, 4, 12, 12, 120, (1, 1));
        let snapshot = lineage.snapshot(30);
        let ended: Vec<_> = Frames::new(&snapshot.ended).map(|frame| frame.unwrap().header.event).collect();
        assert_eq!(ended, [CONTEXT.id, KEYFRAME_PROCESS.id]);
        assert_eq!(snapshot.living[&(12, 120)].parent, Some((11, 110)));
        let payload = snapshot.complete((12, 120), &[], || None);
        assert_eq!(variable(&KEYFRAME_PROCESS, &payload, "argv").unwrap().0, b"sh\0");
        exit(&mut lineage, 12);
        assert!(lineage.processes.keys().eq([&(10, 100)]), "only the living is left");
        assert!(lineage.snapshot(40).ended.is_empty());
    }

    #[test]
    fn who_left_the_scope_is_forgotten_when_keyframes_have_long_not_shown_it() {
        let mut lineage = Lineage::default();
        context(&mut lineage, 1, 10, 10, 100, (1, 1));
        context(&mut lineage, 2, 11, 11, 110, (10, 100));
        fork(&mut lineage, 10, (11, 110));
        let first = HashSet::from([(10, 100)]);
        lineage.see_keyframe(&first, 1);
        lineage.see_keyframe(&first, LATEST_NS);
        assert_eq!(lineage.processes.len(), 2, "it may have ended, or begun, a moment ago");
        context(&mut lineage, 3, 11, 11, 110, (10, 100));
        lineage.see_keyframe(&first, LATEST_NS + 2);
        assert_eq!(lineage.processes.len(), 2, "it was heard of meanwhile");
        lineage.see_keyframe(&first, 2 * LATEST_NS + 3);
        assert!(lineage.processes.keys().eq([&(10, 100)]));
        assert_eq!(lineage.threads.len(), 1);
        exit(&mut lineage, 10);
        assert!(lineage.processes.is_empty(), "nobody descends from it any more");
    }

    #[test]
    fn what_was_there_before_is_read_from_memory() {
        let mut lineage = Lineage::default();
        context(&mut lineage, 1, 10, 10, 100, (1, 1));
        let payload = lineage.snapshot(5).complete((10, 100), &[], || Some(b"old\0-x\0".to_vec()));
        assert_eq!(variable(&KEYFRAME_PROCESS, &payload, "argv").unwrap().0, b"old\0-x\0");
        assert_eq!(field!(KEYFRAME_PROCESS, &payload, "source"), Some(FROM_MEMORY));
    }
}
