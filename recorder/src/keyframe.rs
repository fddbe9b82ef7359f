//! What was there when a segment began: tasks, open files, ended ancestors, mounts.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::time::Instant;

use anyhow::{Context, Result};
use formats::event::Event;
use formats::events::structure::{
    CONTAINER, CONTEXT, FILE_OBJECT, KEYFRAME_CGROUP, KEYFRAME_KERNEL, KEYFRAME_MOUNTS, KEYFRAME_PROCESS, SOCKET_OBJECT,
};
use formats::frame::{FRAME_HEADER_LEN, FrameHeader, Frames, KEYFRAME};
use formats::payload::PayloadBuilder;

use crate::cgroups::{self, Hierarchy};
use crate::clock;
use crate::describe::Seen;
use crate::lineage::{self, Key, Snapshot};

/// Rows are handed on in pieces of about this size.
const PIECE: usize = 1 << 20;
/// Bytes of /proc text that are kept.
const MAX_TEXT: u64 = 4 << 20;

/// The sources of one keyframe.
pub(crate) struct Sources {
    pub(crate) tasks: OwnedFd,
    pub(crate) files: OwnedFd,
    pub(crate) snapshot: Snapshot,
    pub(crate) hierarchy: Hierarchy,
    pub(crate) whole_host: bool,
    /// Whether /proc shows processes by the numbers that the kernel side gives.
    pub(crate) proc_is_ours: bool,
    /// Whether somebody wants to know of the open files.
    pub(crate) keeps_files: bool,
}

/// How long a keyframe took and how much it holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) ns: u64,
    pub(crate) entries: u64,
    /// Payloads of the contexts of processes' leaders.
    pub(crate) contexts: Vec<Vec<u8>>,
    /// Event and payload of each object that is open, when asked for.
    pub(crate) files: Vec<(u16, Vec<u8>)>,
    /// The containers that processes in scope are in.
    pub(crate) containers: Vec<Seen>,
    /// Processes of which it told a context.
    pub(crate) shown: HashSet<Key>,
}

struct Collector<'a> {
    rows: Vec<u8>,
    entries: u64,
    objects: HashSet<u64>,
    leaders: HashMap<u64, Key>,
    namespaces: HashMap<u32, u32>,
    contexts: Vec<Vec<u8>>,
    files: Vec<(u16, Vec<u8>)>,
    keeps_files: bool,
    containers: Vec<Seen>,
    told: HashSet<u64>,
    shown: HashSet<Key>,
    proc_is_ours: bool,
    put: &'a mut dyn FnMut(Vec<u8>),
}

/// Reads a keyframe; `put` gets its frames, without sequence numbers, in pieces.
pub(crate) fn read(sources: Sources, put: &mut dyn FnMut(Vec<u8>)) -> Result<Cost> {
    let started = Instant::now();
    let mut collector = Collector {
        rows: Vec::new(),
        entries: 0,
        objects: HashSet::new(),
        leaders: HashMap::new(),
        namespaces: HashMap::new(),
        contexts: Vec::new(),
        files: Vec::new(),
        keeps_files: sources.keeps_files,
        containers: Vec::new(),
        told: HashSet::new(),
        shown: HashSet::new(),
        proc_is_ours: sources.proc_is_ours,
        put,
    };
    collector.rows.extend_from_slice(&sources.snapshot.ended);
    collector.entries += Frames::new(&sources.snapshot.ended).count() as u64;
    collector.iterate(sources.tasks, &sources.snapshot).context("cannot read the tasks in scope")?;
    collector.iterate(sources.files, &sources.snapshot).context("cannot read the open files in scope")?;
    let shown: HashSet<Key> = collector.leaders.values().copied().collect();
    let missed = sources.snapshot.missed(clock::boot_ns(), |key| shown.contains(&key));
    collector.entries += Frames::new(&missed).count() as u64;
    collector.rows.extend_from_slice(&missed);
    collector.mounts();
    collector.cgroups(&sources.hierarchy);
    if sources.whole_host {
        collector.kernel();
    }
    collector.hand_on();
    let Collector { entries, contexts, files, containers, shown, .. } = collector;
    Ok(Cost { ns: started.elapsed().as_nanos() as u64, entries, contexts, files, containers, shown })
}

