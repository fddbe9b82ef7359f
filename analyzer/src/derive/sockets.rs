//! Sockets: events made from system calls.

use formats::events::sockets::{
    SECURITY_SOCKET_ACCEPT, SECURITY_SOCKET_BIND, SECURITY_SOCKET_CONNECT, SECURITY_SOCKET_CREATE,
    SECURITY_SOCKET_LISTEN, SECURITY_SOCKET_SETSOCKOPT, SOCKET_DUP,
};
use formats::payload::{PayloadBuilder, Variable};

use super::{FromCall, Rule, Source};
use crate::object::Socket;

/// The family's rules.
pub(super) const RULES: &[Rule] = &[
    Rule { event: &SECURITY_SOCKET_CREATE, from_user: &[], make: security_socket_create },
    Rule { event: &SECURITY_SOCKET_CREATE, from_user: &[], make: second_of_a_pair },
    Rule { event: &SECURITY_SOCKET_BIND, from_user: &["local_addr"], make: security_socket_bind },
    Rule { event: &SECURITY_SOCKET_LISTEN, from_user: &[], make: security_socket_listen },
    Rule { event: &SECURITY_SOCKET_ACCEPT, from_user: &[], make: security_socket_accept },
    Rule { event: &SECURITY_SOCKET_CONNECT, from_user: &["remote_addr"], make: security_socket_connect },
    Rule { event: &SECURITY_SOCKET_SETSOCKOPT, from_user: &[], make: security_socket_setsockopt },
    Rule { event: &SOCKET_DUP, from_user: &[], make: socket_dup },
];

const AF_INET: i64 = 2;
const AF_PACKET: i64 = 17;
const SOCK_PACKET: i64 = 10;
/// The rest of a socket call's type are flags.
const SOCK_TYPE_MASK: i64 = 0xf;
/// Longest address that the kernel takes: struct sockaddr_storage.
const LONGEST_ADDRESS: i64 = 128;
const F_DUPFD: i64 = 0;
const F_DUPFD_CLOEXEC: i64 = 1030;

/// The socket that a call is about, with the descriptor that it was given.
struct Given<'a> {
    sockfd: i64,
    object: u64,
    socket: Socket<'a>,
}

