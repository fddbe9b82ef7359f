//! Processes: who begat whom, what each executed, and how it ended. Each segment gives what it shows; put together in
//! order they are the `processes` table.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use formats::events::lifecycle::{SCHED_PROCESS_EXEC, SCHED_PROCESS_EXIT, SCHED_PROCESS_FORK};
use formats::events::structure::KEYFRAME_PROCESS;
use formats::payload::Value;
use formats::schema::EventSchema;

use crate::context::{Context, OUTSIDE_SCOPE};
use crate::definitions::Definitions;
use crate::object::FileIdentity;

mod thread;

pub use thread::{Thread, Threads};

/// One process as far as the capture shows it. Text is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Unique id.
    pub key: i64,
    /// The process that made it.
    pub parent_key: Option<i64>,
    /// Ids as they were when it was first seen: own, own and parent's in the initial PID namespace.
    pub pid: u32,
    /// Parent in its own PID namespace when it was first seen.
    pub ppid: u32,
    /// Process id in the initial PID namespace.
    pub host_pid: u32,
    /// Parent in the initial PID namespace when it was first seen.
    pub host_ppid: u32,
    /// Start, boot-time nanoseconds.
    pub start_boot_ns: u64,
    /// End, boot-time nanoseconds; `None` while it lives.
    pub end_boot_ns: Option<u64>,
    /// The program, by path.
    pub exe: Option<String>,
    /// Which file that is.
    pub exe_file: Option<FileIdentity>,
    /// Name of its first thread, as last seen.
    pub comm: Option<Vec<u8>>,
    /// Arguments, each followed by a NUL: of its last exec, or its parent's when it made none.
    pub argv: Option<Vec<u8>>,
    /// Working directory at its last exec, or when a segment began; not known of a process that never executed.
    pub cwd: Option<String>,
    /// User, group and effective user id, as last seen.
    pub ids: Option<(u32, u32, u32)>,
    /// Wait status; `None` while it lives or when it is not known.
    pub wait_status: Option<i32>,
    /// Version 2 cgroup, as last seen.
    pub cgroup_id: u64,
    /// Mount and PID namespace, as last seen.
    pub mnt_ns: u32,
    /// PID namespace.
    pub pid_ns: u32,
    /// Host name in its UTS namespace, as last seen.
    pub uts_name: Option<Vec<u8>>,
    /// Id of its container, as last seen.
    pub container_id: Option<String>,
    /// Wait status of its first thread, when that has ended.
    leader_status: Option<i32>,
    /// Whether what is here of the time before an exec is its own and not its parent's.
    executed: bool,
    /// When the exec was that `argv` and `cwd` are of, boot-time nanoseconds.
    exec_boot_ns: u64,
}

impl Process {
    /// Status that it passed to exit; `None` while it lives or when a signal ended it.
    pub fn exit_code(&self) -> Option<i32> {
        self.wait_status.filter(|status| status & 0x7f == 0).map(|status| status >> 8 & 0xff)
    }

    /// Signal that ended it.
    pub fn exit_signal(&self) -> Option<i32> {
        self.wait_status.map(|status| status & 0x7f).filter(|signal| *signal != 0)
    }

    /// Takes what a later segment shows of the same process.
    fn absorb(&mut self, later: Process) {
        let Process { key: _, parent_key, pid, ppid, host_pid: _, host_ppid, start_boot_ns: _, .. } = later;
        if self.parent_key.is_none() {
            (self.parent_key, self.ppid, self.host_ppid) = (parent_key, ppid, host_ppid);
        }
        if self.pid == 0 {
            self.pid = pid;
        }
        if later.executed || self.argv.is_none() {
            self.exec_boot_ns = later.exec_boot_ns;
            replace(&mut self.argv, later.argv);
            replace(&mut self.cwd, later.cwd);
        }
        self.executed |= later.executed;
        replace(&mut self.exe, later.exe);
        replace(&mut self.exe_file, later.exe_file);
        replace(&mut self.comm, later.comm);
        replace(&mut self.ids, later.ids);
        replace(&mut self.uts_name, later.uts_name);
        replace(&mut self.container_id, later.container_id);
        replace(&mut self.end_boot_ns, later.end_boot_ns);
        replace(&mut self.wait_status, later.wait_status);
        replace(&mut self.leader_status, later.leader_status);
        for (number, later) in [(&mut self.mnt_ns, later.mnt_ns), (&mut self.pid_ns, later.pid_ns)] {
            if later != 0 {
                *number = later;
            }
        }
        if later.cgroup_id != 0 {
            self.cgroup_id = later.cgroup_id;
        }
    }
}

fn replace<T>(known: &mut Option<T>, later: Option<T>) {
    if later.is_some() {
        *known = later;
    }
}

/// Processes in the order they were first seen.
#[derive(Clone, Debug, Default)]
pub struct Processes {
    list: Vec<Process>,
    numbers: HashMap<i64, usize>,
    threads: Threads,
}

impl Processes {
    /// Every process.
    pub fn list(&self) -> &[Process] {
        &self.list
    }

