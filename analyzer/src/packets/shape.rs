//! What layers and messages say as JSON, with the names that Tracee has for it: one shape for rows of events and for
//! tables.

use std::net::SocketAddr;

use packets::dns::{self, Message, Question, Record};
use packets::http::{Head, Length, Start};
use packets::layers::{Icmp, Ipv4, Ipv6, Tcp, Udp};

use super::Packet;
use super::traffic::{PacketRow, kind_name, record_data, record_json};
use crate::{json, text};

/// Bytes of the records that are shown of a message.
const RECORD_BYTES: usize = 64 * 1024;

/// Begins, fills and ends an object.
fn object(fill: impl FnOnce(&mut json::Object<'_>)) -> String {
    let mut out = String::new();
    let mut object = json::Object::new(&mut out);
    fill(&mut object);
    object.end();
    out
}

fn some(number: impl Into<i64>) -> Option<i64> {
    Some(number.into())
}

/// The two flags of IPv4 by which packets are, or may not be, fragments, as in the header.
pub(crate) fn ipv4_flags(ip: &Ipv4) -> u8 {
    u8::from(ip.dont_fragment) << 1 | u8::from(ip.fragment.is_some_and(|part| part.more))
}

pub(crate) fn ipv4(ip: &Ipv4, row: &PacketRow) -> String {
    object(|out| {
        out.number("version", some(4));
        out.number("IHL", some(5 + ip.options_bytes / 4));
        out.number("TOS", some(ip.dscp << 2 | ip.ecn));
        out.number("length", some(ip.total_bytes));
        out.number("id", some(ip.identification));
        out.number("flags", some(ipv4_flags(ip)));
        out.number("fragOffset", some(ip.fragment.map_or(0, |part| part.offset_bytes / 8)));
        out.number("TTL", some(ip.ttl));
        out.text("protocol", &row.protocol.to_ascii_uppercase());
        out.text("srcIP", &ip.source.to_string());
        out.text("dstIP", &ip.destination.to_string());
    })
}

pub(crate) fn ipv6(ip: &Ipv6, row: &PacketRow) -> String {
    object(|out| {
        out.number("version", some(6));
        out.number("trafficClass", some(ip.traffic_class));
        out.number("flowLabel", some(ip.flow_label));
        out.number("length", some(ip.payload_bytes));
        out.text("nextHeader", &row.protocol.to_ascii_uppercase());
        out.number("hopLimit", some(ip.hop_limit));
        out.text("srcIP", &ip.source.to_string());
        out.text("dstIP", &ip.destination.to_string());
    })
}

pub(crate) fn tcp(tcp: &Tcp) -> String {
    const FLAGS: [(&str, u16); 9] = [
        ("FIN", 1),
        ("SYN", 2),
        ("RST", 4),
        ("PSH", 8),
        ("ACK", 16),
        ("URG", 32),
        ("ECE", 64),
        ("CWR", 128),
        ("NS", 256),
    ];
    object(|out| {
        out.number("srcPort", some(tcp.source));
        out.number("dstPort", some(tcp.destination));
        out.number("seq", some(tcp.sequence));
        out.number("ack", Some(tcp.acknowledgment).filter(|_| tcp.has(Tcp::ACK)));
        for (name, bit) in FLAGS {
            out.number(name, some(u8::from(tcp.has(bit))));
        }
        out.number("window", some(tcp.window));
    })
}

pub(crate) fn udp(udp: &Udp) -> String {
    object(|out| {
        out.number("srcPort", some(udp.source));
        out.number("dstPort", some(udp.destination));
        out.number("length", some(udp.bytes));
    })
}

pub(crate) fn icmp(icmp: &Icmp, echo: Option<(u16, u16)>) -> String {
    object(|out| {
        out.number("type", some(icmp.kind));
        out.number("code", some(icmp.code));
        if let Some((id, sequence)) = echo {
            out.number("id", some(id));
            out.number("seq", some(sequence));
        }
    })
}

/// Of the packet that completed a message.
pub(crate) fn metadata(ends: (SocketAddr, SocketAddr), is_tcp: bool, packet: &Packet<'_>) -> String {
    object(|out| {
        out.text("src_ip", &ends.0.ip().to_string());
        out.text("dst_ip", &ends.1.ip().to_string());
        out.number("src_port", some(ends.0.port()));
        out.number("dst_port", some(ends.1.port()));
        out.number("protocol", some(if is_tcp { 6 } else { 17 }));
        out.number("packet_len", some(packet.length));
        out.optional("iface", Some(&*packet.interface()).filter(|name| !name.is_empty()));
    })
}

/// A message of DNS, and whether all of its records are in it.
pub(crate) struct Whole {
    pub(crate) json: String,
    pub(crate) is_complete: bool,
}

pub(crate) fn dns(message: &Message) -> Whole {
    let mut is_complete = true;
    let mut left = RECORD_BYTES;
    let json = object(|out| {
        let bit = |is_set: bool| some(u8::from(is_set));
        out.number("ID", some(message.id));
        out.number("QR", bit(message.response));
        out.text("opCode", &operation(message.opcode));
        out.number("AA", bit(message.authoritative));
        out.number("TC", bit(message.truncated));
        out.number("RD", bit(message.recursion_desired));
        out.number("RA", bit(message.recursion_available));
        out.number("AD", bit(message.authentic));
        out.number("CD", bit(message.checking_disabled));
        out.text("responseCode", &code(message.code));
        for (name, count) in ["QDCount", "ANCount", "NSCount", "ARCount"].iter().zip(message.counts) {
            out.number(name, some(count));
        }
        json::array(out.member("questions"), message.questions.iter(), |out, question| {
            question_json(out, question, ["name", "type", "class"]);
        });
        let sections = [
            ("answers", &message.answers),
            ("authorities", &message.authorities),
            ("additionals", &message.additional),
        ];
        for (name, records) in sections {
            is_complete &= records_json(out.member(name), records, &mut left, record_json);
        }
    });
    Whole { json, is_complete }
}

/// The same as those ask who want to know what was asked, or what was answered.
pub(crate) fn dns_brief(message: &Message) -> String {
    const NAMES: [&str; 3] = ["query", "query_type", "query_class"];
    let mut out = String::new();
    if !message.response {
        json::array(&mut out, message.questions.iter(), |out, question| question_json(out, question, NAMES));
        return out;
    }
    let mut answers = String::new();
    records_json(&mut answers, &message.answers, &mut { RECORD_BYTES }, |out, record| {
        let mut object = json::Object::new(out);
        object.text("answer_type", &kind_name(record.kind));
        object.number("ttl", some(record.ttl_seconds));
        record_data(object.member("answer"), record);
        object.end();
    });
    // There is one question, as a rule; multicast answers have none.
    let mut object = |question: Option<&Question>| {
        let mut data = json::Object::new(&mut out);
        match question {
            Some(question) => question_json(data.member("query_data"), question, NAMES),
            None => data.member("query_data").push_str("null"),
        }
        data.member("dns_answer").push_str(&answers);
        data.end();
    };
    object(message.questions.first());
    format!("[{out}]")
}

fn question_json(out: &mut String, question: &Question, [name, kind, class]: [&str; 3]) {
    let mut object = json::Object::new(out);
    object.text(name, question.name.as_str());
    object.text(kind, &kind_name(question.kind));
    object.text(class, &if question.class == 1 { "IN".to_owned() } else { question.class.to_string() });
    object.end();
}

/// Appends as many records as there is room for; whether that is all.
fn records_json(
    out: &mut String,
    records: &[Record],
    left: &mut usize,
    mut one: impl FnMut(&mut String, &Record),
) -> bool {
    let begin = out.len();
    let mut shown = 0;
    json::array(out, std::iter::once(()), |out, ()| {
        for record in records {
            if out.len() - begin > *left {
                break;
            }
            if shown > 0 {
                out.push(',');
            }
            one(out, record);
            shown += 1;
        }
    });
    *left = left.saturating_sub(out.len() - begin);
    shown == records.len()
}

fn operation(number: u8) -> String {
    let name = match number {
        0 => "query",
        2 => "status",
        4 => "notify",
        5 => "update",
        _ => return number.to_string(),
    };
    name.to_owned()
}

/// The mnemonic of a response code, or its number.
pub(crate) fn code(number: u16) -> String {
    dns::code_name(number).map_or_else(|| number.to_string(), str::to_owned)
}

/// A head of HTTP, and the same without what only the other kind of message has.
pub(crate) fn http(head: &Head) -> (String, String) {
    let escaped = |bytes: Option<&[u8]>| bytes.map(|bytes| text::escape(bytes).into_owned());
    let protocol = head.minor_version.map(|minor| format!("HTTP/1.{minor}"));
    let host = escaped(head.header("host"));
    let length = match head.body {
        Length::Bytes(bytes) => i64::try_from(bytes).ok(),
        Length::None => Some(0),
        _ => None,
    };
    let headers = headers(head);
    let of_request = |out: &mut json::Object<'_>, method: &[u8], target: &[u8]| {
        out.text("method", &text::escape(method));
        out.optional("protocol", protocol.as_deref());
        out.optional("host", host.as_deref());
        out.text("uri_path", &text::escape(target));
    };
    let of_both = |out: &mut json::Object<'_>| {
        out.member("headers").push_str(&headers);
        out.number("content_length", length);
    };
    match &head.start {
        Start::Request { method, target } => {
            let whole = object(|out| {
                out.text("direction", "request");
                of_request(out, method, target);
                out.optional("status", None);
                out.number("status_code", None::<i64>);
                of_both(out);
            });
            let brief = object(|out| {
                of_request(out, method, target);
                of_both(out);
            });
            (whole, brief)
        }
        Start::Response { status, reason } => {
            let words = format!("{status} {}", text::escape(reason)).trim_end().to_owned();
            let whole = object(|out| {
                out.text("direction", "response");
                out.optional("method", None);
                out.optional("protocol", protocol.as_deref());
                out.optional("host", None);
                out.optional("uri_path", None);
                out.text("status", &words);
                out.number("status_code", some(*status));
                of_both(out);
            });
            let brief = object(|out| {
                out.optional("protocol", protocol.as_deref());
                out.text("status", &words);
                out.number("status_code", some(*status));
                of_both(out);
            });
            (whole, brief)
        }
    }
}

/// Header lines by name, as it was first written, each with its values in their order.
fn headers(head: &Head) -> String {
    let mut names: Vec<(&[u8], Vec<&[u8]>)> = Vec::new();
    for header in &head.headers {
        match names.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(&header.name)) {
            Some((_, values)) => values.push(&header.value),
            None => names.push((&header.name, vec![&header.value])),
        }
    }
    let mut out = String::from("{");
    for (index, (name, values)) in names.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        json::string(&mut out, &text::escape(name));
        out.push(':');
        json::array(&mut out, values.iter(), |out, value| json::string(out, &text::escape(value)));
    }
    out.push('}');
    out
}
