//! What an event declaration is: the row type of the event table and the kinds of field it may hold.
//!
//! The rows themselves are in [`crate::events`], one file per family. Everything else that knows an event (the C header,
//! the decoder, the SQL tables, the documentation, the command line's values) derives from these rows.

/// The lane (ring buffers and blocks of their own) that an event travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Lane {
    /// Life cycle, contexts, objects, the recorder's own records, rare security events.
    Control = 0,
    /// The bulk: system calls, renames, signals.
    Events = 1,
    /// Content: written and executed files, memory.
    Artifacts = 2,
    /// Network packets.
    Packets = 3,
}

impl Lane {
    /// Every lane, in merge order.
    pub const ALL: [Lane; 4] = [Lane::Control, Lane::Events, Lane::Artifacts, Lane::Packets];

    /// The lane with this number in a block header, if there is one.
    pub const fn from_number(number: u8) -> Option<Lane> {
        match number {
            0 => Some(Lane::Control),
            1 => Some(Lane::Events),
            2 => Some(Lane::Artifacts),
            3 => Some(Lane::Packets),
            _ => None,
        }
    }

    /// The lane's name as printed.
    pub const fn name(self) -> &'static str {
        match self {
            Lane::Control => "control",
            Lane::Events => "events",
            Lane::Artifacts => "artifacts",
            Lane::Packets => "packets",
        }
    }
}

/// How a field is stored in a frame's payload and what its bytes mean.
///
/// The numbers are part of the on-disk schema (`docs/format.md`) and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Unsigned, 1 byte.
    U8 = 1,
    /// Unsigned, 2 bytes.
    U16 = 2,
    /// Unsigned, 4 bytes.
    U32 = 3,
    /// Unsigned, 8 bytes.
    U64 = 4,
    /// Signed, 4 bytes.
    I32 = 5,
    /// Signed, 8 bytes.
    I64 = 6,
    /// A C `int` in an 8-byte slot: the low 4 bytes, signed. The high bytes are kept as the register held them.
    Int = 7,
    /// A C `unsigned int` in an 8-byte slot: the low 4 bytes, unsigned.
    Uint = 8,
    /// An address in an 8-byte slot.
    Pointer = 9,
    /// An object id (8 bytes): 0 when there is none or it could not be resolved.
    Object = 10,
    /// A context id (8 bytes): 0 when there is none.
    Context = 11,
    /// Stored nowhere (0 bytes): a property of the object that another field of the row refers to. The display hint says
    /// which, as `FIELD.PROPERTY`; the properties are the fields of object frames, and `path`.
    Attribute = 12,
    /// Variable: bytes without further meaning (or a C structure that the display hint names).
    Bytes = 32,
    /// Variable: a string without its terminating NUL. Not necessarily UTF-8.
    Text = 33,
    /// Variable: strings, each followed by one NUL.
    TextArray = 34,
    /// Variable: a `struct sockaddr` of any family as the kernel or the program laid it out.
    Sockaddr = 35,
    /// Variable: unsigned 8-byte integers, little-endian (for instance the lengths of an iovec).
    U64Array = 36,
    /// Variable: two 4-byte signed descriptors (`pipe`, `socketpair`).
    FdPair = 37,
    /// Variable: `{u16 event, u16 zero, u32 count}` records, the counts per event kind of a loss.
    LossCounts = 38,
    /// Variable: an internet address, 4 or 16 bytes in the network's order.
    IpAddress = 39,
}

impl Kind {
    /// The kind with this number in an embedded schema, if this build knows it.
    pub const fn from_number(number: u8) -> Option<Kind> {
        Some(match number {
            1 => Kind::U8,
            2 => Kind::U16,
            3 => Kind::U32,
            4 => Kind::U64,
            5 => Kind::I32,
            6 => Kind::I64,
            7 => Kind::Int,
            8 => Kind::Uint,
            9 => Kind::Pointer,
            10 => Kind::Object,
            11 => Kind::Context,
            12 => Kind::Attribute,
            32 => Kind::Bytes,
            33 => Kind::Text,
            34 => Kind::TextArray,
            35 => Kind::Sockaddr,
            36 => Kind::U64Array,
            37 => Kind::FdPair,
            38 => Kind::LossCounts,
            39 => Kind::IpAddress,
            _ => return None,
        })
    }