    /// Every thread of theirs.
    pub fn threads(&self) -> &[Thread] {
        self.threads.list()
    }

    /// The process with this key.
    pub fn get(&self, key: i64) -> Option<&Process> {
        self.list.get(*self.numbers.get(&key)?)
    }

    /// Takes what the next segment shows.
    pub fn absorb(&mut self, later: Processes) {
        for process in later.list {
            match self.numbers.entry(process.key) {
                Entry::Occupied(entry) => self.list[*entry.get()].absorb(process),
                Entry::Vacant(entry) => {
                    entry.insert(self.list.len());
                    self.list.push(process);
                }
            }
        }
        for thread in later.threads.list() {
            self.threads.take(thread.clone());
        }
    }

    fn entry(&mut self, key: i64) -> &mut Process {
        let number = *self.numbers.entry(key).or_insert_with(|| {
            self.list.push(Process { key, ..Process::default() });
            self.list.len() - 1
        });
        &mut self.list[number]
    }

    /// A context was taken.
    pub(crate) fn context_taken(&mut self, context: &Context, definitions: &Definitions) {
        let Some(key) = context.process_key else { return };
        let is_outside = context.flags & OUTSIDE_SCOPE != 0;
        self.threads.take(Thread {
            key: thread_key(context, definitions),
            process_key: key,
            host_tid: context.host_tid,
            tid: context.tid,
            comm: (!is_outside).then(|| context.comm.to_vec()),
            start_boot_ns: context.thread_start_boot_ns,
            end_boot_ns: None,
        });
        let process = self.entry(key);
        if process.host_pid == 0 {
            process.host_pid = context.host_pid;
            process.start_boot_ns = context.start_boot_ns;
        }
        if process.parent_key.is_none() {
            process.parent_key = context.parent_key;
            process.host_ppid = context.host_ppid;
            process.ppid = context.ppid;
        }
        if process.pid == 0 {
            process.pid = context.pid;
        }
        if is_outside {
            return;
        }
        replace(&mut process.exe, definitions.object_name(context.exe).map(Cow::into_owned));
        replace(&mut process.exe_file, definitions.file_identity(context.exe));
        // One thread may change its ids alone; the process is what its first thread is.
        if context.host_tid == context.host_pid || process.ids.is_none() {
            process.ids = Some((context.uid(), context.gid(), context.uids[2]));
            process.comm = Some(context.comm.to_vec());
        }
        process.uts_name = Some(context.uts_name.to_vec());
        process.container_id = definitions.containers.get(&context.container).map(|container| container.id.to_string());
        process.cgroup_id = context.cgroup_id;
        process.mnt_ns = context.mnt_ns();
        process.pid_ns = context.pid_ns();
    }

