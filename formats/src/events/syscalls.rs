//! System calls: one event per call, whatever the architecture: its id is the call's x86_64 number above
//! [`FIRST_SYSCALL_EVENT`].
//!
//! A payload is 8-byte slots only: `ret`, one per argument, then the objects: `<arg>_object` per descriptor argument,
//! `<arg>_object0` and `<arg>_object1` per pair of new descriptors, `ret_object` when the call returns a descriptor, and
//! `cwd` when it names a path. The rows themselves are generated from `data/syscalls.tsv` (see its head).

use crate::arch::Arch;
use crate::event::{Event, FIRST_SYSCALL_EVENT, Field, Kind, Lane};

mod table;

pub use table::{EVENTS, SYSCALLS};

/// What the kernel side needs to know of one system call to make its row.
#[derive(Clone, Copy, Debug)]
pub struct Syscall {
    /// Number on x86_64.
    pub number: u16,
    /// Number on aarch64, which has no call that x86_64 lacks.
    pub aarch64: Option<u16>,
    /// Name as in `asm/unistd_64.h`.
    pub name: &'static str,
    /// Arguments, at most six, in order.
    pub args: &'static [Arg],
    /// Whether a result that is not negative is a new descriptor: the row ends in `ret_object`.
    pub returns_fd: bool,
    /// Whether an argument is a path: the row holds the working directory.
    pub names_path: bool,
    /// Lane it travels in.
    pub lane: Lane,
}

impl Syscall {
    /// Id of its event.
    pub const fn event(&self) -> u16 {
        FIRST_SYSCALL_EVENT.saturating_add(self.number)
    }

    /// Number on an architecture, if it has the call.
    pub const fn number_on(&self, arch: Arch) -> Option<u16> {
        match arch {
            Arch::X86_64 => Some(self.number),
            Arch::Aarch64 => self.aarch64,
        }
    }
}

/// How one argument is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arg {
    /// What to collect.
    pub collect: Collect,
    /// Index of the argument with the length or count, or size of the structure in bytes (see [`Collect`]); else 0.
    pub aux: u8,
}

/// What the kernel side does with an argument. The numbers are shared with it through `bpf/events.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Collect {
    /// Keeps the register.
    Scalar = 0,
    /// Keeps the register; resolves the descriptor to an object.
    Fd = 1,
    /// The same; `AT_FDCWD` (-100) stands for the working directory.
    DirFd = 2,
    /// Reads a string at entry, at most 4096 bytes: a path.
    Path = 3,
    /// Reads a string at entry, at most 4096 bytes: anything else.
    Text = 4,
    /// Reads a null-terminated array of strings at entry. Aux 1: only when asked for (the environment).
    TextArray = 5,
    /// Reads a socket address at entry. Aux: index of the argument with its length.
    SockaddrIn = 6,
    /// Reads a socket address at exit. Aux: index of the argument that points to its length, a `u32`.
    SockaddrOut = 7,
    /// Reads the lengths out of a `struct iovec` array at entry. Aux: index of the argument with their count.
    IovecLengths = 8,
    /// Reads `msg_name` of a `struct msghdr` (or of the first `struct mmsghdr`) at entry.
    MsgName = 9,
    /// The same at exit.
    MsgNameOut = 10,
    /// Reads two descriptors at exit and resolves both.
    FdPairOut = 11,
    /// Reads a structure at entry. Aux: its size in bytes. A program may pass a smaller one: a size argument, where the call
    /// has one, says how much is its own.
    StructIn = 12,
}

impl Collect {
    /// Every way, in order of its number, with its name in `bpf/events.h` and `data/syscalls.tsv`.
    pub const ALL: [(Collect, &'static str); 13] = [
        (Collect::Scalar, "scalar"),
        (Collect::Fd, "fd"),
        (Collect::DirFd, "dirfd"),
        (Collect::Path, "path"),
        (Collect::Text, "text"),
        (Collect::TextArray, "text_array"),
        (Collect::SockaddrIn, "sockaddr_in"),
        (Collect::SockaddrOut, "sockaddr_out"),
        (Collect::IovecLengths, "iovec_lengths"),
        (Collect::MsgName, "msg_name"),
        (Collect::MsgNameOut, "msg_name_out"),
        (Collect::FdPairOut, "fd_pair_out"),
        (Collect::StructIn, "struct_in"),
    ];
}

/// The call with this x86_64 number, if the table has it.
pub fn by_number(number: u16) -> Option<&'static Syscall> {
    SYSCALLS.binary_search_by_key(&number, |call| call.number).ok().and_then(|at| SYSCALLS.get(at))
}

/// Events for calls without a row of their own.
pub const GENERIC: &[Event] = &[
    Event {
        id: 4094,
        name: "unknown_syscall",
        doc: "A system call that the table does not have (newer than it, or not a call at all).",
        lane: Lane::Events,
        hooks: HOOKS,
        sets: &["syscalls"],
        fields: RAW_FIELDS,
    },
    Event {
        id: 4095,
        name: "compat_syscall",
        doc: "A system call by the 32-bit or x32 interface, which any program can use; `marks` says which.",
        lane: Lane::Events,
        hooks: HOOKS,
        sets: &["syscalls", "default"],
        fields: COMPAT_FIELDS,
    },
];

/// Hooks of every call.
const HOOKS: &[&str] = &["tp_btf/sys_enter", "tp_btf/sys_exit"];

/// The fields of a call of which only the registers are known.
const RAW_FIELDS: &[Field] = &raw_fields(Field::new("number", Kind::U64, "Number of the call on its architecture."));

/// The same, of a call that is not in the architecture's own table.
const COMPAT_FIELDS: &[Field] = &raw_fields(
    Field::new("number", Kind::U64, "Number of the call in the table of i386, x32 (with bit 30 set) or 32-bit Arm.")
        .shown_as("compat_syscall"),
);

const fn raw_fields(number: Field) -> [Field; 8] {
    [
        RET,
        number,
        Field::new("arg0", Kind::U64, RAW_ARGUMENT),
        Field::new("arg1", Kind::U64, RAW_ARGUMENT),
        Field::new("arg2", Kind::U64, RAW_ARGUMENT),
        Field::new("arg3", Kind::U64, RAW_ARGUMENT),
        Field::new("arg4", Kind::U64, RAW_ARGUMENT),
        Field::new("arg5", Kind::U64, RAW_ARGUMENT),
    ]
}

const RAW_ARGUMENT: &str = "The argument as the register held it; of a 32-bit call the low 32 bits.";

/// First field of every call.
const RET: Field = Field::new("ret", Kind::I64, "Result; a negative errno when the call failed.").shown_as("errno");

/// First field of a call that returns an address.
const RET_ADDRESS: Field =
    Field::new("ret", Kind::I64, "Resulting address; a negative errno when the call failed.").shown_as("address");

/// Object of a returned descriptor.
const RET_OBJECT: Field = Field::new("ret_object", Kind::Object, "What the returned descriptor refers to.");

/// Object that relative paths start from.
const CWD: Field = Field::new("cwd", Kind::Object, "Working directory that a relative path starts from.");
