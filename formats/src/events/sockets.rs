//! Sockets: made, named, connected, duplicated; the flows of TCP.

use crate::event::{Event, Field, Kind, Lane};

const SOCKFD: Field =
    Field::new("sockfd", Kind::Int, "The descriptor as the call was given it; -1 when no such call asks (io_uring).");
const TYPE: Field = Field::new("type", Kind::Int, "Socket type; socket.type.").shown_as("socket_type");
const LOCAL: Field =
    Field::new("local_addr", Kind::Sockaddr, "The socket's own address, NULL when it has none; struct sock.");
const SOCKET: Field = Field::new("socket", Kind::Object, "The socket as it was at this moment; struct socket.");

/// A socket is made.
pub const SECURITY_SOCKET_CREATE: Event = Event {
    id: 400,
    name: "security_socket_create",
    doc: "A socket is about to be made (or was, where it is made at replay); a socketpair makes two.",
    lane: Lane::Events,
    hooks: &["lsm/socket_create", "fentry/security_socket_create", "replay/socket+socketpair"],
    sets: &["net", "lsm_hooks"],
    fields: &[
        Field::new("family", Kind::Int, "Address family.").shown_as("socket_family"),
        Field::new("type", Kind::Int, "Socket type, without its flags.").shown_as("socket_type"),
        Field::new("protocol", Kind::Int, "Protocol as asked for: 0 is the family's own choice.")
            .shown_as("socket_protocol"),
        Field::new("kern", Kind::Int, "1 when the kernel makes it for itself, which replay does not see."),
    ],
};

/// A socket is given an address.
pub const SECURITY_SOCKET_BIND: Event = Event {
    id: 401,
    name: "security_socket_bind",
    doc: "A socket is about to be bound to an address (or was, where it is made at replay).",
    lane: Lane::Events,
    hooks: &["lsm/socket_bind", "fentry/security_socket_bind", "replay/bind"],
    sets: &["default", "net", "lsm_hooks"],
    fields: &[
        SOCKFD,
        Field::new(
            "local_addr",
            Kind::Sockaddr,
            "The address asked for, as the kernel copied it; at replay as user memory held it.",
        ),
        SOCKET,
    ],
};

/// A socket listens.
pub const SECURITY_SOCKET_LISTEN: Event = Event {
    id: 402,
    name: "security_socket_listen",
    doc: "A socket is about to listen for connections (or does, where it is made at replay).",
    lane: Lane::Events,
    hooks: &["lsm/socket_listen", "fentry/security_socket_listen", "replay/listen"],
    sets: &["default", "net", "lsm_hooks"],
    fields: &[
        SOCKFD,
        LOCAL,
        Field::new(
            "backlog",
            Kind::Int,
            "Most connections that may wait; a hook sees it after net.core.somaxconn has limited it.",
        ),
        SOCKET,
    ],
};

/// A connection is accepted.
pub const SECURITY_SOCKET_ACCEPT: Event = Event {
    id: 403,
    name: "security_socket_accept",
    doc: "A connection is about to be accepted, if one comes (or was, where it is made at replay).",
    lane: Lane::Events,
    hooks: &["lsm/socket_accept", "fentry/security_socket_accept", "replay/accept+accept4"],
    sets: &["default", "net", "lsm_hooks"],
    fields: &[
        SOCKFD,
        Field::new("local_addr", Kind::Sockaddr, "The listening socket's address; struct sock."),
        Field::new("socket", Kind::Object, "The listening socket; struct socket."),
    ],
};

/// A socket is connected.
pub const SECURITY_SOCKET_CONNECT: Event = Event {
    id: 404,
    name: "security_socket_connect",
    doc: "A socket is about to be connected, whatever comes of it. Marked `mismatch` when the kernel's address is not what \
          user memory held at the entry of the call.",
    lane: Lane::Events,
    hooks: &["lsm/socket_connect", "fentry/security_socket_connect", "replay/connect"],
    sets: &["default", "net", "lsm_hooks"],
    fields: &[
        SOCKFD,
        TYPE,
        Field::new(
            "remote_addr",
            Kind::Sockaddr,
            "The address asked for, as the kernel copied it; at replay as user memory held it, and `socket` has the \
             kernel's.",
        ),
        Field::new(
            "socket",
            Kind::Object,
            "The socket; struct socket. As it was at this moment, at replay as the call left it.",
        ),
    ],
};

/// An option of a socket is set.
pub const SECURITY_SOCKET_SETSOCKOPT: Event = Event {
    id: 405,
    name: "security_socket_setsockopt",
    doc: "An option of a socket is about to be set (or was, where it is made at replay).",
    lane: Lane::Events,
    hooks: &["lsm/socket_setsockopt", "fentry/security_socket_setsockopt", "replay/setsockopt"],
    sets: &["net", "lsm_hooks"],
    fields: &[
        SOCKFD,
        Field::new("level", Kind::Int, "Protocol that the option is of.").shown_as("sockopt_level"),
        Field::new("optname", Kind::Int, "The option.").shown_as("sockopt_name"),
        LOCAL,
        SOCKET,
    ],
};

/// A message is sent to an address.
pub const SECURITY_SOCKET_SENDMSG: Event = Event {
    id: 406,
    name: "security_socket_sendmsg",
    doc: "A message is about to be sent to an address that is named with it (or was, where it is made at the exit of the \
          call); a row for each of sendmmsg's. Hooks do not see those of one sendmmsg that go where the one before went: the \
          kernel asks once. Messages of connected sockets name no address and make no row.",
    lane: Lane::Events,
    hooks: &["lsm/socket_sendmsg", "fentry/security_socket_sendmsg", "sys_exit/sendto+sendmsg+sendmmsg"],
    sets: &["net", "lsm_hooks", "network_events"],
    fields: &[
        SOCKFD,
        TYPE,
        Field::new(
            "remote_addr",
            Kind::Sockaddr,
            "The address, as the kernel copied it; at the exit of a call as user memory held it then.",
        )
        .user_at_calls(),
        Field::new(
            "size",
            Kind::U64,
            "Bytes to send; at the exit of a call the bytes sent, for sendmmsg as user memory held the number then.",
        )
        .user_at_calls(),
        SOCKET,
    ],
};

