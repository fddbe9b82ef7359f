//! The tables of packets: packets with what their bytes say, flows, and the messages of DNS, HTTP and TLS in them.
//!
//! As with events, rows are stored narrow; the views show who it was and when. A message is shown with the packet that
//! completed it.

use std::net::IpAddr;

use ::packets::http::{Length, Start};
use ::packets::layers::{Network, Tcp, Transport};
use ::packets::tls::{self, Hello};
use anyhow::Result;
use formats::event::Event;
use formats::events::packets::{
    NET_PACKET_DNS, NET_PACKET_DNS_REQUEST, NET_PACKET_DNS_RESPONSE, NET_PACKET_HTTP, NET_PACKET_HTTP_REQUEST,
    NET_PACKET_HTTP_RESPONSE, NET_PACKET_ICMP, NET_PACKET_ICMPV6, NET_PACKET_IPV4, NET_PACKET_IPV6, NET_PACKET_RAW,
    NET_PACKET_TCP, NET_PACKET_UDP,
};
use rusqlite::types::Null;
use rusqlite::{Connection, Statement, ToSql};

use super::columns::address_column;
use super::tables::insert_into;
use crate::dns_query::{self, DnsQuery};
use crate::origin::Origin;
use crate::packets::traffic::{
    DnsRow, EndRow, FlowRow, Found, HttpRow, Name, PacketRow, TlsRow, Traffic, answers_json, flag_words, kind_name,
    protocol_name,
};
use crate::packets::{Packet, shape};
use crate::query;
use crate::row::{Batch, Row};
use crate::tables::{DNS, DNS_NAMES, DNS_QUERIES, Fixed, HTTP, NET_FLOWS, PACKETS, TLS, is_address};
use crate::{json, text};

const TABLES: &str = "
    CREATE TABLE raw_packets (event_key, boot_ns, context, comm, owner_by, direction, hook, interface,
        ifindex, net_namespace, cookie, protocol, src, src_port, src_name, src_dns_key, dst, dst_port, dst_name,
        dst_dns_key, length, captured, segments, payload_bytes, ttl, tcp_flags, tcp_seq, tcp_ack, tcp_window, icmp_type,
        icmp_code, fragment, flow_key, again, problem, ip_version, ip_header, ip_tos, ip_length, ip_id, ip_flags,
        ip_offset, flow_label, udp_length, echo_id, echo_seq, about_flow_key);
    CREATE TABLE raw_net_flows (flow_key INTEGER PRIMARY KEY, net_namespace, protocol, addr, port, name, dns_key,
        is_local, context, comm, processes, isn, peer_addr, peer_port, peer_name, peer_dns_key, peer_is_local,
        peer_context, peer_comm, peer_processes, peer_isn, direction, packets_out, segments_out, bytes_out,
        payload_out, packets_in, segments_in, bytes_in, payload_in, seen_again, first_ns, last_ns, first_key, last_key,
        first_open, last_open, state, content, problem, peer_flow_key, icmp_errors);
    CREATE TABLE raw_dns (dns_key INTEGER PRIMARY KEY, flow_key, event_key, kind, transport, opcode, id, name, type, class,
        questions, code, flags, answers, answer_count, authority_count, additional_count, edns_bytes, query_key, asked,
        latency_ns, problem, src_port, dst_port, shape, brief);
    CREATE TABLE raw_dns_names (net_namespace, address, name, from_ns, event_key, dns_key);
    CREATE TABLE raw_http (http_key INTEGER PRIMARY KEY, flow_key, event_key, kind, exchange, certain, request_key, method,
        target, host, status, reason, version, content_type, user_agent, content_length, headers, head_bytes, body,
        body_bytes, missing_bytes, end_ns, end_key, latency_ns, oddities, problem, head_problem, shape);
    CREATE TABLE raw_tls (tls_key INTEGER PRIMARY KEY, flow_key, event_key, kind, server_name, alpn, version, versions,
        cipher_suites, extensions, encrypted_hello, is_retry, ja3, ja4, ja3s, client_key, latency_ns, problem)";

const PACKET_COLUMNS: usize = 47;
const FLOW_COLUMNS: usize = 42;
const DNS_COLUMNS: usize = 26;
const HTTP_COLUMNS: usize = 28;
const TLS_COLUMNS: usize = 18;

