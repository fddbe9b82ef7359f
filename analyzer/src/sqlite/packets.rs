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

use super::columns::{address_column, is_address};
use crate::origin::Origin;
use crate::packets::traffic::{
    DnsRow, EndRow, FlowRow, Found, HttpRow, Name, PacketRow, TlsRow, Traffic, answers_json, flag_words, kind_name,
    protocol_name,
};
use crate::packets::{Packet, shape};
use crate::row::Batch;
use crate::{json, text};

const TABLES: &str = "
    CREATE TABLE raw_packets (row INTEGER PRIMARY KEY, boot_ns, context, comm, owner_by, direction, hook, interface,
        ifindex, net_namespace, cookie, protocol, src, src_port, src_name, src_dns_row, dst, dst_port, dst_name,
        dst_dns_row, length, captured, segments, payload_bytes, ttl, tcp_flags, tcp_seq, tcp_ack, tcp_window, icmp_type,
        icmp_code, fragment, flow_key, again, problem, ip_version, ip_header, ip_tos, ip_length, ip_id, ip_flags,
        ip_offset, flow_label, udp_length, echo_id, echo_seq, about_flow_key);
    CREATE TABLE raw_net_flows (flow_key INTEGER PRIMARY KEY, net_namespace, protocol, addr, port, name, dns_row,
        is_local, context, comm, processes, isn, peer_addr, peer_port, peer_name, peer_dns_row, peer_is_local,
        peer_context, peer_comm, peer_processes, peer_isn, direction, packets_out, segments_out, bytes_out,
        payload_out, packets_in, segments_in, bytes_in, payload_in, seen_again, first_ns, last_ns, first_row, last_row,
        first_open, last_open, state, content, problem, peer_flow_key, icmp_errors);
    CREATE TABLE raw_dns (dns_row INTEGER PRIMARY KEY, flow_key, row, kind, transport, opcode, id, name, type, class,
        questions, code, flags, answers, answer_count, authority_count, additional_count, edns_bytes, query_row, asked,
        latency_ns, problem, src_port, dst_port, shape, brief);
    CREATE TABLE raw_dns_names (net_namespace, address, name, row, dns_row);
    CREATE TABLE raw_http (http_row INTEGER PRIMARY KEY, flow_key, row, kind, exchange, certain, request_row, method,
        target, host, status, reason, version, content_type, user_agent, content_length, headers, head_bytes, body,
        body_bytes, missing_bytes, end_ns, end_row, latency_ns, oddities, problem, head_problem, shape);
    CREATE TABLE raw_tls (tls_row INTEGER PRIMARY KEY, flow_key, row, kind, server_name, alpn, version, versions,
        cipher_suites, extensions, encrypted_hello, is_retry, ja3, ja4, ja3s, client_row, latency_ns, problem)";

const PACKET_COLUMNS: usize = 47;
const FLOW_COLUMNS: usize = 42;
const DNS_COLUMNS: usize = 26;
const HTTP_COLUMNS: usize = 28;
const TLS_COLUMNS: usize = 18;

/// Who sent or got the packet `p`; of messages, that they came in.
const WHO: &str = "p.process_key, p.host_pid, p.comm, p.exe, p.container_id, p.owner_by, p.direction, p.net_namespace,
    p.src, p.src_port, p.src_name, p.dst, p.dst_port, p.dst_name";

/// SQL that shows UTC nanoseconds.
fn time(ns: &str) -> String {
    format!("printf('%s.%06d', datetime(({ns})/1000000000,'unixepoch'), ({ns})/1000%1000000)")
}