/// A descriptor of a socket is duplicated.
pub const SOCKET_DUP: Event = Event {
    id: 407,
    name: "socket_dup",
    doc: "A descriptor of a socket was duplicated by dup, dup2, dup3 or fcntl.",
    lane: Lane::Events,
    hooks: &["replay/dup+dup2+dup3+fcntl"],
    sets: &["default", "net"],
    fields: &[
        Field::new("oldfd", Kind::Int, "The descriptor that there was."),
        Field::new("newfd", Kind::Int, "The new one."),
        Field::new("remote_addr", Kind::Sockaddr, "The peer's address, NULL when there is none; struct sock."),
        Field::new("socket", Kind::Object, "The socket; struct socket."),
    ],
};

/// A TCP connection is begun from here.
pub const NET_TCP_CONNECT: Event = Event {
    id: 408,
    name: "net_tcp_connect",
    doc: "A TCP connection is begun from here: its first packet is about to be sent, by whatever call (also of io_uring). \
          Not of what fails before, for want of a route.",
    lane: Lane::Events,
    hooks: &["tp_btf/inet_sock_set_state"],
    sets: &["default", "net", "network_events"],
    fields: &[
        Field::new("dst", Kind::IpAddress, "Where to; sock.skc_daddr, sock.skc_v6_daddr."),
        Field::new("dst_port", Kind::Int, "Port there; sock.skc_dport."),
        Field::new("cookie", Kind::U64, "The socket's cookie, as its objects have it from now on; sock.skc_cookie."),
    ],
};

const DIRECTION: Field = Field::new(
    "conn_direction",
    Kind::Uint,
    "1 outgoing, 2 incoming; 0 when the connection is older than the recording.",
)
.shown_as("conn_direction");
const SRC: Field = Field::new(
    "src",
    Kind::IpAddress,
    "Address of the end that began it (of this one, when that is not known); struct sock.",
);
const DST: Field = Field::new("dst", Kind::IpAddress, "Address of the other end; struct sock.");
const SRC_PORT: Field = Field::new("src_port", Kind::Uint, "Port of the end that began it.");
const DST_PORT: Field = Field::new("dst_port", Kind::Uint, "Port of the other end.");
const COOKIE: Field =
    Field::new("cookie", Kind::U64, "Cookie of the socket at this end, as its objects have it; sock.skc_cookie.");
const OWNER_START: Field = Field::new(
    "owner_start_boot_ns",
    Kind::U64,
    "Start of the process that connected or listened, boot-time nanoseconds; 0 when not known.",
);
const OWNER_PID: Field = Field::new(
    "owner_pid",
    Kind::U32,
    "That process in the initial PID namespace, though it may have ended since; 0 when not known.",
);
const NET_NS: Field = Field::new("net_ns", Kind::U32, "Network namespace inode number; sock.skc_net.");

/// A TCP connection is there.
pub const NET_FLOW_TCP_BEGIN: Event = Event {
    id: 409,
    name: "net_flow_tcp_begin",
    doc: "A TCP connection was established: at the end that is in scope, once for each end when both are. The process is that \
          which connected or listened; of an accepted connection that which accepted it, when the same segment tells. Missed: \
          connections to a listening socket from outside the scope (handed over open).",
    lane: Lane::Events,
    hooks: &["tp_btf/inet_sock_set_state"],
    sets: &["default", "net", "network_events"],
    fields: &[DIRECTION, SRC, DST, SRC_PORT, DST_PORT, COOKIE, OWNER_START, OWNER_PID, NET_NS],
};

/// A TCP connection is over.
pub const NET_FLOW_TCP_END: Event = Event {
    id: 410,
    name: "net_flow_tcp_end",
    doc: "An established TCP connection is over at this end, which may be long after its descriptors are closed. The process \
          is as for net_flow_tcp_begin. Missed, too: connections that are still open when the recording ends.",
    lane: Lane::Events,
    hooks: &["tp_btf/inet_sock_set_state"],
    sets: &["default", "net", "network_events"],
    fields: &[
        DIRECTION,
        SRC,
        DST,
        SRC_PORT,
        DST_PORT,
        COOKIE,
        OWNER_START,
        OWNER_PID,
        NET_NS,
        Field::new(
            "bytes_sent",
            Kind::U64,
            "Bytes that this end sent, each counted once; tcp_sock.bytes_sent less bytes_retrans.",
        ),
        Field::new(
            "bytes_received",
            Kind::U64,
            "Bytes that this end received in order; tcp_sock.bytes_received less the FIN.",
        ),
        Field::new(
            "duration_ns",
            Kind::U64,
            "Since it was established, nanoseconds; 0 when that was before the recording.",
        ),
    ],
};

/// The family, in id order.
pub const EVENTS: &[Event] = &[
    SECURITY_SOCKET_CREATE,
    SECURITY_SOCKET_BIND,
    SECURITY_SOCKET_LISTEN,
    SECURITY_SOCKET_ACCEPT,
    SECURITY_SOCKET_CONNECT,
    SECURITY_SOCKET_SETSOCKOPT,
    SECURITY_SOCKET_SENDMSG,
    SOCKET_DUP,
    NET_TCP_CONNECT,
    NET_FLOW_TCP_BEGIN,
    NET_FLOW_TCP_END,
];