    /// Whether the field's bytes follow the fixed part, a descriptor standing in it.
    pub const fn is_variable(self) -> bool {
        (self as u8) >= 32
    }

    /// Bytes that the field takes in the fixed part. A variable field takes 8: `{u32 length_and_flags, u32 full_length}`.
    pub const fn width(self) -> u16 {
        match self {
            Kind::Attribute => 0,
            Kind::U8 => 1,
            Kind::U16 => 2,
            Kind::U32 | Kind::I32 => 4,
            _ => 8,
        }
    }
}

/// One field of an event. Its offset is the sum of the widths before it: rows hold no padding.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Column name, as Tracee names it where it has the field.
    pub name: &'static str,
    /// Storage and meaning.
    pub kind: Kind,
    /// How the value is printed by name (`open_flags`, `signal`, ...); empty for plainly. `docs/format.md` lists them.
    pub display: &'static str,
    /// Whether the value was read from user memory (or chosen by the program alone) and is not the kernel's own word.
    pub from_user: bool,
    /// Whether it is that where the kernel side makes the row at the entry or exit of a call ([`AT_ENTRY`], [`AT_EXIT`]), for
    /// want of a hook that has the kernel's word.
    pub from_user_at_calls: bool,
    /// One sentence: what it is, its unit, its kernel source.
    pub doc: &'static str,
}

impl Field {
    /// A field that prints plainly and comes from the kernel.
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Field {
        Field { name, kind, display: "", from_user: false, from_user_at_calls: false, doc }
    }

    /// The same field, printed by the named display hint.
    pub const fn shown_as(self, display: &'static str) -> Field {
        Field { display, ..self }
    }

    /// A property of the object that the field `object` refers to: `of` is `FIELD.PROPERTY`.
    pub const fn attribute(name: &'static str, of: &'static str, doc: &'static str) -> Field {
        Field::new(name, Kind::Attribute, doc).shown_as(of)
    }

    /// The same field, marked as read from user memory.
    pub const fn user(self) -> Field {
        Field { from_user: true, ..self }
    }

    /// The same field, marked as read from user memory where the row is made at the entry or exit of a call.
    pub const fn user_at_calls(self) -> Field {
        Field { from_user_at_calls: true, ..self }
    }
}

/// One event: a `const` row of the event table.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Number in frames and schemas; never reused, a row grows only at its end.
    pub id: u16,
    /// Name, as Tracee's users know it.
    pub name: &'static str,
    /// One sentence: when a row is made.
    pub doc: &'static str,
    /// Lane it travels in (a control event beyond its budget goes to [`Lane::Events`]).
    pub lane: Lane,
    /// Hooks that can see it, best first, alternative names by kernel, as libbpf names program sections (`lsm/file_open`,
    /// `fentry/do_init_module`, `kprobe/cap_capable`, `tp_btf/cgroup_mkdir`). `replay/openat+openat2` is no hook: the rows
    /// are made at replay, from those of the named calls as `tp_btf/sys_exit` gave them, or of the named events
    /// (`replay/cgroup_mkdir`), whatever saw those. `recorder` is what the recorder says of itself. `sys_enter/mprotect` and
    /// `sys_exit/write+writev` are our programs on `tp_btf/sys_enter` and `tp_btf/sys_exit`, which do this besides the
    /// call's own row when it is one of those named (`*`: any). `sys_call/mmap` is both: what the row needs is noted at the
    /// entry, and the row made at the exit.
    /// `scan/hooked_syscall` is no hook either: the recorder looks for it in the kernel's memory and files at the start,
    /// every minute and at the end; in a recording of the whole host, or when the event was asked for by name.
    pub hooks: &'static [&'static str],
    /// Event sets it belongs to (`default`, `proc`, ...).
    pub sets: &'static [&'static str],
    /// Payload, in order.
    pub fields: &'static [Field],
}

