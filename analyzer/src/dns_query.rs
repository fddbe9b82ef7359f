//! Questions and answers of DNS as signatures read them: the columns of the table `dns_queries` with their values, so that a
//! database and a stream say the same.

use packets::dns::{Data, Message};

use crate::execution::user;
use crate::packets::shape;
use crate::packets::traffic::{DnsRow, kind_name, record_data};
use crate::row::Row;
use crate::tables::Type::{self, Integer, Text, Timestamp};
use crate::tables::{COMMON, Cell, Fixed};

/// A message, and the packet that it came in or that completed it.
#[derive(Clone, Copy)]
pub(crate) struct DnsQuery<'r, 'a> {
    pub(crate) packet: &'r Row<'a>,
    pub(crate) message: &'r DnsRow,
}

/// A column.
pub(crate) struct DnsColumn {
    pub(crate) name: &'static str,
    ty: Type,
    doc: &'static str,
    value: for<'a> fn(&DnsQuery<'_, 'a>) -> Cell<'a>,
}

impl DnsColumn {
    /// Its value.
    pub(crate) fn cell<'a>(&self, query: &DnsQuery<'_, 'a>) -> Cell<'a> {
        (self.value)(query)
    }
}

const fn column(
    name: &'static str,
    ty: Type,
    doc: &'static str,
    value: for<'a> fn(&DnsQuery<'_, 'a>) -> Cell<'a>,
) -> DnsColumn {
    DnsColumn { name, ty, doc, value }
}

fn owned<'a>(text: Option<String>) -> Cell<'a> {
    text.map_or(Cell::Null, |text| Cell::Text(text.into()))
}

/// The value that a common column has in the packet's row.
fn common<'a>(query: &DnsQuery<'_, 'a>, name: &str) -> Cell<'a> {
    COMMON.iter().find(|column| column.name == name).map_or(Cell::Null, |column| (column.value)(query.packet))
}

macro_rules! common {
    ($name:literal, $ty:expr, $doc:literal) => {
        column($name, $ty, $doc, |query| common(query, $name))
    };
}

const COLUMNS: [DnsColumn; 20] = [
    common!("ts", Timestamp, "When the packet that completed it was seen."),
    common!("ts_ns", Integer, "The same, UTC nanoseconds since 1970."),
    common!("boot_ns", Integer, "The same, CLOCK_BOOTTIME, nanoseconds."),
    common!("capture", Integer, "Number of the capture, in `captures`."),
    common!("event_key", Integer, "Key of that packet's event."),
    common!("event", Text, "Name of that event."),
    common!("process_key", Integer, "Owner of that packet."),
    common!("host_pid", Integer, "Its id in the initial PID namespace."),
    common!("pid", Integer, "Its id in its own PID namespace."),
    common!("comm", Text, "Name of its thread at this moment."),
    common!("exe", Text, "Path of its program."),
    common!("command_line", Text, "Arguments that it was executed with, joined by one space."),
    common!("uid", Integer, "Its real user id, initial user namespace."),
    column("user", Text, "`root` where the user id is 0, otherwise the user id as text.", |query| {
        owned(query.packet.context().map(|context| user(context.uid())))
    }),
    common!("container_id", Text, "Id of the container that it is in."),
    column("name", Text, "The name asked for, without the final dot.", |query| {
        let question = query.message.message.questions.first();
        owned(question.map(|question| question.name.as_str().trim_end_matches('.').to_owned()))
    }),
    column("record_type", Text, "A, AAAA, TXT, ...", |query| {
        owned(query.message.message.questions.first().map(|question| kind_name(question.kind)))
    }),
    column("status", Text, "Of an answer its response code by name; NULL of a question.", |query| {
        let message = &query.message.message;
        owned(message.response.then(|| shape::code(message.code)))
    }),
    column("answers", Text, "Of an answer what it says, joined by `;`.", |query| {
        owned(answers(&query.message.message))
    }),
    column("server_address", Text, "Address of the name server.", |query| {
        let server = if query.message.message.response { query.message.from } else { query.message.to };
        owned(Some(server.ip().to_canonical().to_string()))
    }),
];

/// Longest list of answers, in bytes, about.
const LONGEST: usize = 4096;

fn answers(message: &Message) -> Option<String> {
    let mut out = String::new();
    for record in message.answers.iter() {
        if out.len() > LONGEST {
            break;
        }
        if !out.is_empty() {
            out.push(';');
        }
        match &record.data {
            Data::A(address) => out.push_str(&address.to_string()),
            Data::Aaaa(address) => out.push_str(&address.to_string()),
            Data::Name(name) => out.push_str(name.as_str()),
            _ => record_data(&mut out, record),
        }
    }
    (!out.is_empty()).then_some(out)
}

/// All columns, in order.
pub(crate) fn columns() -> impl Iterator<Item = &'static DnsColumn> {
    ALL.iter()
}

static ALL: &[DnsColumn] = &COLUMNS;

/// The column of this name.
pub(crate) fn named(name: &str) -> Option<&'static DnsColumn> {
    columns().find(|column| column.name == name)
}

/// The table.
pub(crate) const DNS_QUERIES: Fixed = Fixed {
    name: "dns_queries",
    doc: "A row per question to a name server, and per answer, whose it was.",
    is_keyed: false,
    columns: &DECLARED,
};

const DECLARED: [(&str, Type, &str); COLUMNS.len()] = {
    let mut declared = [("", Text, ""); COLUMNS.len()];
    let mut index = 0;
    while index < declared.len() {
        declared[index] = (COLUMNS[index].name, COLUMNS[index].ty, COLUMNS[index].doc);
        index += 1;
    }
    declared
};
