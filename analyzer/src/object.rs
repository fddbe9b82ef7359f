//! Objects: what an event was done to (an open file or a socket), as a capture's object frames tell it, and how one is
//! named in a column.

use std::borrow::Cow;
use std::fmt::Write;

use formats::event::Kind;
use formats::events::structure::{FILE_OBJECT, SOCKET_OBJECT};
use formats::payload::Value;
use formats::schema::{EventSchema, FieldSchema};

use crate::{names, text};

/// A file that was open, or a directory that was somebody's working or root directory.
#[derive(Clone, Copy, Debug, Default)]
pub struct File<'a> {
    /// Inode number.
    pub inode: u64,
    /// Last status change, UTC nanoseconds.
    pub ctime_ns: u64,
    /// Last modification, UTC nanoseconds.
    pub mtime_ns: u64,
    /// Size in bytes.
    pub size: u64,
    /// File system type.
    pub fs_magic: u64,
    /// Device number as the kernel keeps it.
    pub dev: u32,
    /// Mount id.
    pub mnt_id: u32,
    /// Flags of the open file.
    pub open_flags: u32,
    /// Type and permission bits.
    pub mode: u32,
    /// Hard links.
    pub nlink: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bits: 1 unlinked, 2 not reachable from its mount namespace's root, 4 the path was cut at its beginning.
    pub flags: u32,
    /// Path, or the name of what has none.
    pub path: &'a [u8],
}

/// A socket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Socket<'a> {
    /// Inode number in sockfs.
    pub inode: u64,
    /// Cookie, 0 when it has none.
    pub cookie: u64,
    /// Network namespace inode number.
    pub net_ns: u32,
    /// Flags of the open file.
    pub open_flags: u32,
    /// Address family.
    pub family: u16,
    /// Socket type.
    pub kind: u16,
    /// Protocol.
    pub protocol: u16,
    /// Connection state.
    pub state: u16,
    /// Own address, empty when unbound.
    pub local: &'a [u8],
    /// Peer's address, empty when not connected.
    pub peer: &'a [u8],
}

/// What an object id stands for.
#[derive(Clone, Copy, Debug)]
pub enum Object<'a> {
    /// A file of any type but a socket.
    File(File<'a>),
    /// A socket.
    Socket(Socket<'a>),
}

const UNLINKED: u32 = 1;
const UNREACHABLE: u32 = 2;
const PATH_CUT: u32 = 4;

const PIPEFS: u64 = 0x5049_5045;
const ANON_INODES: u64 = 0x0904_1934;
const NSFS: u64 = 0x6e73_6673;
const PIDFS: u64 = 0x5049_4446;

/// Where a kind of object frame has what: found once per segment, objects are many.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    schema: EventSchema,
    members: Vec<Member>,
    id: usize,
}

