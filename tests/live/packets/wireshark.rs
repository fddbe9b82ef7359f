//! tshark reads what `tracee packets -w` writes, all of it, and counts what tcpdump saw on the interface.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::capture::{LIMIT, number, tracee};
use crate::{machine, process};

use super::scene::{Scene, assert_same_rows, sorted_words};

/// Fields that are asked of each packet, one value each but where tshark joins several by commas.
const FIELDS: [&str; 10] = [
    "frame.protocols",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
    "tcp.len",
];

/// Rows of fields, a packet each, of those that a display filter lets through.
fn tshark(file: &Path, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(file).args(["-n", "-Y", filter, "-T", "fields", "-E", "separator=|"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let finished = process::run(&mut command, LIMIT);
    let warnings: Vec<&str> = finished.stderr.lines().filter(|line| !line.starts_with("Running as user")).collect();
    assert!(finished.status.success() && warnings.is_empty(), "tshark: {}: {warnings:?}", finished.status);
    finished.stdout_text().lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

/// Packets and bytes of TCP per way of a stream, or pair of ends, and protocol.
fn per_stream(rows: &[Vec<String>]) -> BTreeMap<Vec<String>, (u64, u64)> {
    let mut streams: BTreeMap<Vec<String>, (u64, u64)> = BTreeMap::new();
    for row in rows {
        // Below the network header the two differ: one has Ethernet.
        let layers: Vec<&str> = row[0].split(':').collect();
        let network = layers.iter().position(|layer| *layer == "ip" || *layer == "ipv6").expect("a network header");
        let mut key = vec![layers[network..].join(":")];
        key.extend_from_slice(&row[1..9]);
        let stream = streams.entry(key).or_default();
        stream.0 += 1;
        stream.1 += row[9].parse().unwrap_or(0);
    }
    streams
}

/// The left side's packets as a file, and how many of them.
fn written(scene: &Scene) -> (std::path::PathBuf, usize) {
    let file = scene.capture.scratch().join("left.pcapng");
    let filter = format!("net_namespace = {}", scene.number("left_namespace"));
    let mut command = tracee();
    command.arg("packets").arg(&scene.capture.path).arg("-w").arg(&file).args(["--filter", &filter]);
    let finished = process::run(&mut command, LIMIT);
    assert!(finished.status.success(), "packets: {}", finished.stderr);
    let rows = scene.query("SELECT count(*) AS n FROM net_packet_raw WHERE net_namespace = LEFT_NS");
    (file, number(&rows[0], "n") as usize)
}

/// Asserts that tshark finds in both files the same streams with as many packets and bytes, of those that pass the filter.
fn assert_same(ours: &Path, theirs: &Path, filter: &str) -> usize {
    let (ours, theirs) = (tshark(ours, filter, &FIELDS), tshark(theirs, filter, &FIELDS));
    let (our_streams, their_streams) = (per_stream(&ours), per_stream(&theirs));
    for (stream, counts) in &their_streams {
        assert_eq!(our_streams.get(stream), Some(counts), "{stream:?}: packets and bytes");
    }
    assert_eq!(our_streams, their_streams);
    assert_eq!(ours.len(), theirs.len());
    ours.len()
}

/// Asserts that the table `packets` has as many of each protocol, from each end to the other, as tshark finds in the file, and as
/// much payload.
fn assert_as_in_tables(scene: &Scene, file: &Path) {
    let ends = |protocol: &str, network: &str| {
        let fields = [
            format!("{network}.src"),
            format!("{network}.dst"),
            format!("{protocol}.srcport"),
            format!("{protocol}.dstport"),
            "tcp.len".to_owned(),
        ];
        tshark(file, &format!("{protocol} && {network}"), &fields.each_ref().map(String::as_str))
    };
    for protocol in ["tcp", "udp"] {
        let mut counts: BTreeMap<Vec<String>, (i64, i64)> = BTreeMap::new();
        for row in [ends(protocol, "ip"), ends(protocol, "ipv6")].concat() {
            let count = counts.entry(row[..4].to_vec()).or_default();
            count.0 += 1;
            count.1 += row[4].parse::<i64>().unwrap_or(0);
        }
        let found: Vec<Vec<String>> = counts
            .into_iter()
            .map(|(ends, (packets, bytes))| [&ends[..], &[packets.to_string(), bytes.to_string()]].concat())
            .collect();
        let bytes = if protocol == "tcp" { "sum(payload_bytes)" } else { "0" };
        let rows = scene.query(&format!(
            "SELECT src, dst, src_port, dst_port, count(*) AS packets, {bytes} AS bytes FROM packets
             WHERE net_namespace = LEFT_NS AND protocol = '{protocol}' GROUP BY 1, 2, 3, 4"
        ));
        let rows = sorted_words(&rows, &["src", "dst", "src_port", "dst_port", "packets", "bytes"]);
        assert_same_rows(protocol, &found, &rows);
    }
}

/// Asserts that every packet of the file is decoded, but for what tshark makes nothing of in tcpdump's file either; returns how
/// many there are.
fn assert_decoded(file: &Path, dump: &Path) -> usize {
    let all = tshark(file, "frame", &["frame.number", "frame.protocols", "frame.comment"]);
    let odd = "_ws.malformed || _ws.short || _ws.unreassembled || _ws.expert.severity == error";
    let odd = |file: &Path| tshark(file, odd, &["ip.src", "tcp.srcport", "tcp.dstport", "tcp.seq", "tcp.len"]);
    assert_same_rows("not decoded", &odd(file), &odd(dump));
    for row in &all {
        assert!(row[1].contains("ip") || row[1].ends_with("ethertype:data"), "{row:?}");
        assert!(row[2].contains("pid=") && row[2].contains("owner_by="), "{row:?}");
    }
    all.len()
}

#[test]
fn tshark_counts_in_our_file_what_tcpdump_saw_of_every_kind() {
    let Some(_turn) = machine::turn("tshark_counts_in_our_file_what_tcpdump_saw_of_every_kind") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("dump.pcap");
    let scene = Scene::record_dumped(&["--capture", "net:snaplen=max"], &dump, &["kinds"]);
    let (file, rows) = written(&scene);
    assert_eq!(assert_decoded(&file, &dump), rows);
    assert_as_in_tables(&scene, &file);
    // Of a datagram in fragments the interface has several packets, which tshark puts together, and the socket one. What the
    // kernel says to its neighbours is nobody's.
    let mut known = 0;
    for filter in ["tcp", "udp && !(udp.port in {2003, 2004})", "icmp", "icmpv6.type == 128 || icmpv6.type == 129"] {
        let count = assert_same(&file, &dump, filter);
        assert!(count > 0, "{filter}");
        known += count;
    }
    let large = "udp.port in {2003, 2004}";
    let (ours, theirs) = (tshark(&file, large, &["udp.length"]), tshark(&dump, large, &["udp.length"]));
    assert_eq!(ours, theirs, "lengths of datagrams that came in fragments");
    assert_eq!(ours.len(), 4);
    assert_eq!(
        tshark(&file, "eth.type == 0x88b5", &["frame.len"]),
        tshark(&dump, "eth.type == 0x88b5", &["frame.len"])
    );
    assert_eq!(known + ours.len() + 1, rows, "nothing else is in our file");
}

#[test]
fn tshark_counts_in_our_file_what_tcpdump_saw_of_http_and_dns() {
    let Some(_turn) = machine::turn("tshark_counts_in_our_file_what_tcpdump_saw_of_http_and_dns") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("dump.pcap");
    let scene = Scene::record_dumped(&["--capture", "net:snaplen=max"], &dump, &["talk", "0"]);
    let (file, rows) = written(&scene);
    assert_eq!(assert_decoded(&file, &dump), rows);
    assert_as_in_tables(&scene, &file);
    let known: usize = ["tcp", "udp"].iter().map(|filter| assert_same(&file, &dump, filter)).sum();
    assert_eq!(known, rows);
    // Messages, as tshark reads them out of both files. The table is asked of requests alone: of an answer to HEAD, which has a
    // length and no body, tshark loses the next ones of a pipeline.
    let messages = |file: &Path, filter: &str, fields: &[&str]| {
        let mut all: Vec<Vec<String>> = Vec::new();
        // A packet may end several.
        for row in tshark(file, filter, fields) {
            let columns: Vec<Vec<&str>> = row.iter().map(|column| column.split(',').collect()).collect();
            all.extend((0..columns[0].len()).map(|at| columns.iter().map(|column| column[at].to_owned()).collect()));
        }
        all.sort();
        all
    };
    let request = ["http.request.method", "http.request.uri"];
    let requests = messages(&file, "http.request", &request);
    assert_same_rows("requests", &requests, &messages(&dump, "http.request", &request));
    let rows = scene.query("SELECT method, target FROM http WHERE kind = 'request' AND net_namespace = LEFT_NS");
    assert_same_rows("requests", &sorted_words(&rows, &["method", "target"]), &requests);
    let response = ["http.response.code"];
    assert_same_rows(
        "responses",
        &messages(&file, "http.response", &response),
        &messages(&dump, "http.response", &response),
    );
    let message = ["dns.flags.response", "dns.qry.name"];
    assert_same_rows("DNS", &messages(&file, "dns", &message), &messages(&dump, "dns", &message));
}

#[test]
fn a_filter_lets_through_what_the_same_expression_does_in_tcpdump() {
    let Some(_turn) = machine::turn("a_filter_lets_through_what_the_same_expression_does_in_tcpdump") else { return };
    for expression in [
        "tcp port 1001 or udp dst portrange 2005-2009",
        "ip6 and (tcp or udp port 2002) and not src host fd09::1",
        "src net 10.9.0.0/31 and not (tcp or udp or arp)",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (all, dump) = (folder.path().join("all.pcap"), folder.path().join("dump.pcap"));
        let option = format!("net:snaplen=max,filter='{expression}'");
        let scene = Scene::record_dumped(&["--capture", &option], &all, &["kinds"]);
        let mut command = Command::new("tcpdump");
        command.arg("-r").arg(&all).arg("-w").arg(&dump).args(["-Z", "root", expression]);
        let finished = process::run(&mut command, LIMIT);
        assert!(finished.status.success(), "tcpdump: {}", finished.stderr);
        let (file, rows) = written(&scene);
        assert_eq!(assert_same(&file, &dump, "frame"), rows, "{expression}");
        assert!(rows > 0, "{expression}");
    }
}