/// SQL that shows UTC nanoseconds.
fn time(ns: &str) -> String {
    // NULL where there is no time: printf makes a text of everything.
    format!("datetime(({ns})/1000000000,'unixepoch')||printf('.%06d', ({ns})/1000%1000000)")
}

/// CREATE VIEW of a table: of each declared column what `sql` says, or else the stored column of that name.
fn view(table: &Fixed, sql: impl Fn(&str) -> Option<String>, from: &str) -> String {
    let columns = table.names().map(|name| {
        let sql = sql(name).unwrap_or_else(|| format!("r.{name}"));
        format!("{sql} AS {name}")
    });
    let columns: Vec<String> = columns.collect();
    format!("CREATE VIEW {} AS SELECT {} FROM {from};\n", table.name, columns.join(","))
}

fn views(origin: &Origin) -> String {
    // Who sent or got a packet.
    const OWNER: [&str; 4] = ["process_key", "host_pid", "exe", "container_id"];
    const WHEN: [&str; 2] = ["ts_ns", "ts"];
    const WHERE: [&str; 10] = [
        "comm",
        "owner_by",
        "direction",
        "net_namespace",
        "src",
        "src_port",
        "src_name",
        "dst",
        "dst_port",
        "dst_name",
    ];
    let offset = format!("({})", origin.offset_ns());
    let ts_ns = format!("(r.boot_ns+{offset})");
    let packets = |name: &str| {
        Some(match name {
            "ts_ns" => ts_ns.clone(),
            "ts" => time(&ts_ns),
            "comm" => "coalesce(r.comm, c.comm)".to_owned(),
            _ if OWNER.contains(&name) => format!("c.{name}"),
            _ => return None,
        })
    };
    let flows = |name: &str| {
        Some(match name {
            "first_ts" => time("r.first_ns"),
            "last_ts" => time("r.last_ns"),
            "comm" => "coalesce(r.comm, c.comm)".to_owned(),
            "peer_comm" => "coalesce(r.peer_comm, d.comm, o.comm, f.comm)".to_owned(),
            _ if OWNER.contains(&name) => format!("c.{name}"),
            _ => {
                let own = name.strip_prefix("peer_").filter(|own| OWNER.contains(own))?;
                format!("coalesce(d.{own}, f.{own})")
            }
        })
    };
    // Of messages, what is told of the packet that they came in.
    let of_packet = |name: &str| {
        let is_told = [&OWNER[..], &WHEN, &WHERE].iter().any(|names| names.contains(&name));
        is_told.then(|| format!("p.{name}"))
    };
    // A fragment that completes a message has no ports itself.
    let dns = |name: &str| if name.ends_with("_port") { None } else { of_packet(name) };
    let names = |name: &str| {
        Some(match name {
            "from_ts" => time("n.from_ns"),
            "until_ts" => time("n.until_ns"),
            name => format!("n.{name}"),
        })
    };
    let of_request = |name: &str| format!("coalesce(r.{name}, q.{name})");
    let http = |name: &str| match name {
        "method" | "host" | "target" | "user_agent" => Some(of_request(name)),
        _ => of_packet(name),
    };
    let tls = |name: &str| if name == "server_name" { Some(of_request(name)) } else { of_packet(name) };
    let until =
        "lead(r.from_ns) OVER (PARTITION BY r.net_namespace, r.address ORDER BY r.from_ns, r.event_key, r.dns_key)";
    let named = format!("(SELECT r.*, {until} AS until_ns FROM raw_dns_names r) n");
    let message = |table: &str| format!("raw_{table} r LEFT JOIN packets p ON p.event_key = r.event_key");
    [
        view(&PACKETS, packets, "raw_packets r LEFT JOIN contexts c ON c.id = r.context"),
        view(
            &NET_FLOWS,
            flows,
            "raw_net_flows r LEFT JOIN contexts c ON c.id = r.context LEFT JOIN contexts d ON d.id = r.peer_context
                LEFT JOIN raw_net_flows o ON o.flow_key = r.peer_flow_key LEFT JOIN contexts f ON f.id = o.context",
        ),
        view(&DNS, dns, &message("dns")),
        view(&DNS_NAMES, names, &named),
        view(&HTTP, http, &format!("{} LEFT JOIN raw_http q ON q.http_key = r.request_key", message("http"))),
        view(&TLS, tls, &format!("{} LEFT JOIN raw_tls q ON q.tls_key = r.client_key", message("tls"))),
    ]
    .concat()
}