/// What a field is about.
#[derive(Clone, Copy, Debug)]
enum Member {
    OfFile(fn(&mut File<'_>, u64)),
    OfSocket(fn(&mut Socket<'_>, u64)),
    Path,
    Local,
    Peer,
    Other,
}

impl Layout {
    /// The layout of a kind of object frame; `None` when it is none, or has no id.
    pub(crate) fn of(schema: &EventSchema) -> Option<Layout> {
        let is_file = schema.id == FILE_OBJECT.id;
        if !is_file && schema.id != SOCKET_OBJECT.id {
            return None;
        }
        let member = |name: &str| match name {
            "path" => Member::Path,
            "local" => Member::Local,
            "peer" => Member::Peer,
            _ if is_file => File::setter(name).map_or(Member::Other, Member::OfFile),
            _ => Socket::setter(name).map_or(Member::Other, Member::OfSocket),
        };
        let members = schema.fields.iter().map(|field| member(&field.name)).collect();
        Some(Layout { schema: schema.clone(), members, id: schema.index("id")? })
    }

    /// The id in a payload; `None` when it is malformed.
    pub(crate) fn id(&self, payload: &[u8]) -> Option<u64> {
        match self.schema.value(payload, self.id)? {
            Value::Object(id) | Value::U64(id) => Some(id),
            _ => None,
        }
    }

    /// Whether the path in a payload may end so: sure where it is the last of the payload, as the recorder writes it.
    pub(crate) fn may_end_in(&self, payload: &[u8], end: &[u8]) -> bool {
        let is_variable = |field: &FieldSchema| field.kind.is_some_and(Kind::is_variable);
        let last = self.schema.fields.iter().rposition(is_variable).and_then(|last| self.members.get(last));
        match last {
            Some(Member::Path) => payload.ends_with(end),
            _ => self.members.iter().any(|member| matches!(member, Member::Path)),
        }
    }

    /// Decodes a payload; `None` when it is malformed.
    pub(crate) fn decode<'a>(&'a self, payload: &'a [u8]) -> Option<Object<'a>> {
        let mut file = File::default();
        let mut socket = Socket::default();
        for (member, value) in self.members.iter().zip(self.schema.values(payload)?) {
            match (member, value) {
                (Member::OfFile(set), Value::U64(number)) => set(&mut file, number),
                (Member::OfSocket(set), Value::U64(number)) => set(&mut socket, number),
                (Member::Path, Value::Variable(_, variable)) => file.path = variable.bytes,
                (Member::Local, Value::Variable(_, variable)) => socket.local = variable.bytes,
                (Member::Peer, Value::Variable(_, variable)) => socket.peer = variable.bytes,
                _ => {}
            }
        }
        Some(if self.schema.id == FILE_OBJECT.id { Object::File(file) } else { Object::Socket(socket) })
    }
}

/// What tells a file's content from others': a file that is changed gets another change time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// Device number as the kernel keeps it.
    pub dev: u32,
    /// Inode number.
    pub inode: u64,
    /// Change time, UTC nanoseconds.
    pub ctime_ns: u64,
}

/// Something about an object that is shown as a column of rows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Property<'a> {
    Number(i64),
    Text(Cow<'a, str>),
}

/// Numbers that an object has and rows may show as theirs.
pub(crate) const NUMBERS: [&str; 13] = [
    "inode",
    "dev",
    "ctime_ns",
    "mtime_ns",
    "size",
    "mode",
    "nlink",
    "uid",
    "gid",
    "open_flags",
    "mnt_id",
    "net_ns",
    "cookie",
];

impl Object<'_> {
    /// One of [`NUMBERS`], if this kind of object has it.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        match self {
            Object::File(file) => Some(match name {
                "inode" => file.inode as i64,
                "dev" => file.dev.into(),
                "ctime_ns" => file.ctime_ns as i64,
                "mtime_ns" => file.mtime_ns as i64,
                "size" => file.size as i64,
                "mode" => file.mode.into(),
                "nlink" => file.nlink.into(),
                "uid" => file.uid.into(),
                "gid" => file.gid.into(),
                "open_flags" => file.open_flags.into(),
                "mnt_id" => file.mnt_id.into(),
                _ => return None,
            }),
            Object::Socket(socket) => Some(match name {
                "inode" => socket.inode as i64,
                "open_flags" => socket.open_flags.into(),
                "net_ns" => socket.net_ns.into(),
                "cookie" => socket.cookie as i64,
                _ => return None,
            }),
        }
    }

    /// What a column shows: a path, `pipe:[123]`, `anon_inode:[eventpoll]`, `socket:[123] TCP 127.0.0.1:80->...`. Bytes of
    /// the capture in it are escaped as [`text::escape`] does.
    pub fn name_into(&self, out: &mut String) {
        match self {
            Object::File(file) => file.name_into(out),
            Object::Socket(socket) => socket.name_into(out),
        }
    }
}