impl Event {
    /// Bytes of the fixed part of the payload.
    pub const fn fixed_len(&self) -> u16 {
        self.offset(self.fields.len())
    }

    /// Offset of field `index` in the fixed part, in bytes.
    pub const fn offset(&self, index: usize) -> u16 {
        let mut rest = self.fields;
        let mut left = index;
        let mut total: u16 = 0;
        while let ([field, behind @ ..], 1..) = (rest, left) {
            total = total.saturating_add(field.kind.width());
            rest = behind;
            left = left.saturating_sub(1);
        }
        total
    }

    /// The events that replay can make rows of this one from; empty when it needs a hook of its own.
    pub fn sources(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.calls(REPLAY)
    }

    /// The event that replay makes the rows of this one from, when it is no system call.
    pub fn own_source(&self) -> Option<&'static Event> {
        self.sources().find_map(crate::events::by_name).filter(|source| source.id < BEHIND_HOOKED_EVENTS)
    }

    /// The system calls that the hook with this prefix ([`REPLAY`], [`AT_ENTRY`], [`AT_EXIT`], [`AT_BOTH`]) names.
    pub fn calls(&self, prefix: &str) -> impl Iterator<Item = &'static str> + use<> {
        let named = self.hooks.iter().find_map(|hook| hook.strip_prefix(prefix));
        named.into_iter().flat_map(|names| names.split('+'))
    }

    /// Whether every field lies on a multiple of its width and the fixed part is whole 8-byte words, so that the C
    /// structure has the same layout without padding.
    pub const fn is_aligned(&self) -> bool {
        let mut rest = self.fields;
        let mut at: u16 = 0;
        while let [field, behind @ ..] = rest {
            if field.kind.width() != 0 && !at.is_multiple_of(field.kind.width()) {
                return false;
            }
            at = at.saturating_add(field.kind.width());
            rest = behind;
        }
        at.is_multiple_of(8)
    }
}

/// Set in a variable field's length word: the memory could not be read; the stored bytes are what was read before it failed.
pub const VARIABLE_FAULT: u32 = 1 << 31;
/// Set in a variable field's length word: the program passed a null pointer.
pub const VARIABLE_NULL: u32 = 1 << 30;
/// The length in a variable field's length word.
pub const VARIABLE_LENGTH_MASK: u32 = (1 << 30) - 1;
/// A variable field's full length is not known (it was longer than what is stored, by how much could not be told).
pub const FULL_LENGTH_UNKNOWN: u32 = u32::MAX;

/// The entry of [`Event::hooks`] for what the recorder says of itself.
pub const BY_RECORDER: &str = "recorder";
/// Begins the entry of [`Event::hooks`] that names the events that replay makes the rows from.
pub const REPLAY: &str = "replay/";
/// Begins the entry of [`Event::hooks`] of an event that the recorder looks for itself, from time to time.
pub const SCAN: &str = "scan/";
/// Begins the entry of [`Event::hooks`] that names calls at the entry of which the kernel side makes a row.
pub const AT_ENTRY: &str = "sys_enter/";
/// The same for the exit.
pub const AT_EXIT: &str = "sys_exit/";
/// The same for calls that are noted at the entry and of which the row is made at the exit.
pub const AT_BOTH: &str = "sys_call/";

/// Event ids below this are the log's own structure: they define things that other frames refer to.
pub const FIRST_RECORDER_EVENT: u16 = 64;
/// First id of the events that have programs of their own, family by family (see [`crate::events`]).
pub const FIRST_HOOKED_EVENT: u16 = 256;
/// First id behind them.
pub const BEHIND_HOOKED_EVENTS: u16 = 512;
/// System calls: this plus the x86_64 number, on every architecture. A call that x86_64 has not got would take the other
/// architecture's number plus 1024 above this; aarch64 has none.
pub const FIRST_SYSCALL_EVENT: u16 = 4096;