fn views(origin: &Origin) -> String {
    let ts_ns = format!("(r.boot_ns+{})", origin.offset_ns());
    let ts = time(&ts_ns);
    // A fragment that completes a message has no ports itself.
    let of_message = WHO.replace("p.src_port", "r.src_port").replace("p.dst_port", "r.dst_port");
    let offset = format!("({})", origin.offset_ns());
    let [from, until] = ["n.from_ns", "n.until_ns"].map(time);
    let [first, last] = ["r.first_ns", "r.last_ns"].map(time);
    format!(
        "CREATE VIEW packets AS SELECT r.row AS row, {ts_ns} AS ts_ns, {ts} AS ts, c.process_key AS process_key,
            c.host_pid AS host_pid, coalesce(r.comm, c.comm) AS comm, c.exe AS exe, c.container_id AS container_id,
            r.owner_by AS owner_by, r.direction AS direction, r.hook AS hook, r.interface AS interface,
            r.ifindex AS ifindex, r.net_namespace AS net_namespace, r.cookie AS cookie, r.protocol AS protocol,
            r.src AS src, r.src_port AS src_port, r.src_name AS src_name, r.src_dns_row AS src_dns_row, r.dst AS dst,
            r.dst_port AS dst_port, r.dst_name AS dst_name, r.dst_dns_row AS dst_dns_row, r.length AS length,
            r.captured AS captured, r.segments AS segments, r.payload_bytes AS payload_bytes, r.ttl AS ttl,
            r.tcp_flags AS tcp_flags, r.tcp_seq AS tcp_seq, r.tcp_ack AS tcp_ack, r.tcp_window AS tcp_window,
            r.icmp_type AS icmp_type, r.icmp_code AS icmp_code, r.fragment AS fragment, r.flow_key AS flow_key,
            r.about_flow_key AS about_flow_key, r.again AS again, r.problem AS problem
            FROM raw_packets r LEFT JOIN contexts c ON c.id = r.context;
        CREATE VIEW net_flows AS SELECT r.flow_key, r.protocol, r.net_namespace, r.addr, r.port, r.name, r.dns_row,
            r.peer_addr, r.peer_port, r.peer_name, r.peer_dns_row, r.direction, r.packets_out, r.bytes_out,
            r.packets_in, r.bytes_in, r.segments_out, r.payload_out, r.segments_in, r.payload_in, r.seen_again,
            r.icmp_errors, r.state, r.first_ns, {first} AS first_ts, r.first_open, r.last_ns, {last} AS last_ts, r.last_open,
            r.is_local, c.process_key, c.host_pid, coalesce(r.comm, c.comm) AS comm, c.exe, c.container_id,
            r.processes, r.peer_is_local, coalesce(d.process_key, f.process_key) AS peer_process_key,
            coalesce(d.host_pid, f.host_pid) AS peer_host_pid, coalesce(r.peer_comm, d.comm, o.comm, f.comm) AS peer_comm,
            coalesce(d.exe, f.exe) AS peer_exe, coalesce(d.container_id, f.container_id) AS peer_container_id,
            r.peer_processes, r.peer_flow_key, r.content, r.isn, r.peer_isn, r.first_row, r.last_row, r.problem
            FROM raw_net_flows r LEFT JOIN contexts c ON c.id = r.context LEFT JOIN contexts d ON d.id = r.peer_context
            LEFT JOIN raw_net_flows o ON o.flow_key = r.peer_flow_key LEFT JOIN contexts f ON f.id = o.context;
        CREATE VIEW dns AS SELECT r.dns_row, p.ts_ns, p.ts, {of_message}, r.kind, r.transport, r.id, r.name, r.type, r.class,
            r.code, r.answers, r.latency_ns, r.query_row, r.asked, r.opcode, r.flags, r.questions, r.answer_count,
            r.authority_count, r.additional_count, r.edns_bytes, r.flow_key, r.row, r.problem
            FROM raw_dns r LEFT JOIN packets p ON p.row = r.row;
        CREATE VIEW dns_names AS SELECT n.net_namespace, n.address, n.name, n.from_ns, {from} AS from_ts, n.until_ns,
            {until} AS until_ts, n.dns_row, n.row FROM (SELECT r.*, p.boot_ns+{offset} AS from_ns,
            lead(p.boot_ns) OVER (PARTITION BY r.net_namespace, r.address ORDER BY r.row, r.dns_row)+{offset} AS until_ns
            FROM raw_dns_names r LEFT JOIN raw_packets p ON p.row = r.row) n;
        CREATE VIEW http AS SELECT r.http_row, p.ts_ns, p.ts, {WHO}, r.kind, coalesce(r.method, q.method) AS method,
            coalesce(r.host, q.host) AS host, coalesce(r.target, q.target) AS target, r.status, r.reason, r.version,
            r.content_type, coalesce(r.user_agent, q.user_agent) AS user_agent, r.content_length, r.body,
            r.body_bytes, r.missing_bytes, r.latency_ns, r.exchange, r.certain, r.request_row, r.end_ns, r.end_row,
            r.head_bytes, r.headers, r.oddities, r.flow_key, r.row, r.problem
            FROM raw_http r LEFT JOIN packets p ON p.row = r.row LEFT JOIN raw_http q ON q.http_row = r.request_row;
        CREATE VIEW tls AS SELECT r.tls_row, p.ts_ns, p.ts, {WHO}, r.kind, coalesce(r.server_name, q.server_name) AS server_name,
            r.alpn, r.version, r.versions, r.cipher_suites, r.extensions, r.encrypted_hello, r.is_retry, r.ja3, r.ja4,
            r.ja3s, r.client_row, r.latency_ns, r.flow_key, r.row, r.problem
            FROM raw_tls r LEFT JOIN packets p ON p.row = r.row LEFT JOIN raw_tls q ON q.tls_row = r.client_row"
    )
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
        "dns" => ("raw_dns m JOIN raw_packets p ON p.row=m.row", "m", "m.problem"),
        "http" => ("raw_http m JOIN raw_packets p ON p.row=m.row", "p", "m.head_problem"),
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
        "(SELECT e.row,e.boot_ns,e.cpu,e.lane,e.seq,e.context,e.tid,e.comm,e.flags,e.policies,NULL AS truncated,
            NULL AS from_user,{} FROM {table} JOIN {raw} e ON e.row=p.row WHERE {which})",
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