impl Collector<'_> {
    fn iterate(&mut self, source: OwnedFd, snapshot: &Snapshot) -> Result<()> {
        let mut source = File::from(source);
        let mut buffer = vec![0; 256 * 1024];
        let mut filled = 0;
        loop {
            let count = source.read(&mut buffer[filled..])?;
            if count == 0 {
                return Ok(());
            }
            filled += count;
            let whole = whole_frames(&buffer[..filled]);
            for frame in Frames::new(&buffer[..whole]).map_while(Result::ok) {
                self.entry(frame.header, frame.payload, snapshot);
            }
            buffer.copy_within(whole..filled, 0);
            filled -= whole;
        }
    }

    fn entry(&mut self, header: FrameHeader, payload: &[u8], snapshot: &Snapshot) {
        let id = payload.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        match header.event {
            event if event == FILE_OBJECT.id || event == SOCKET_OBJECT.id => {
                if !self.objects.insert(id) {
                    return;
                }
                if self.keeps_files {
                    self.files.push((event, payload.to_vec()));
                }
                self.add(header, payload);
            }
            // Of each task that is in it.
            event if event == CONTAINER.id => {
                if self.told.insert(id) {
                    self.containers.extend(Seen::decode(payload));
                    self.add(header, payload);
                }
            }
            event if event == CONTEXT.id => {
                self.shown.extend(lineage::process_of(payload));
                if let Some(key) = lineage::leader_of(payload) {
                    self.leaders.insert(id, key);
                    self.contexts.push(payload.to_vec());
                    if let Some(namespace) = lineage::mount_namespace_of(payload) {
                        self.namespaces.entry(namespace).or_insert(key.0);
                    }
                }
                self.add(header, payload);
            }
            event if event == KEYFRAME_PROCESS.id => {
                let key = self.leaders.get(&id).copied().unwrap_or_default();
                let completed = snapshot.complete(key, payload, || self.command_line(key.0));
                self.add(header, &completed);
            }
            _ => self.add(header, payload),
        }
    }

    fn add(&mut self, header: FrameHeader, payload: &[u8]) {
        // Payloads out of the iterators are far below a frame's limit.
        let _ = header.append(payload, &mut self.rows);
        self.entries += 1;
        if self.rows.len() >= PIECE {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        if !self.rows.is_empty() {
            (self.put)(std::mem::take(&mut self.rows));
        }
    }

    fn add_text(
        &mut self,
        event: &'static Event,
        text: &[u8],
        fill: impl FnOnce(PayloadBuilder<'static>) -> PayloadBuilder<'static>,
    ) {
        let boot_ns = clock::boot_ns();
        let payload = fill(PayloadBuilder::new(event).u64("read_boot_ns", boot_ns));
        let name = if event.id == KEYFRAME_MOUNTS.id { "mountinfo" } else { "text" };
        let Ok(payload) = payload.bytes(name, text).finish() else { return };
        self.add(FrameHeader { boot_ns, event: event.id, flags: KEYFRAME, ..Default::default() }, &payload);
    }

    /// Arguments of a process as its memory has them now; it may have written over them.
    fn command_line(&self, pid: u32) -> Option<Vec<u8>> {
        let text = if self.proc_is_ours { text_of(&format!("/proc/{pid}/cmdline")) } else { None };
        text.filter(|text| !text.is_empty())
    }

    fn mounts(&mut self) {
        let namespaces = std::mem::take(&mut self.namespaces);
        if !self.proc_is_ours {
            return;
        }
        for (namespace, pid) in namespaces {
            if let Some(text) = text_of(&format!("/proc/{pid}/mountinfo")) {
                self.add_text(&KEYFRAME_MOUNTS, &text, |payload| payload.u64("mnt_ns", namespace.into()));
            }
        }
    }

    /// The control groups of the processes, and those that they lie in.
    fn cgroups(&mut self, hierarchy: &Hierarchy) {
        if !self.proc_is_ours {
            return;
        }
        let mut paths = BTreeSet::new();
        for (pid, _) in self.leaders.values() {
            let text = text_of(&format!("/proc/{pid}/cgroup")).unwrap_or_default();
            if let Some(path) = hierarchy.path_in(&text) {
                cgroups::with_parents(path, &mut paths);
            }
        }
        for path in paths {
            let boot_ns = clock::boot_ns();
            let (id, ctime_ns) = hierarchy.look_up(&path);
            let payload = PayloadBuilder::new(&KEYFRAME_CGROUP)
                .u64("read_boot_ns", boot_ns)
                .u64("cgroup_id", id)
                .u64("ctime_ns", ctime_ns)
                .u64("hierarchy_id", hierarchy.id.into())
                .bytes("path", &path);
            let Ok(payload) = payload.finish() else { continue };
            let event = KEYFRAME_CGROUP.id;
            self.add(FrameHeader { boot_ns, event, flags: KEYFRAME, ..Default::default() }, &payload);
        }
    }

    fn kernel(&mut self) {
        if let Some(text) = text_of("/proc/modules") {
            self.add_text(&KEYFRAME_KERNEL, &text, |payload| payload.u64("subject", 1));
        }
        let mut text = String::new();
        for program in libbpf_rs::query::ProgInfoIter::default() {
            let tag = program.tag.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let name = program.name.to_string_lossy();
            text.push_str(&format!("{} {:?} {tag} {name}\n", program.id, program.ty));
        }
        self.add_text(&KEYFRAME_KERNEL, text.as_bytes(), |payload| payload.u64("subject", 2));
    }
}

/// Length of the whole frames at the start of a buffer.
fn whole_frames(buffer: &[u8]) -> usize {
    let mut at = 0;
    while let Some(bytes) = buffer[at..].first_chunk::<FRAME_HEADER_LEN>() {
        let end = at + FRAME_HEADER_LEN + FrameHeader::decode(bytes).length as usize;
        if end > buffer.len() {
            break;
        }
        at = end;
    }
    at
}

fn text_of(path: &str) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    fs::File::open(path).ok()?.take(MAX_TEXT).read_to_end(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_cut_by_a_read_are_left_for_the_next() {
        let mut rows = Vec::new();
        FrameHeader { event: 7, ..Default::default() }.append(b"abcdefgh", &mut rows).unwrap();
        FrameHeader { event: 7, ..Default::default() }.append(b"ij", &mut rows).unwrap();
        for cut in 0..rows.len() {
            assert_eq!(whole_frames(&rows[..cut]), if cut >= 40 { 40 } else { 0 });
        }
        assert_eq!(whole_frames(&rows), rows.len());
    }
}