/// What the stored row of an event that is read out of packets would hold, for captures that have no such rows: SELECT over
/// the tables of packets and over `raw`, the table of the packets' own rows. With the names that [`super::columns`] gives.
pub(super) fn decoded(event: &Event, raw: &str) -> Option<String> {
    const IPV4: &str = "json_object('version',4,'IHL',p.ip_header,'TOS',p.ip_tos,'length',p.ip_length,'id',p.ip_id,
        'flags',p.ip_flags,'fragOffset',p.ip_offset,'TTL',p.ttl,'protocol',upper(p.protocol),'srcIP',p.src,'dstIP',p.dst)";
    const IPV6: &str = "json_object('version',6,'trafficClass',p.ip_tos,'flowLabel',p.flow_label,'length',p.ip_length,
        'nextHeader',upper(p.protocol),'hopLimit',p.ttl,'srcIP',p.src,'dstIP',p.dst)";
    const TCP: &str = "json_object('srcPort',p.src_port,'dstPort',p.dst_port,'seq',p.tcp_seq,'ack',p.tcp_ack,{flags},
        'window',p.tcp_window)";
    const UDP: &str = "json_object('srcPort',p.src_port,'dstPort',p.dst_port,'length',p.udp_length)";
    const ICMP: &str = "iif(p.echo_id IS NULL,json_object('type',p.icmp_type,'code',p.icmp_code),
        json_object('type',p.icmp_type,'code',p.icmp_code,'id',p.echo_id,'seq',p.echo_seq))";
    const REQUEST: &str = "json_remove(m.shape,'$.direction','$.status','$.status_code')";
    const RESPONSE: &str = "json_remove(m.shape,'$.direction','$.method','$.host','$.uri_path')";
    let (dns, http) =
        (NET_PACKET_DNS.id..=NET_PACKET_DNS_RESPONSE.id, NET_PACKET_HTTP.id..=NET_PACKET_HTTP_RESPONSE.id);
    let (kind, says, which) = match event.id {
        id if id == NET_PACKET_IPV4.id => ("packet", IPV4, "p.ip_version=4"),
        id if id == NET_PACKET_IPV6.id => ("packet", IPV6, "p.ip_version=6"),
        id if id == NET_PACKET_TCP.id => ("packet", TCP, "p.tcp_seq IS NOT NULL"),
        id if id == NET_PACKET_UDP.id => ("packet", UDP, "p.udp_length IS NOT NULL"),
        id if id == NET_PACKET_ICMP.id => ("packet", ICMP, "p.icmp_type IS NOT NULL AND p.protocol='icmp'"),
        id if id == NET_PACKET_ICMPV6.id => ("packet", ICMP, "p.icmp_type IS NOT NULL AND p.protocol='icmpv6'"),
        id if id == NET_PACKET_DNS.id => ("dns", "m.shape", "1"),
        id if id == NET_PACKET_DNS_REQUEST.id => ("dns", "m.brief", "m.kind='query'"),
        id if dns.contains(&id) => ("dns", "m.brief", "m.kind='response'"),
        id if id == NET_PACKET_HTTP.id => ("http", "m.shape", "1"),
        id if id == NET_PACKET_HTTP_REQUEST.id => ("http", REQUEST, "m.kind='request'"),
        id if http.contains(&id) => ("http", RESPONSE, "m.kind='response'"),
        _ => return None,
    };
    let (table, ports, problem) = match kind {
        "dns" => ("raw_dns m JOIN raw_packets p ON p.event_key=m.event_key", "m", "m.problem"),
        "http" => ("raw_http m JOIN raw_packets p ON p.event_key=m.event_key", "p", "m.head_problem"),
        _ => ("raw_packets p", "p", "p.problem"),
    };
    let flag = |(name, word): &(&str, &str)| format!("'{name}',instr('|'||p.tcp_flags||'|','|{word}|')>0");
    let flags = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"].map(|name| (name, name));
    let flags: Vec<String> = flags.iter().chain(&[("NS", "AE")]).map(flag).collect();
    let says = says.replace("{flags}", &flags.join(","));
    let number = if kind == "dns" { "iif(m.transport='tcp',6,17)" } else { "6" };
    let fields = event.fields.iter().map(|field| {
        let sql = match field.name {
            "src" | "dst" => format!("p.{}", field.name),
            "src_port" | "dst_port" => format!("{ports}.{}", field.name),
            "metadata" => format!(
                "json_object('src_ip',p.src,'dst_ip',p.dst,'src_port',{ports}.src_port,'dst_port',{ports}.dst_port,
                    'protocol',{number},'packet_len',p.length,'iface',p.interface)"
            ),
            "direction" | "owner_by" => format!("e.f_{}", field.name),
            "problem" => problem.to_owned(),
            _ => says.clone(),
        };
        let address = is_address(field.kind).then(|| format!(",{sql} AS {}", address_column(field.name)));
        format!("{sql} AS f_{}{}", field.name, address.unwrap_or_default())
    });
    let fields: Vec<String> = fields.collect();
    Some(format!(
        "(SELECT e.event_key,e.boot_ns,e.context,e.tid,e.comm,e.command_line,e.flags,e.policies,NULL AS truncated,NULL AS from_user,{}
            FROM {table} JOIN {raw} e ON e.event_key=p.event_key WHERE {which})",
        fields.join(",")
    ))
}