/// What views look names up by.
const NAME_INDEXES: &str = "
    CREATE INDEX dns_names_by_namespace ON raw_dns_names(net_namespace, address, row, dns_row);
    CREATE INDEX dns_names_by_address ON raw_dns_names(address, row, dns_row)";

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
            name: insert("dns_names", 5)?,
        })
    }

    /// Stores the packets of rows, of which the first has this number.
    pub(super) fn insert(&mut self, first: i64, batch: &Batch, origin: &Origin) -> Result<()> {
        for (number, entry) in (first..).zip(&batch.entries) {
            if entry.event != NET_PACKET_RAW.id {
                continue;
            }
            let Some(packet) = Packet::unread(&batch.row(origin, entry)) else { continue };
            let read = packet.dissect();
            let row = self.traffic.take(number, &packet, &read, &mut self.found);
            self.insert_packet(number, &packet, &read, &row)?;
            self.insert_found()?;
        }
        Ok(())
    }

    /// Stores what is still under way, and finds which flows are two sides of one.
    pub(super) fn finish(mut self) -> Result<()> {
        let traffic = std::mem::replace(&mut self.traffic, Traffic::new());
        traffic.finish(&mut self.found);
        self.insert_found()?;
        self.database.execute_batch(NAME_INDEXES)?;
        Ok(self.database.execute_batch(PEERS)?)
    }

    fn insert_found(&mut self) -> Result<()> {
        for found in std::mem::take(&mut self.found) {
            match found {
                Found::Flow(row) => insert_flow(&mut self.flow, &row)?,
                Found::Dns(row) => {
                    insert_dns(&mut self.dns, &row)?;
                    for (address, name) in row.names() {
                        let address = address.to_canonical().to_string();
                        self.name.execute((row.net_namespace, address, name, row.row, row.number))?;
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

    fn insert_packet(
        &mut self,
        number: i64,
        packet: &Packet<'_>,
        read: &::packets::Packet<'_>,
        row: &PacketRow,
    ) -> Result<()> {
        let mut binder = Binder { statement: &mut self.packet, at: 0 };
        let owner = packet.owner();
        binder.bind(number)?;
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
    binder.bind(row.first_row)?;
    binder.bind(row.last_row)?;
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
    binder.bind(row.row)?;
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
    binder.bind(row.row)?;
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
    binder.bind(row.row)?;
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
