//! Contexts: who did it, as a capture's context frames tell it.

use formats::payload::Value;
use formats::schema::EventSchema;

/// One context frame, decoded by the capture's own schema. What the frame does not hold is zero or empty.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Number that frames refer to it by.
    pub id: u64,
    /// Unique id of the process; `None` when its start is not known.
    pub process_key: Option<i64>,
    /// Unique id of the parent process; `None` when there is none or its start is not known.
    pub parent_key: Option<i64>,
    /// Start of the process, boot-time nanoseconds.
    pub start_boot_ns: u64,
    /// Start of the thread, boot-time nanoseconds.
    pub thread_start_boot_ns: u64,
    /// Start of the parent process, boot-time nanoseconds.
    pub parent_start_boot_ns: u64,
    /// Object id of the executed file, 0 for none.
    pub exe: u64,
    /// Version 2 cgroup.
    pub cgroup_id: u64,
    /// Capability sets: inheritable, permitted, effective, bounding, ambient.
    pub capabilities: [u64; 5],
    /// Process id in the initial PID namespace.
    pub host_pid: u32,
    /// Thread id in the initial PID namespace.
    pub host_tid: u32,
    /// Parent process in the initial PID namespace.
    pub host_ppid: u32,
    /// Process id in its own PID namespace.
    pub pid: u32,
    /// Thread id in its own PID namespace.
    pub tid: u32,
    /// Parent process in its own PID namespace.
    pub ppid: u32,
    /// User ids: real, saved, effective, file system.
    pub uids: [u32; 4],
    /// Group ids: real, saved, effective, file system.
    pub gids: [u32; 4],
    /// Audit login user id.
    pub login_uid: u32,
    /// Audit session id.
    pub session_id: u32,
    /// Namespace inode numbers: mount, PID, network, UTS, IPC, user, cgroup.
    pub namespaces: [u32; 7],
    /// Bits: 1 kernel thread, 2 ended, 4 outside the scope (ids only).
    pub flags: u32,
    /// The thread's name when the context was taken.
    pub comm: Box<[u8]>,
    /// Host name in its UTS namespace.
    pub uts_name: Box<[u8]>,
    /// Key of the container that it is in, 0 for none.
    pub container: u64,
    /// Policies of which the scope held for it, a bit each.
    pub policies: u64,
}

/// Bit of [`Context::flags`]: the task was outside the scope, only its ids are known.
pub const OUTSIDE_SCOPE: u32 = 4;

impl Context {
    /// Decodes a context frame's payload; `None` when it is malformed.
    pub(crate) fn decode(schema: &EventSchema, payload: &[u8], boot_id: &[u8; 16]) -> Option<Context> {
        let mut context = Context::default();
        for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
            match value {
                Value::U64(number) | Value::Object(number) | Value::Context(number) | Value::Pointer(number) => {
                    context.set(&field.name, number);
                }
                Value::Variable(_, variable) => match field.name.as_str() {
                    "comm" => context.comm = variable.bytes.into(),
                    "uts_name" => context.uts_name = variable.bytes.into(),
                    _ => {}
                },
                Value::I64(_) | Value::Attribute => {}
            }
        }
        let key = |start, pid| formats::process_key(boot_id, start, pid);
        if context.start_boot_ns != 0 || context.host_pid != 0 {
            context.process_key = Some(key(context.start_boot_ns, context.host_pid));
        }
        if context.host_ppid != 0 {
            context.parent_key = Some(key(context.parent_start_boot_ns, context.host_ppid));
        }
        Some(context)
    }

    fn set(&mut self, field: &str, number: u64) {
        let low = number as u32;
        match field {
            "id" => self.id = number,
            "start_boot_ns" => self.start_boot_ns = number,
            "thread_start_boot_ns" => self.thread_start_boot_ns = number,
            "parent_start_boot_ns" => self.parent_start_boot_ns = number,
            "exe" => self.exe = number,
            "cgroup_id" => self.cgroup_id = number,
            "cap_inheritable" => self.capabilities[0] = number,
            "cap_permitted" => self.capabilities[1] = number,
            "cap_effective" => self.capabilities[2] = number,
            "cap_bounding" => self.capabilities[3] = number,
            "cap_ambient" => self.capabilities[4] = number,
            "host_pid" => self.host_pid = low,
            "host_tid" => self.host_tid = low,
            "host_ppid" => self.host_ppid = low,
            "pid" => self.pid = low,
            "tid" => self.tid = low,
            "ppid" => self.ppid = low,
            "uid" => self.uids[0] = low,
            "suid" => self.uids[1] = low,
            "euid" => self.uids[2] = low,
            "fsuid" => self.uids[3] = low,
            "gid" => self.gids[0] = low,
            "sgid" => self.gids[1] = low,
            "egid" => self.gids[2] = low,
            "fsgid" => self.gids[3] = low,
            "login_uid" => self.login_uid = low,
            "session_id" => self.session_id = low,
            "mnt_ns" => self.namespaces[0] = low,
            "pid_ns" => self.namespaces[1] = low,
            "net_ns" => self.namespaces[2] = low,
            "uts_ns" => self.namespaces[3] = low,
            "ipc_ns" => self.namespaces[4] = low,
            "user_ns" => self.namespaces[5] = low,
            "cgroup_ns" => self.namespaces[6] = low,
            "flags" => self.flags = low,
            "container" => self.container = number,
            "policies" => self.policies = number,
            _ => {}
        }
    }

    /// Real user id.
    pub fn uid(&self) -> u32 {
        self.uids[0]
    }

    /// Real group id.
    pub fn gid(&self) -> u32 {
        self.gids[0]
    }

    /// Mount namespace inode number.
    pub fn mnt_ns(&self) -> u32 {
        self.namespaces[0]
    }

    /// Network namespace, inode number.
    pub fn net_ns(&self) -> u32 {
        self.namespaces[2]
    }

    /// PID namespace inode number.
    pub fn pid_ns(&self) -> u32 {
        self.namespaces[1]
    }
}
