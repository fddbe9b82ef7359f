//! The columns that packets have: for conditions, JSON and CSV, and the few that a table for people shows.

use std::net::IpAddr;

use super::Packet;
use crate::query::Cell;
use crate::text;

/// One column.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Whether its values are numbers.
    pub is_number: bool,
    /// Its value. Text is escaped as in every column; what a terminal would obey is still in it.
    pub value: fn(&Packet<'_>) -> Cell,
}

/// Every column.
pub const COLUMNS: &[Column] = &[
    text("ts", |packet| Cell::Text(text::timestamp(packet.row.ts_ns()))),
    number("ts_ns", |packet| Cell::Integer(packet.row.ts_ns())),
    number("process_key", |packet| integer(packet.owner().and_then(|owner| owner.process_key))),
    number("host_pid", |packet| integer(packet.owner().map(|owner| owner.host_pid))),
    number("host_tid", |packet| integer(packet.owner().map(|owner| owner.host_tid))),
    number("pid", |packet| integer(packet.owner().map(|owner| owner.pid))),
    number("uid", |packet| integer(packet.owner().map(|owner| owner.uid()))),
    text("comm", |packet| words(packet.comm().as_deref())),
    text("exe", |packet| words(packet.row.exe())),
    text("container_id", |packet| words(packet.row.container_id())),
    text("owner_by", |packet| Cell::Text(packet.owner_by().into_owned())),
    text("direction", |packet| Cell::Text(packet.direction_word().into_owned())),
    text("seen_at", |packet| Cell::Text(packet.hook().into_owned())),
    number("net_namespace", |packet| integer(Some(packet.net_namespace))),
    number("ifindex", |packet| integer(Some(packet.ifindex))),
    text("interface", |packet| words(Some(&*packet.interface()).filter(|name| !name.is_empty()))),
    number("cookie", |packet| integer(Some(packet.cookie as i64).filter(|cookie| *cookie != 0))),
    number("ethernet_type", |packet| integer(Some(packet.ethernet_type))),
    text("protocol", |packet| Cell::Text(packet.meaning.protocol.to_string())),
    text("src", |packet| address(packet.meaning.src)),
    text("src_name", |packet| words(packet.src_name.as_deref())),
    number("src_port", |packet| integer(packet.meaning.src_port)),
    text("dst", |packet| address(packet.meaning.dst)),
    text("dst_name", |packet| words(packet.dst_name.as_deref())),
    number("dst_port", |packet| integer(packet.meaning.dst_port)),
    number("length", |packet| integer(Some(packet.length))),
    number("captured", |packet| integer(Some(packet.data.len() as i64))),
    number("gso_segs", |packet| integer(Some(packet.gso_segs))),
    number("gso_size", |packet| integer(Some(packet.gso_size))),
    text("summary", |packet| words(Some(&packet.meaning.summary))),
    text("problem", |packet| words(packet.meaning.problem)),
    number("boot_ns", |packet| Cell::Integer(packet.row.boot_ns() as i64)),
    number("event_key", |packet| Cell::Integer(packet.row.event_key())),
    number("cpu", |packet| integer(packet.row.cpu())),
    number("seq", |packet| Cell::Integer(packet.row.sequence() as i64)),
    number("segment", |packet| Cell::Integer(packet.row.definitions().segment as i64)),
];

/// The columns of a table for people.
pub const SHOWN: &[Column] = &[
    text("time", |packet| Cell::Text(text::timestamp(packet.row.ts_ns()))),
    text("process", |packet| Cell::Text(process(packet))),
    text("flow", |packet| Cell::Text(packet.meaning.flow())),
    text("protocol", |packet| Cell::Text(packet.meaning.protocol.to_string())),
    number("length", |packet| integer(Some(packet.length))),
    text("summary", |packet| Cell::Text(packet.meaning.summary.clone())),
];

/// Name and number of the owner, and how it is known where that is not by its socket.
fn process(packet: &Packet<'_>) -> String {
    let by = packet.owner_by();
    let Some(owner) = packet.owner() else { return by.into_owned() };
    let name = packet.comm().unwrap_or_default();
    let process = format!("{name}[{}]", owner.host_pid);
    if by == "socket" { process } else { format!("{process} by {by}") }
}

const fn text(name: &'static str, value: fn(&Packet<'_>) -> Cell) -> Column {
    Column { name, is_number: false, value }
}

const fn number(name: &'static str, value: fn(&Packet<'_>) -> Cell) -> Column {
    Column { name, is_number: true, value }
}

fn integer(number: Option<impl Into<i64>>) -> Cell {
    number.map_or(Cell::Null, |number| Cell::Integer(number.into()))
}

fn words(text: Option<&str>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
}

fn address(address: Option<IpAddr>) -> Cell {
    address.map_or(Cell::Null, |address| Cell::Text(address.to_string()))
}