/// Of a connection between two network namespaces, both rows are of the same when its ends have the same addresses and
/// ports, are each local in one, and began at the same sequence numbers, which each chose at random.
const PEERS: &str = "
    CREATE INDEX temporary_ends ON raw_net_flows(isn, peer_isn) WHERE isn IS NOT NULL AND peer_isn IS NOT NULL;
    UPDATE raw_net_flows AS r SET peer_flow_key = (
        SELECT iif(count(*) = 1, min(o.flow_key), NULL) FROM raw_net_flows o
        WHERE o.isn = r.peer_isn AND o.peer_isn = r.isn AND o.isn IS NOT NULL AND o.peer_isn IS NOT NULL
            AND o.is_local AND o.peer_is_local IS NULL AND o.net_namespace <> r.net_namespace
            AND o.addr = r.peer_addr AND o.port = r.peer_port AND o.peer_addr = r.addr AND o.peer_port = r.port)
        WHERE r.isn IS NOT NULL AND r.peer_isn IS NOT NULL AND r.is_local AND r.peer_is_local IS NULL;
    DROP INDEX temporary_ends";

/// What views look names and packets up by.
const INDEXES: &str = "
    CREATE INDEX dns_names_by_namespace ON raw_dns_names(net_namespace, address, from_ns, event_key, dns_key);
    CREATE INDEX dns_names_by_address ON raw_dns_names(address, from_ns, event_key, dns_key);
    CREATE INDEX packets_by_key ON raw_packets(event_key)";

/// The tables, and what is under way.
pub(super) struct PacketTables<'c> {
    database: &'c Connection,
    traffic: Traffic,
    found: Vec<Found>,
    packet: Statement<'c>,
    flow: Statement<'c>,
    dns: Statement<'c>,
    http: Statement<'c>,
    tls: Statement<'c>,
    name: Statement<'c>,
}

/// Binds values one after the other.
struct Binder<'s, 'c> {
    statement: &'s mut Statement<'c>,
    at: usize,
}

impl Binder<'_, '_> {
    fn bind(&mut self, value: impl ToSql) -> Result<()> {
        self.at += 1;
        Ok(self.statement.raw_bind_parameter(self.at, value)?)
    }

    fn escaped(&mut self, bytes: Option<&[u8]>) -> Result<()> {
        self.bind(bytes.map(text::escape).as_deref())
    }

    fn name(&mut self, name: Option<&Name>) -> Result<()> {
        self.bind(name.map(|(name, _)| &**name))?;
        self.bind(name.map(|(_, row)| *row))
    }