impl<'a> Given<'a> {
    fn of(call: &Source<'a>) -> Option<Given<'a>> {
        let object = "sockfd_object";
        Some(Given { sockfd: call.number("sockfd")?, object: call.object(object), socket: call.socket(object)? })
    }

    fn begin(&self, row: PayloadBuilder<'static>) -> PayloadBuilder<'static> {
        row.i64("sockfd", self.sockfd).u64("socket", self.object)
    }
}

/// Sets a field to an address; to NULL when there is none.
fn address(row: PayloadBuilder<'static>, field: &str, bytes: &[u8]) -> PayloadBuilder<'static> {
    row.variable(
        field,
        Variable { bytes, full_len: u32::try_from(bytes.len()).ok(), fault: false, null: bytes.is_empty() },
    )
}

fn security_socket_create(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let kind = call.number("type")? & SOCK_TYPE_MASK;
    // An old way to ask for a packet socket, which the kernel rewrites.
    let family = match call.number("domain")? {
        AF_INET if kind == SOCK_PACKET => AF_PACKET,
        family => family,
    };
    let row = row.i64("family", family).i64("type", kind).i64("protocol", call.number("protocol")?);
    call.succeeded().then_some(row)
}

fn second_of_a_pair(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    if call.call() == "socketpair" { security_socket_create(call, row) } else { None }
}

fn security_socket_bind(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let given = Given::of(call).filter(|_| call.succeeded())?;
    Some(given.begin(row).copied("local_addr", call, "addr"))
}

fn security_socket_listen(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let given = Given::of(call).filter(|_| call.succeeded())?;
    let row = given.begin(row).i64("backlog", call.number("backlog")?);
    Some(address(row, "local_addr", given.socket.local))
}

fn security_socket_accept(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let given = Given::of(call).filter(|_| call.succeeded())?;
    Some(address(given.begin(row), "local_addr", given.socket.local))
}

/// Whatever came of it, when there was a socket and an address: then the kernel has checked whether it may be.
fn security_socket_connect(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let given = Given::of(call).filter(|_| call.was_entered() || call.succeeded())?;
    let is_whole = call.variable("addr").is_some_and(|addr| !addr.fault);
    let fits = (0..=LONGEST_ADDRESS).contains(&call.number("addrlen")?);
    let row = given.begin(row).i64("type", given.socket.kind.into()).copied("remote_addr", call, "addr");
    (is_whole && fits).then_some(row)
}

fn security_socket_setsockopt(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let given = Given::of(call).filter(|_| call.succeeded())?;
    let row = given.begin(row).i64("level", call.number("level")?).i64("optname", call.number("optname")?);
    Some(address(row, "local_addr", given.socket.local))
}

fn socket_dup(call: &Source<'_>, row: PayloadBuilder<'static>) -> Option<PayloadBuilder<'static>> {
    let (oldfd, object) = match call.call() {
        "fcntl" if ![F_DUPFD, F_DUPFD_CLOEXEC].contains(&call.number("cmd")?) => return None,
        "fcntl" => ("fd", "fd_object"),
        _ => ("oldfd", "oldfd_object"),
    };
    let socket = call.socket(object).filter(|_| call.succeeded())?;
    let (oldfd, newfd) = (call.number(oldfd)?, call.ret()?);
    let row = row.i64("oldfd", oldfd).i64("newfd", newfd).u64("socket", call.object(object));
    // dup2 of a descriptor to itself does nothing.
    (oldfd != newfd).then(|| address(row, "remote_addr", socket.peer))
}

#[cfg(test)]
mod tests {
    use formats::events::recorder::TRACEE_INFO;
    use formats::payload::PayloadBuilder;

    use crate::replay::{Options, replay};
    use crate::testing::{Recording, Task, event};

    /// What `calls` are turned into: names and arguments of the rows that replay makes of them.
    fn derived(calls: &[(&'static str, PayloadBuilder<'static>)]) -> Vec<String> {
        let family = ["security_socket_create", "security_socket_connect", "socket_dup"];
        let mut recording = Recording::new();
        let info = PayloadBuilder::new(&TRACEE_INFO).bytes("info", format!("{{\"replayed\":{family:?}}}").as_bytes());
        recording.event(0, (1, 0, 0), info, &TRACEE_INFO);
        recording.context(0, 10, Task { id: 1, pid: 501, tid: 501, ppid: 1, exe: 0, comm: b"sh" });
        recording.file(0, 11, 5, b"/tmp/x");
        recording.socket(0, 12, 6, (1000, 80));
        for (at, (name, payload)) in (20..).zip(calls) {
            recording.event(0, (at, 1, 501), payload.clone(), event(name));
        }
        recording.cut(100);
        let mut rows = Vec::new();
        replay(&recording.open(), &Options::default(), &mut |row| {
            if family.contains(&row.event()) {
                rows.push(format!("{} {}", row.event(), row.args()));
            }
            Ok(())
        })
        .unwrap();
        rows
    }

    fn call(name: &'static str) -> PayloadBuilder<'static> {
        PayloadBuilder::new(event(name))
    }

    #[test]
    fn attempts_to_connect_are_rows_and_calls_that_name_no_socket_are_not() {
        let address = [2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        let connect = |ret: i64, object: u64, length: i64| {
            let call = call("connect").i64("ret", ret).i64("sockfd", 4).u64("sockfd_object", object);
            ("connect", call.bytes("addr", &address).i64("addrlen", length))
        };
        let refused = connect(-111, 6, 16);
        let row = "security_socket_connect {\"sockfd\":4,\"type\":\"SOCK_STREAM\",\"remote_addr\":\"127.0.0.1:80\",\
                   \"socket_path\":\"socket:[60] TCP 127.0.0.1:1000->127.0.0.1:80\"}";
        assert_eq!(derived(&[refused]), [row]);
        assert!(
            derived(&[connect(-88, 5, 16), connect(-9, 0, 16), connect(-22, 6, 129), connect(-22, 6, -1)]).is_empty()
        );
    }

    #[test]
    fn a_pair_is_two_sockets_and_a_failed_one_none() {
        let pair = |ret: i64| {
            let call = call("socketpair").i64("ret", ret).i64("domain", 1).i64("type", 0o2_000_001);
            ("socketpair", call.i64("protocol", 0))
        };
        let row = r#"security_socket_create {"family":"AF_UNIX","type":"SOCK_STREAM","protocol":0,"kern":0}"#;
        assert_eq!(derived(&[pair(0)]), [row, row]);
        assert!(derived(&[pair(-97)]).is_empty());
    }

    #[test]
    fn only_sockets_that_get_another_descriptor_are_duplicated() {
        let dup2 = |old: i64, ret: i64, object: u64| {
            let call = call("dup2").i64("ret", ret).i64("oldfd", old).i64("newfd", ret).u64("oldfd_object", object);
            ("dup2", call)
        };
        let fcntl = |cmd: u64| ("fcntl", call("fcntl").i64("ret", 9).i64("fd", 4).u64("cmd", cmd).u64("fd_object", 6));
        assert_eq!(derived(&[dup2(4, 0, 6), fcntl(0), fcntl(1030)]).len(), 3);
        assert!(derived(&[dup2(4, 4, 6), dup2(4, 0, 5), dup2(4, -9, 6), fcntl(1), fcntl(3)]).is_empty());
    }
}