impl File<'_> {
    fn setter(name: &str) -> Option<fn(&mut File<'_>, u64)> {
        Some(match name {
            "inode" => |file, number| file.inode = number,
            "ctime_ns" => |file, number| file.ctime_ns = number,
            "mtime_ns" => |file, number| file.mtime_ns = number,
            "size" => |file, number| file.size = number,
            "fs_magic" => |file, number| file.fs_magic = number,
            "dev" => |file, number| file.dev = number as u32,
            "mnt_id" => |file, number| file.mnt_id = number as u32,
            "open_flags" => |file, number| file.open_flags = number as u32,
            "mode" => |file, number| file.mode = number as u32,
            "nlink" => |file, number| file.nlink = number as u32,
            "uid" => |file, number| file.uid = number as u32,
            "gid" => |file, number| file.gid = number as u32,
            "flags" => |file, number| file.flags = number as u32,
            _ => return None,
        })
    }

    /// The path as the kernel side writes it into rows: marked when it does not lead there.
    pub(crate) fn shown_path(&self) -> Vec<u8> {
        let is_path = self.path.first() == Some(&b'/');
        let before: &[u8] = if is_path && self.flags & UNREACHABLE != 0 { b"(unreachable)" } else { b"" };
        let behind: &[u8] = if is_path && self.flags & UNLINKED != 0 { b" (deleted)" } else { b"" };
        [before, self.path, behind].concat()
    }

    fn name_into(&self, out: &mut String) {
        if self.path.first() == Some(&b'/') {
            if self.flags & PATH_CUT != 0 {
                out.push_str("...");
            } else if self.flags & UNREACHABLE != 0 {
                out.push_str("(unreachable)");
            }
            text::escape_into(out, self.path);
            if self.flags & UNLINKED != 0 {
                out.push_str(" (deleted)");
            }
            return;
        }
        let prefix = match self.fs_magic {
            PIPEFS => "pipe",
            NSFS => "ns",
            PIDFS => "pidfd",
            ANON_INODES if !self.path.is_empty() => {
                out.push_str("anon_inode:");
                text::escape_into(out, self.path);
                return;
            }
            _ if !self.path.is_empty() => {
                text::escape_into(out, self.path);
                return;
            }
            _ => "inode",
        };
        let _ = write!(out, "{prefix}:[{}]", self.inode);
    }
}

impl Socket<'_> {
    fn setter(name: &str) -> Option<fn(&mut Socket<'_>, u64)> {
        Some(match name {
            "inode" => |socket, number| socket.inode = number,
            "cookie" => |socket, number| socket.cookie = number,
            "net_ns" => |socket, number| socket.net_ns = number as u32,
            "open_flags" => |socket, number| socket.open_flags = number as u32,
            "family" => |socket, number| socket.family = number as u16,
            "type" => |socket, number| socket.kind = number as u16,
            "protocol" => |socket, number| socket.protocol = number as u16,
            "state" => |socket, number| socket.state = number as u16,
            _ => return None,
        })
    }

    fn name_into(&self, out: &mut String) {
        const UNIX: u16 = 1;
        const INET: u16 = 2;
        const INET6: u16 = 10;
        let _ = write!(out, "socket:[{}] ", self.inode);
        let word = |hint: &str, value: u16, prefix: &str| {
            let name = names::number_name(hint, value.into());
            let name = name.as_deref().unwrap_or_default();
            name.strip_prefix(prefix).unwrap_or(name).to_owned()
        };
        let protocol = match (self.family, self.protocol) {
            (INET | INET6, protocol) => word("socket_protocol", protocol, "IPPROTO_"),
            (family, _) => word("socket_family", family, "AF_"),
        };
        if protocol.is_empty() {
            let _ = write!(out, "{}/{}", self.family, self.protocol);
        } else {
            out.push_str(&protocol);
        }
        if self.family == UNIX {
            let _ = write!(out, " {}", word("socket_type", self.kind & 0xf, "SOCK_"));
        }
        if !self.local.is_empty() || !self.peer.is_empty() {
            out.push(' ');
        }
        if !self.local.is_empty() {
            out.push_str(&names::sockaddr_text(self.local));
        }
        if !self.peer.is_empty() {
            out.push_str("->");
            out.push_str(&names::sockaddr_text(self.peer));
        }
    }
}