    /// A thread was renamed; `leads` is the process that it is the first of.
    pub(crate) fn renamed(&mut self, thread: i64, leads: Option<i64>, comm: &[u8]) {
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.comm = Some(comm.to_vec());
        }
        if let Some(key) = leads {
            self.entry(key).comm = Some(comm.to_vec());
        }
    }

    /// A frame that tells of processes, made by the task of `context` (none known: `None`).
    pub(crate) fn observe(
        &mut self,
        schema: &EventSchema,
        payload: &[u8],
        boot_ns: u64,
        context: Option<&Context>,
        definitions: &Definitions,
    ) {
        let fields = Fields { schema, payload };
        match schema.id {
            id if id == SCHED_PROCESS_FORK.id => self.forked(&fields, context, definitions),
            id if id == SCHED_PROCESS_EXEC.id => self.executed(&fields, boot_ns, context, definitions),
            id if id == SCHED_PROCESS_EXIT.id => self.exited(&fields, boot_ns, context, definitions),
            id if id == KEYFRAME_PROCESS.id => self.listed(&fields, definitions),
            _ => {}
        }
    }

    fn forked(&mut self, fields: &Fields<'_>, parent: Option<&Context>, definitions: &Definitions) {
        let number = |name| fields.number(name).unwrap_or(0);
        let (pid, parent_pid) = (number("child_pid") as u32, number("parent_pid") as u32);
        let (tid, start) = (number("child_tid") as u32, number("start_time"));
        let thread = Thread {
            key: formats::process_key(&definitions.boot_id, start, tid),
            host_tid: tid,
            tid: number("child_ns_tid") as u32,
            start_boot_ns: start,
            ..Thread::default()
        };
        if pid == parent_pid {
            if let Some(process_key) = parent.and_then(|parent| parent.process_key) {
                self.threads.take(Thread { process_key, ..thread });
            }
            return;
        }
        let child = definitions.context(number("child_context"));
        let key = child.and_then(|child| child.process_key);
        let key = key.unwrap_or_else(|| formats::process_key(&definitions.boot_id, start, pid));
        self.threads.take(Thread { process_key: key, ..thread });
        let parent_key = parent.and_then(|parent| parent.process_key);
        let parent = parent_key.and_then(|key| self.get(key)).cloned().unwrap_or_default();
        let process = self.entry(key);
        (process.host_pid, process.start_boot_ns) = (pid, start);
        process.pid = number("child_ns_pid") as u32;
        if process.parent_key.is_none() {
            (process.parent_key, process.host_ppid) = (parent_key, parent_pid);
        }
        if !process.executed {
            process.argv = parent.argv;
            process.exe = process.exe.take().or(parent.exe);
            process.exe_file = process.exe_file.or(parent.exe_file);
        }
    }

    fn executed(&mut self, fields: &Fields<'_>, boot_ns: u64, context: Option<&Context>, definitions: &Definitions) {
        let Some(key) = context.and_then(|context| context.process_key) else { return };
        let process = self.entry(key);
        process.executed = true;
        process.exec_boot_ns = boot_ns;
        process.argv = fields.bytes("argv").map(<[u8]>::to_vec);
        process.cwd = fields.number("cwd").and_then(|id| definitions.object_name(id)).map(Cow::into_owned);
        let exe = fields.number("exe");
        replace(&mut process.exe, exe.and_then(|id| definitions.object_name(id)).map(Cow::into_owned));
        replace(&mut process.exe_file, exe.and_then(|id| definitions.file_identity(id)));
    }

    fn exited(&mut self, fields: &Fields<'_>, boot_ns: u64, context: Option<&Context>, definitions: &Definitions) {
        let Some(context) = context else { return };
        let Some(key) = context.process_key else { return };
        if let Some(thread) = self.threads.get_mut(thread_key(context, definitions)) {
            thread.end_boot_ns = Some(boot_ns);
        }
        let process = self.entry(key);
        let number = |name| fields.number(name).unwrap_or(0) as i32;
        let core = if number("core_dumped") != 0 { 0x80 } else { 0 };
        let status = (number("exit_code") & 0xff) << 8 | number("signal_code") & 0x7f | core;
        if context.host_tid == context.host_pid {
            process.leader_status = Some(status);
        }
        if number("process_group_exit") != 0 {
            process.end_boot_ns = Some(boot_ns);
            // As wait(2) has it: the status of the group's exit when there was one, else the first thread's.
            let group = Some(number("group_exit_code")).filter(|status| *status != 0);
            process.wait_status = group.or(process.leader_status).or(Some(status));
        }
    }

    fn listed(&mut self, fields: &Fields<'_>, definitions: &Definitions) {
        let context = fields.number("context").and_then(|id| definitions.context(id));
        let Some(key) = context.and_then(|context| context.process_key) else { return };
        let process = self.entry(key);
        // Who made it: its context names who has adopted it since.
        if let Some(parent_pid) = fields.number("parent_pid").filter(|pid| *pid != 0) {
            let start = fields.number("parent_start_boot_ns").unwrap_or(0);
            process.parent_key = Some(formats::process_key(&definitions.boot_id, start, parent_pid as u32));
            process.host_ppid = parent_pid as u32;
        }
        const FROM_MEMORY: u64 = 2;
        let (source, exec_boot_ns) = (fields.number("source"), fields.number("exec_boot_ns").unwrap_or(0));
        // What the exec event said stands against what the process may have made of its memory, and an exec since the
        // entry was put together stands against the entry.
        let stands = process.argv.is_some() && (source == Some(FROM_MEMORY) || exec_boot_ns < process.exec_boot_ns);
        if !stands {
            if source != Some(0) {
                replace(&mut process.argv, fields.bytes("argv").map(<[u8]>::to_vec));
                process.exec_boot_ns = exec_boot_ns;
            }
            replace(
                &mut process.cwd,
                fields.number("cwd").and_then(|id| definitions.object_name(id)).map(Cow::into_owned),
            );
        }
        if let Some(end_boot_ns) = fields.number("exit_boot_ns").filter(|end| *end != 0) {
            process.end_boot_ns = Some(end_boot_ns);
            process.wait_status = fields.number("exit_code").map(|status| status as i32);
            // The first thread's key is the process's; it stays until the others have ended.
            if let Some(leader) = self.threads.get_mut(key) {
                leader.end_boot_ns.get_or_insert(end_boot_ns);
            }
        }
    }
}

fn thread_key(context: &Context, definitions: &Definitions) -> i64 {
    formats::process_key(&definitions.boot_id, context.thread_start_boot_ns, context.host_tid)
}

/// A payload's fields by name.
struct Fields<'a> {
    schema: &'a EventSchema,
    payload: &'a [u8],
}

impl<'a> Fields<'a> {
    fn value(&self, name: &str) -> Option<Value<'a>> {
        self.schema.value(self.payload, self.schema.index(name)?)
    }

    fn number(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Value::U64(number) | Value::Object(number) | Value::Context(number) | Value::Pointer(number) => {
                Some(number)
            }
            Value::I64(number) => Some(number as u64),
            Value::Variable(..) | Value::Attribute => None,
        }
    }

    fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        match self.value(name)? {
            Value::Variable(_, variable) => Some(variable.bytes),
            _ => None,
        }
    }
}