    fn address(&mut self, address: Option<IpAddr>) -> Result<()> {
        self.bind(address.map(|address| address.to_string()))
    }

    fn execute(self, columns: usize) -> Result<()> {
        debug_assert_eq!(self.at, columns);
        self.statement.raw_execute()?;
        Ok(())
    }
}

impl<'c> PacketTables<'c> {
    /// Makes the tables and their views.
    pub(super) fn create(database: &'c Connection, origin: &Origin) -> Result<PacketTables<'c>> {
        database.execute_batch(TABLES)?;
        database.execute_batch(&views(origin))?;
        let insert = |table: &str, columns: usize| {
            database.prepare(&format!("INSERT OR FAIL INTO raw_{table} VALUES ({})", vec!["?"; columns].join(",")))
        };
        Ok(PacketTables {
            database,
            traffic: Traffic::new(),
            found: Vec::new(),
            packet: insert("packets", PACKET_COLUMNS)?,
            flow: insert("net_flows", FLOW_COLUMNS)?,
            dns: insert("dns", DNS_COLUMNS)?,
            http: insert("http", HTTP_COLUMNS)?,
            tls: insert("tls", TLS_COLUMNS)?,
            name: insert("dns_names", 6)?,
        })
    }

    /// Stores the packets of rows.
    pub(super) fn insert(&mut self, batch: &Batch, origin: &Origin) -> Result<()> {
        for entry in &batch.entries {
            if entry.event != NET_PACKET_RAW.id {
                continue;
            }
            let Some(packet) = Packet::unread(&batch.row(origin, entry)) else { continue };
            let read = packet.dissect();
            let row = self.traffic.take(packet.row.event_key(), &packet, &read, &mut self.found);
            self.insert_packet(&packet, &read, &row)?;
            self.insert_queries(&packet.row)?;
            self.insert_found()?;
        }
        Ok(())
    }

    /// Stores what is still under way, and finds which flows are two sides of one.
    pub(super) fn finish(mut self) -> Result<()> {
        let traffic = std::mem::replace(&mut self.traffic, Traffic::new());
        traffic.finish(&mut self.found);
        self.insert_found()?;
        self.database.execute_batch(INDEXES)?;
        Ok(self.database.execute_batch(PEERS)?)
    }

    /// Stores the messages of DNS that a packet brought for who looks for questions.
    fn insert_queries(&self, packet: &Row<'_>) -> Result<()> {
        for found in &self.found {
            let Found::Dns(message) = found else { continue };
            let query = DnsQuery { packet, message };
            let mut insert = insert_into(self.database, &DNS_QUERIES)?;
            for (at, column) in (1..).zip(dns_query::columns()) {
                insert.raw_bind_parameter(at, query::Cell::from(column.cell(&query)))?;
            }
            insert.raw_execute()?;
        }
        Ok(())
    }

    fn insert_found(&mut self) -> Result<()> {
        for found in std::mem::take(&mut self.found) {
            match found {
                Found::Flow(row) => insert_flow(&mut self.flow, &row)?,
                Found::Dns(row) => {
                    insert_dns(&mut self.dns, &row)?;
                    for (address, name) in row.names() {
                        let address = address.to_canonical().to_string();
                        self.name.execute((row.net_namespace, address, name, row.ts_ns, row.event_key, row.number))?;
                    }
                }
                Found::Http(row) => insert_http(&mut self.http, &row)?,
                // Rows are put when messages are whole.
                Found::Head(_) => {}
                Found::Tls(row) => insert_tls(&mut self.tls, &row)?,
            }
        }
        Ok(())
    }

    fn insert_packet(&mut self, packet: &Packet<'_>, read: &::packets::Packet<'_>, row: &PacketRow) -> Result<()> {
        let mut binder = Binder { statement: &mut self.packet, at: 0 };
        let owner = packet.owner();
        binder.bind(packet.row.event_key())?;
        binder.bind(packet.row.boot_ns() as i64)?;
        binder.bind(owner.map(|owner| owner.id as i64))?;
        // The context has the name that its thread had when it was taken.
        let comm = packet.row.comm().filter(|comm| owner.is_none_or(|owner| *owner.comm != **comm));
        binder.escaped(comm)?;
        binder.bind(&*packet.owner_by())?;
        binder.bind(&*packet.direction_word())?;
        binder.bind(&*packet.hook())?;
        binder.bind(Some(&*packet.interface()).filter(|name| !name.is_empty()))?;
        binder.bind(packet.ifindex)?;
        binder.bind(packet.net_namespace)?;
        binder.bind(Some(packet.cookie as i64).filter(|cookie| *cookie != 0))?;
        binder.bind(&*row.protocol)?;
        binder.address(row.src)?;
        binder.bind(row.src_port)?;
        binder.name(row.src_name.as_ref())?;
        binder.address(row.dst)?;
        binder.bind(row.dst_port)?;
        binder.name(row.dst_name.as_ref())?;
        binder.bind(packet.length)?;
        binder.bind(packet.data.len() as i64)?;
        binder.bind(packet.gso_segs.max(1))?;
        binder.bind(row.payload_bytes as i64)?;
        binder.bind(row.ttl)?;
        binder.bind(row.tcp.map(|tcp| flags(&tcp)))?;
        binder.bind(row.tcp.map(|tcp| tcp.sequence))?;
        binder.bind(row.tcp.filter(|tcp| tcp.has(Tcp::ACK)).map(|tcp| tcp.acknowledgment))?;
        binder.bind(row.tcp.map(|tcp| tcp.window))?;
        binder.bind(row.icmp.map(|(kind, _)| kind))?;
        binder.bind(row.icmp.map(|(_, code)| code))?;
        let part = row.fragment.map(|(id, at, more)| format!("{at}{} of {id:#x}", if more { "+" } else { "" }));
        binder.bind(part)?;
        binder.bind(row.flow.map(|flow| flow as i64))?;
        binder.bind(row.again)?;
        binder.bind(row.problem)?;
        bind_headers(&mut binder, read)?;
        binder.bind(row.about.map(|flow| flow as i64))?;
        binder.execute(PACKET_COLUMNS)
    }
}

/// Binds what only events show of headers.
fn bind_headers(binder: &mut Binder<'_, '_>, read: &::packets::Packet<'_>) -> Result<()> {
    match &read.network {
        Some(Network::Ipv4(ip)) => {
            binder.bind(4)?;
            binder.bind(5 + ip.options_bytes / 4)?;
            binder.bind(ip.dscp << 2 | ip.ecn)?;
            binder.bind(ip.total_bytes)?;
            binder.bind(ip.identification)?;
            binder.bind(shape::ipv4_flags(ip))?;
            binder.bind(ip.fragment.map_or(0, |part| part.offset_bytes / 8))?;
            binder.bind(Null)?;
        }
        Some(Network::Ipv6(ip)) => {
            binder.bind(6)?;
            binder.bind(Null)?;
            binder.bind(ip.traffic_class)?;
            binder.bind(ip.payload_bytes)?;
            for _ in 0..3 {
                binder.bind(Null)?;
            }
            binder.bind(ip.flow_label)?;
        }
        _ => {
            for _ in 0..8 {
                binder.bind(Null)?;
            }
        }
    }
    binder.bind(match &read.transport {
        Some(Transport::Udp(udp)) => Some(udp.bytes),
        _ => None,
    })?;
    let echo = read.echo();
    binder.bind(echo.map(|(id, _)| id))?;
    binder.bind(echo.map(|(_, sequence)| sequence))
}

/// Flags of a segment, in the order in which `tracee packets` has them.
fn flags(tcp: &Tcp) -> String {
    let mut out = String::with_capacity(16);
    for (_, word) in crate::packets::FLAGS.iter().filter(|(bit, _)| tcp.has(*bit)) {
        if !out.is_empty() {
            out.push('|');
        }
        out.push_str(word);
    }
    out
}

fn insert_flow(statement: &mut Statement<'_>, row: &FlowRow) -> Result<()> {
    let mut binder = Binder { statement, at: 0 };
    binder.bind(row.number as i64)?;
    binder.bind(row.net_namespace)?;
    binder.bind(&*protocol_name(row.protocol))?;
    for end in [&row.own, &row.peer] {
        bind_end(&mut binder, end)?;
    }
    binder.bind(row.is_outgoing.map(|is_outgoing| if is_outgoing { "outgoing" } else { "incoming" }))?;
    for count in [row.sent, row.received] {
        for number in [count.packets, count.segments, count.bytes, count.payload_bytes] {
            binder.bind(number as i64)?;
        }
    }
    binder.bind(row.again as i64)?;
    binder.bind(row.first_ns)?;
    binder.bind(row.last_ns)?;
    binder.bind(row.first_key)?;
    binder.bind(row.last_key)?;
    binder.bind(row.first_open)?;
    binder.bind(row.last_open)?;
    binder.bind(row.state.map(|state| state.name()))?;
    binder.bind(row.content)?;
    binder.bind(row.problem)?;
    binder.bind(Null)?;
    binder.bind(row.errors as i64)?;
    binder.execute(FLOW_COLUMNS)
}

fn bind_end(binder: &mut Binder<'_, '_>, end: &EndRow) -> Result<()> {
    binder.address(Some(end.address))?;
    binder.bind(end.port)?;
    binder.name(end.name.as_ref())?;
    // Not to have been seen at a socket proves nothing.
    binder.bind(end.is_local.then_some(true))?;
    binder.bind(end.context.map(|id| id as i64))?;
    binder.bind(end.comm.as_deref())?;
    binder.bind(end.processes as i64)?;
    binder.bind(end.isn)
}

fn insert_dns(statement: &mut Statement<'_>, row: &DnsRow) -> Result<()> {
    let mut binder = Binder { statement, at: 0 };
    let message = &row.message;
    let question = message.questions.first();
    let answers = answers_json(message);
    binder.bind(row.number)?;
    binder.bind(row.flow as i64)?;
    binder.bind(row.event_key)?;
    binder.bind(if message.response { "response" } else { "query" })?;
    binder.bind(if row.is_tcp { "tcp" } else { "udp" })?;
    binder.bind(message.opcode)?;
    binder.bind(message.id)?;
    binder.bind(question.map(|question| question.name.as_str()))?;
    binder.bind(question.map(|question| kind_name(question.kind)))?;
    binder.bind(question.map(|question| question.class))?;
    let [questions, answer_count, authority_count, additional_count] = message.counts;
    binder.bind(questions)?;
    binder.bind(message.response.then(|| shape::code(message.code)))?;
    binder.bind(Some(flag_words(message)).filter(|words| !words.is_empty()))?;
    binder.bind(answers.as_ref().map(|(json, _)| json))?;
    binder.bind(answer_count)?;
    binder.bind(authority_count)?;
    binder.bind(additional_count)?;
    binder.bind(message.edns.map(|edns| edns.payload_bytes))?;
    binder.bind(row.query)?;
    binder.bind(row.asked)?;
    binder.bind(row.latency_ns)?;
    let whole = shape::dns(message);
    binder.bind(row.problem(whole.is_complete && answers.is_none_or(|(_, is_whole)| is_whole)))?;
    // A fragment that completes a message has no ports itself.
    binder.bind(row.from.port())?;
    binder.bind(row.to.port())?;
    binder.bind(whole.json)?;
    binder.bind(shape::dns_brief(message))?;
    binder.execute(DNS_COLUMNS)
}

fn insert_http(statement: &mut Statement<'_>, row: &HttpRow) -> Result<()> {
    let mut binder = Binder { statement, at: 0 };
    let head = &row.head;
    binder.bind(row.number)?;
    binder.bind(row.flow as i64)?;
    binder.bind(row.event_key)?;
    let (kind, method, target, status, reason) = match &head.start {
        Start::Request { method, target } => ("request", Some(&**method), Some(&**target), None, None),
        Start::Response { status, reason } => ("response", None, None, Some(*status), Some(&**reason)),
    };
    binder.bind(kind)?;
    binder.bind(head.exchange.map(|exchange| exchange as i64))?;
    binder.bind(head.certain)?;
    binder.bind(row.request)?;
    binder.escaped(method)?;
    binder.escaped(target)?;
    binder.escaped(head.header("host"))?;
    binder.bind(status)?;
    binder.escaped(reason)?;
    binder.bind(head.minor_version.map(|minor| format!("HTTP/1.{minor}")))?;
    binder.escaped(head.header("content-type"))?;
    binder.escaped(head.header("user-agent"))?;
    binder.escaped(head.header("content-length"))?;
    let mut headers = String::new();
    json::array(&mut headers, head.headers.iter(), |out, header| {
        json::array(out, [&header.name, &header.value].into_iter(), |out, part| {
            json::string(out, &text::escape(part));
        });
    });
    binder.bind(headers)?;
    binder.bind(head.bytes as i64)?;
    binder.bind(match head.body {
        Length::None => "none",
        Length::Bytes(_) => "counted",
        Length::Chunked => "chunked",
        Length::UntilEnd => "until_end",
        Length::Tunnel => "tunnel",
        Length::Unknown => "unknown",
    })?;
    binder.bind(row.body.map(|(bytes, _)| bytes as i64))?;
    binder.bind(row.body.map(|(_, missing)| missing as i64))?;
    binder.bind(row.end.map(|(_, ts_ns)| ts_ns))?;
    binder.bind(row.end.map(|(end, _)| end))?;
    binder.bind(row.latency_ns)?;
    binder.bind(Some(head.oddities.join("; ")).filter(|oddities| !oddities.is_empty()))?;
    binder.bind(row.problem)?;
    binder.bind(head.problem)?;
    binder.bind(shape::http(head).0)?;
    binder.execute(HTTP_COLUMNS)
}

fn insert_tls(statement: &mut Statement<'_>, row: &TlsRow) -> Result<()> {
    let mut binder = Binder { statement, at: 0 };
    binder.bind(row.number)?;
    binder.bind(row.flow as i64)?;
    binder.bind(row.event_key)?;
    let version = |version: u16| tls::version_name(version).map_or_else(|| format!("{version:#06x}"), str::to_owned);
    let hexadecimal = |values: &[u16]| {
        let mut out = String::new();
        json::array(&mut out, values.iter(), |out, value| json::string(out, &format!("{value:#06x}")));
        out
    };
    let names = |names: &mut dyn Iterator<Item = &Vec<u8>>| {
        let mut out = String::new();
        json::array(&mut out, names, |out, name| json::string(out, &text::escape(name)));
        Some(out).filter(|out| out != "[]")
    };
    match &row.hello {
        Hello::Client(hello) => {
            // What is offered best; reserved values, which clients send as a test of servers, have no name.
            let best = hello.versions.iter().copied().filter(|version| tls::version_name(*version).is_some()).max();
            binder.bind("client")?;
            binder.escaped(hello.server_name.as_deref())?;
            binder.bind(names(&mut hello.alpn.iter()))?;
            binder.bind(version(best.unwrap_or(hello.version)))?;
            let mut versions = String::new();
            json::array(&mut versions, hello.versions.iter(), |out, offered| json::string(out, &version(*offered)));
            binder.bind(Some(versions).filter(|versions| versions != "[]"))?;
            binder.bind(hexadecimal(&hello.cipher_suites))?;
            binder.bind(hexadecimal(&hello.extensions))?;
            binder.bind(hello.encrypted_hello)?;
            binder.bind(false)?;
            binder.bind(hello.ja3())?;
            binder.bind(hello.ja4())?;
            binder.bind(Null)?;
        }
        Hello::Server(hello) => {
            binder.bind("server")?;
            binder.bind(Null)?;
            binder.bind(names(&mut hello.alpn.iter()))?;
            binder.bind(version(hello.chosen_version.unwrap_or(hello.version)))?;
            binder.bind(Null)?;
            binder.bind(hexadecimal(&[hello.cipher_suite]))?;
            binder.bind(hexadecimal(&hello.extensions))?;
            binder.bind(Null)?;
            binder.bind(hello.retry)?;
            binder.bind(Null)?;
            binder.bind(Null)?;
            binder.bind(hello.ja3s())?;
        }
    }
    binder.bind(row.client)?;
    binder.bind(row.latency_ns)?;
    binder.bind(match &row.hello {
        Hello::Client(hello) => hello.problem,
        Hello::Server(hello) => hello.problem,
    })?;
    binder.execute(TLS_COLUMNS)
}
