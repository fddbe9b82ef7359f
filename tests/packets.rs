//! `tracee packets` over captures that are made here frame by frame, and what tshark makes of its files.

#[path = "packets/capture.rs"]
mod capture;
#[path = "packets/events.rs"]
mod events;
#[path = "packets/pcapng.rs"]
mod pcapng;
#[path = "packets/tables.rs"]
mod tables;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use capture::{Capture, Says, Sent, Who, arp, dns, echo, ethernet, fragments, tcp, udp, udp6};
use pcapng::{INTERFACE, NAMES, PACKET, STATISTICS, blocks, fields, of_kind, tshark};

fn tracee(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tracee")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Standard output and error of what succeeds.
fn done(arguments: &[&str]) -> (String, String) {
    let output = tracee(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    (String::from_utf8(output.stdout).unwrap(), said)
}

/// One line on standard error of what cannot be done; nothing on standard output.
fn refused(arguments: &[&str]) -> String {
    let output = tracee(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(said.matches('\n').count(), 1, "{said:?}");
    said
}

fn rows(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn column<'a>(rows: &'a [Value], name: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[name]).collect()
}

struct Scene {
    folder: TempDir,
    capture: PathBuf,
    out: PathBuf,
}

impl Scene {
    /// A capture of what `fill` adds, and a name for a file.
    fn of(fill: impl FnOnce(&mut Capture)) -> Scene {
        let folder = TempDir::new().unwrap();
        let mut capture = Capture::create(&folder.path().join("cap"));
        fill(&mut capture);
        Scene { capture: capture.finish(), out: folder.path().join("out.pcapng"), folder }
    }

    /// What `tracee packets CAPTURE ...` prints as JSON.
    fn json(&self, options: &[&str]) -> Vec<Value> {
        rows(&done(&[&["packets", text(&self.capture), "--output", "json"], options].concat()).0)
    }

    /// Writes the file; the list of files.
    fn write(&self, options: &[&str]) -> Vec<Value> {
        self.json(&[&["-w", text(&self.out)], options].concat())
    }

    fn blocks(&self) -> Vec<pcapng::Block> {
        blocks(&fs::read(&self.out).unwrap())
    }

    /// Names of the files beside the capture.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != "cap").collect();
        names.sort();
        names
    }
}

const CLIENT: Who = Who { context: 1, pid: 501, tid: 502 };
const SERVER: Who = Who { context: 2, pid: 601, tid: 601 };
const ID: &str = "3f4a0000000000000000000000000000000000000000000000000000000000c1";

/// A client asks a server in a container by UDP, TCP and ICMP; somebody asks by ARP.
fn talk() -> Scene {
    Scene::of(|capture| {
        capture.container(9, ID);
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        capture.process(SERVER, b"nginx", b"/usr/sbin/nginx", 9);
        let (asks, answers) = ((1, 2), (2, 1));
        let mut at = 1_000;
        let mut put = |sent: Sent| {
            at += 1_000_000;
            capture.packet(&Sent { at_ns: at, ..sent });
        };
        let came = |packet: Vec<u8>| Sent { direction: 1, ..Sent::ip(SERVER.context, 0, packet) };
        put(Sent::ip(CLIENT.context, 0, udp(asks, (40_001, 40_002), b"ping")));
        put(came(udp(answers, (40_002, 40_001), b"pong")));
        put(Sent::ip(CLIENT.context, 0, tcp(asks, (40_000, 80), (2, 100, 0), b"")));
        put(came(tcp(answers, (80, 40_000), (18, 900, 101), b"")));
        put(Sent::ip(CLIENT.context, 0, tcp(asks, (40_000, 80), (24, 101, 901), b"GET / HTTP/1.1\r\n\r\n")));
        put(Sent { owner_by: 2, ..came(tcp(answers, (80, 40_000), (20, 901, 119), b"")) });
        put(Sent::ip(CLIENT.context, 0, echo(asks, 8, 1)));
        put(Sent { context: 0, owner_by: 3, ..came(echo(answers, 0, 1)) });
        put(Sent::ip(CLIENT.context, 0, udp6((40_003, 40_004), b"six")));
        put(Sent { context: 0, owner_by: 3, ethernet_type: 0x0806, ..came(arp()) });
        let framed = ethernet(0x0800, &udp(asks, (40_001, 40_002), b"framed"));
        put(Sent {
            link: 1,
            ifindex: 3,
            interface: b"veth1",
            ethernet_type: 0x0800,
            ..Sent::ip(CLIENT.context, 0, framed)
        });
    })
}

#[test]
fn every_packet_is_a_row_with_who_and_what() {
    let scene = talk();
    let packets = scene.json(&[]);
    assert_eq!(packets.len(), 11);
    let protocols = ["UDP", "UDP", "TCP", "TCP", "TCP", "TCP", "ICMP", "ICMP", "UDP", "ARP", "UDP"];
    assert_eq!(column(&packets, "protocol"), protocols);
    let ask = &packets[4];
    assert_eq!((&ask["comm"], &ask["exe"], &ask["host_pid"]), (&"curl".into(), &"/usr/bin/curl".into(), &501.into()));
    assert_eq!((&ask["src"], &ask["src_port"]), (&"10.0.0.1".into(), &40_000.into()));
    assert_eq!((&ask["dst"], &ask["dst_port"]), (&"10.0.0.2".into(), &80.into()));
    assert_eq!(ask["summary"], "[ACK PSH] seq 101, ack 901, win 64240, 18 bytes");
    assert_eq!((&ask["direction"], &ask["owner_by"]), (&"egress".into(), &"socket".into()));
    assert_eq!((&packets[1]["container_id"], &packets[1]["direction"]), (&ID.into(), &"ingress".into()));
    assert_eq!((&packets[7]["owner_by"], &packets[7]["comm"]), (&"kernel".into(), &Value::Null));
    assert_eq!(packets[7]["summary"], "echo reply, id 77 seq 1");
    assert_eq!(packets[9]["summary"], "who has 10.0.0.2? tell 10.0.0.1");
    assert!(column(&packets, "problem").iter().all(|problem| problem.is_null()));
    let table = done(&["packets", text(&scene.capture)]).0;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["time", "process", "flow", "protocol", "length", "summary"]
    );
    assert!(lines[1].contains("curl[501]") && lines[1].contains("10.0.0.1:40001 > 10.0.0.2:40002"), "{}", lines[1]);
    assert!(lines[6].contains("nginx[601] by flow"), "{}", lines[6]);
    assert!(lines[8].contains(" kernel "), "{}", lines[8]);
    assert!(lines[9].contains("[::1]:40003 > [::1]:40004"), "{}", lines[9]);
}

#[test]
fn a_filter_is_a_condition_over_the_columns() {
    let scene = talk();
    let count = |filter: &str| scene.json(&["--filter", filter]).len();
    assert_eq!(count("dst_port = 80 and comm = 'curl'"), 2);
    assert_eq!(count("container_id like '3f4a%'"), 3);
    assert_eq!(count("owner_by = 'kernel' or protocol = 'ICMP'"), 3);
    assert_eq!(count("src = '::1'"), 1);
    for (wrong, words) in [
        ("comm = 'x' an 1", "line 1, column 12"),
        ("pidd = 1", "no such column: pidd"),
        ("", "empty"),
        ("1; select 1", "condition"),
        ("src in (select 1 from packets)", "no such table"),
    ] {
        let said = refused(&["packets", text(&scene.capture), "--filter", wrong]);
        assert!(said.contains(words), "{wrong}: {said}");
    }
}

#[test]
fn tshark_reads_what_was_written() {
    let scene = talk();
    let written = scene.write(&[]);
    assert_eq!((written.len(), &written[0]["packets"]), (1, &11.into()));
    assert_eq!(fs::metadata(&scene.out).unwrap().permissions().mode() & 0o7777, 0o600);
    let count = |filter: &str| fields(&scene.out, filter, &["frame.number"]).len();
    for (filter, expected) in [
        ("", 11),
        ("tcp", 4),
        ("udp", 4),
        ("icmp", 2),
        ("arp", 1),
        ("ipv6", 1),
        ("eth", 1),
        ("http.request", 1),
        ("tcp.stream == 0", 4),
        ("_ws.malformed", 0),
        ("ip.checksum.status == \"Bad\" || tcp.checksum.status == \"Bad\" || udp.checksum.status == \"Bad\"", 0),
    ] {
        assert_eq!(count(filter), expected, "{filter}");
    }
    let names = ["frame.time_epoch", "frame.interface_name", "frame.len", "frame.p2p_dir", "ip.src", "frame.comment"];
    let shown = fields(&scene.out, "", &names);
    let said = r"pid=501 tid=502 comm=curl exe=/usr/bin/curl owner_by=socket";
    assert_eq!(shown[0], ["1700000000.001001000", "eth0", "32", "0", "10.0.0.1", said]);
    let said = format!("pid=601 tid=601 comm=nginx exe=/usr/sbin/nginx container={ID} owner_by=socket");
    assert_eq!(shown[1][3..], ["1", "10.0.0.2", &said]);
    assert_eq!(shown[7][5], "owner_by=kernel");
    let blocks = scene.blocks();
    let interfaces = of_kind(&blocks, INTERFACE);
    // IP as it is, ARP under a header that says so, Ethernet of another interface.
    assert_eq!(interfaces.iter().map(|interface| interface.link()).collect::<Vec<_>>(), [101, 113, 1]);
    assert_eq!(interfaces[0].text(3).unwrap(), "network namespace 4026531840, interface 2");
    assert_eq!(interfaces[2].text(2).unwrap(), "veth1");
    assert!(interfaces.iter().all(|interface| interface.option(9) == Some(vec![9])));
    let packets = of_kind(&blocks, PACKET);
    assert_eq!(packets[0].option(8).unwrap(), [501u32.to_le_bytes(), 502u32.to_le_bytes()].concat());
    assert_eq!((packets[0].option(2), packets[1].option(2)), (Some(vec![2, 0, 0, 0]), Some(vec![1, 0, 0, 0])));
    assert_eq!(packets[7].option(8), None, "who it was of nobody knows");
    assert_eq!(packets[10].interface(), 2);
    let section = &blocks[0];
    assert_eq!(section.text(2).unwrap(), "x86_64");
    assert!(section.text(4).unwrap().starts_with("tracee "));
    assert!(section.text(1).unwrap().contains(&"01".repeat(16)), "{:?}", section.text(1));
    let statistics = of_kind(&blocks, STATISTICS);
    let counts: Vec<_> = statistics.iter().map(|s| (s.interface(), s.number(4), s.number(5), s.number(8))).collect();
    assert_eq!(
        counts,
        [(0, Some(9), Some(0), Some(9)), (1, Some(1), Some(0), Some(1)), (2, Some(1), Some(0), Some(1))]
    );
}

#[test]
fn the_script_for_wireshark_makes_the_owner_filterable() {
    let scene = talk();
    scene.write(&[]);
    let count = |filter: &str| fields(&scene.out, filter, &["frame.number"]).len();
    for (filter, expected) in [
        ("tracee.pid == 501", 6),
        ("tracee.tid == 502", 6),
        ("tracee.comm == \"nginx\"", 3),
        ("tracee.exe contains \"curl\"", 6),
        ("tracee.owner_by == \"flow\"", 1),
        ("tracee.owner_by == \"kernel\" && !tracee.pid", 2),
        ("tracee.pid == 1", 0),
    ] {
        assert_eq!(count(filter), expected, "{filter}");
    }
    assert_eq!(fields(&scene.out, &format!("tracee.container == \"{ID}\""), &["tracee.pid"]), vec![["601"]; 3]);
}

#[test]
fn hostile_names_are_one_word_and_move_nothing() {
    let name = b"a b\n\x1b[2J\xff\\x20 pid=1";
    let exe = "/tmp/\u{202e}gpj.exe\u{a0}x".as_bytes();
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, name, exe, 0);
        let packet = Sent::ip(CLIENT.context, 5, udp((1, 2), (1000, 2000), b"x"));
        capture.packet(&Sent { interface: b"eth0\x1b\xff zero", ..packet });
    });
    scene.write(&[]);
    let blocks = scene.blocks();
    let said = of_kind(&blocks, PACKET)[0].text(1).unwrap();
    assert_eq!(
        said,
        r"pid=501 tid=502 comm=a\x20b\x0a\x1b[2J\xff\\x20\x20pid=1 exe=/tmp/\xe2\x80\xaegpj.exe\xc2\xa0x owner_by=socket"
    );
    assert_eq!(of_kind(&blocks, INTERFACE)[0].text(2).unwrap(), r"eth0\x1b\xff\x20zero");
    let shown = fields(&scene.out, "tracee.pid == 501", &["tracee.pid", "tracee.owner_by"]);
    assert_eq!(shown, [["501", "socket"]]);
    assert_eq!(fields(&scene.out, "tracee.pid == 1", &["frame.number"]).len(), 0);
    assert_eq!(
        fields(&scene.out, r#"tracee.comm contains "a b" && tracee.comm contains "x20 pid=1""#, &["tracee.pid"]).len(),
        1
    );
    for (option, format) in [("table", "table"), ("csv", "csv"), ("json", "json")] {
        let printed = done(&["packets", text(&scene.capture), "--output", option]).0;
        assert!(!printed.contains('\x1b') || format == "csv", "{format}: {printed:?}");
    }
    assert_eq!(scene.json(&[])[0]["comm"], "a b\n\u{1b}[2J\\xff\\\\x20 pid=1");
}

#[test]
fn a_cut_packet_keeps_its_length() {
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        let long = udp((1, 2), (1000, 2000), &[7; 1200]);
        capture.packet(&Sent { kept: 60, gso_segs: 3, ..Sent::ip(CLIENT.context, 5, long.clone()) });
        capture.packet(&Sent { kept: 22, ..Sent::ip(CLIENT.context, 6, long.clone()) });
        capture.packet(&Sent { kept: 0, ..Sent::ip(CLIENT.context, 7, long) });
    });
    scene.write(&[]);
    let shown = fields(&scene.out, "", &["frame.len", "frame.cap_len", "udp.dstport"]);
    assert_eq!(shown, [["1228", "60", "2000"], ["1228", "22", ""], ["1228", "0", ""]]);
    let packets = scene.json(&[]);
    assert_eq!((&packets[0]["length"], &packets[0]["captured"]), (&1228.into(), &60.into()));
    assert_eq!(packets[0]["summary"], "1200 bytes");
    assert!(!packets[1]["problem"].is_null() && packets[1]["dst_port"].is_null());
    assert_eq!(packets[1]["dst"], "10.0.0.2");
    assert!(packets[2]["src"].is_null() && !packets[2]["problem"].is_null());
    let blocks = scene.blocks();
    let segmented = of_kind(&blocks, PACKET)[0];
    assert_eq!(segmented.option(2).unwrap(), (2u32 | 1 << 11).to_le_bytes());
    assert!(segmented.text(1).unwrap().ends_with(" gso_segs=3 gso_size=1448"));
}

#[test]
fn what_was_lost_is_told_exactly_and_of_no_interface() {
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        capture.packet(&Sent::ip(CLIENT.context, 500, udp((1, 2), (1000, 2000), b"x")));
        capture.lost_packets(5);
        capture.packet(&Sent::ip(CLIENT.context, 3_000, udp((1, 2), (1000, 2000), b"y")));
        capture.lost_packets(2);
    });
    let output =
        tracee(&["packets", text(&scene.capture), "-w", text(&scene.out), "--filter", "ts_ns > 1700000000000001000"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("7 packets lost"), "{output:?}");
    assert_eq!(fields(&scene.out, "", &["data.data"]), [["79"]]);
    let blocks = scene.blocks();
    let (interfaces, statistics) = (of_kind(&blocks, INTERFACE), of_kind(&blocks, STATISTICS));
    assert_eq!(interfaces[1].text(2).unwrap(), "lost");
    let [own, lost] = statistics[..] else { panic!("{}", statistics.len()) };
    let counts = |block: &pcapng::Block| [4, 5, 6, 8].map(|code| block.number(code));
    assert_eq!(counts(own), [Some(2), None, Some(1), Some(1)]);
    assert_eq!(counts(lost), [Some(7), Some(7), None, Some(0)]);
    assert_eq!((own.interface(), lost.interface()), (0, 1));
    let said = lost.text(1).unwrap();
    let first =
        "5 of CPU 0, sequence 2 to 6, 2023-11-14 22:13:20.000001 to 2023-11-14 22:13:20.000002 (no room in the ring)";
    assert!(said.starts_with(&format!("7 packets lost: {first}; 2 of CPU 0, sequence 8 to 9, ")), "{said}");
}

#[test]
fn a_split_has_a_file_for_each() {
    let by = |split: &str| {
        let scene = talk();
        let list = scene.write(&["--split", split]);
        let sum: u64 = list.iter().map(|row| row["packets"].as_u64().unwrap()).sum();
        assert_eq!(sum, 11);
        for row in &list {
            let file = PathBuf::from(row["file"].as_str().unwrap());
            assert_eq!(tshark(&file, &["-n"]).len() as u64, row["packets"].as_u64().unwrap(), "{row}");
        }
        (scene.files(), list)
    };
    let (files, list) = by("process");
    assert_eq!(files, ["out-501-curl.pcapng", "out-601-nginx.pcapng", "out-nobody.pcapng"]);
    assert_eq!(column(&list, "packets"), [6, 3, 2]);
    assert_eq!((&list[0]["host_pid"], &list[1]["container_id"]), (&501.into(), &ID.into()));
    let (files, _) = by("container");
    assert_eq!(files, ["out-3f4a00000000.pcapng", "out-host.pcapng", "out-nobody.pcapng"]);
    let (files, _) = by("command");
    assert_eq!(files, ["out-3f4a00000000-nginx.pcapng", "out-host-curl.pcapng", "out-nobody.pcapng"]);
}

#[test]
fn names_of_files_stay_in_their_directory_and_apart() {
    let scene = Scene::of(|capture| {
        for (number, name) in (0..).zip([&b"../../x"[..], b"x", b"", b".", b"x"]) {
            let pid = 500 + number as u32;
            let who = Who { context: number + 1, pid, tid: pid };
            capture.process(who, name, b"/x", 0);
            capture.packet(&Sent::ip(who.context, number, udp((1, 2), (1000, 2000), b"x")));
        }
    });
    scene.write(&["--split", "command"]);
    assert_eq!(
        scene.files(),
        ["out-host-unnamed.2.pcapng", "out-host-unnamed.pcapng", "out-host-x.2.pcapng", "out-host-x.pcapng"]
    );
}

#[test]
fn nothing_is_written_over_or_through_a_link() {
    let scene = talk();
    fs::write(&scene.out, "precious").unwrap();
    let command = ["packets", text(&scene.capture), "-w", text(&scene.out)];
    assert!(refused(&command).contains("exists already"));
    assert_eq!(fs::read(&scene.out).unwrap(), b"precious");
    fs::remove_file(&scene.out).unwrap();
    let target = scene.folder.path().join("target");
    symlink(&target, &scene.out).unwrap();
    assert!(refused(&command).contains("exists already"));
    assert!(!target.exists());
    fs::remove_file(&scene.out).unwrap();
    let missing = scene.folder.path().join("no/out.pcapng");
    assert!(refused(&["packets", text(&scene.capture), "-w", text(&missing)]).contains("cannot make"));
    // What was begun is removed when something stands in the way of a later one.
    fs::write(scene.folder.path().join("out-nobody.pcapng"), "precious").unwrap();
    refused(&[&command[..], &["--split", "process"]].concat());
    assert_eq!(scene.files(), ["out-nobody.pcapng"]);
    assert_eq!(fs::read(scene.folder.path().join("out-nobody.pcapng")).unwrap(), b"precious");
    let said = refused(&["packets", text(&scene.capture), "--split", "process"]);
    assert!(said.contains("--write"), "{said}");
    refused(&["packets", text(&scene.capture), "-w", "-", "--split", "process"]);
}

#[test]
fn standard_output_gets_the_same_bytes() {
    let scene = talk();
    scene.write(&[]);
    let output = tracee(&["packets", text(&scene.capture), "-w", "-"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(output.stdout == fs::read(&scene.out).unwrap());
}

#[test]
fn following_a_capture_that_is_over_gives_the_same() {
    let scene = talk();
    assert_eq!(scene.json(&["--follow"]), scene.json(&[]));
    scene.write(&["--follow"]);
    assert_eq!(fields(&scene.out, "", &["frame.comment"]).len(), 11);
    let followed = of_kind(&scene.blocks(), PACKET).iter().map(|packet| packet.body.clone()).collect::<Vec<_>>();
    fs::remove_file(&scene.out).unwrap();
    scene.write(&["--threads", "1"]);
    let whole = of_kind(&scene.blocks(), PACKET).iter().map(|packet| packet.body.clone()).collect::<Vec<_>>();
    assert!(followed == whole);
}

#[test]
fn without_packets_the_file_is_empty_and_this_is_said() {
    let scene = Scene::of(|capture| capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0));
    let (list, said) = done(&["packets", text(&scene.capture), "-w", text(&scene.out), "--output", "json"]);
    assert_eq!(rows(&list)[0]["packets"], 0);
    assert!(said.contains("no packets") && said.contains("--capture net"), "{said}");
    assert!(tshark(&scene.out, &[]).is_empty());
    assert!(refused(&["packets", "/no/such/capture"]).contains("/no/such/capture"));
}

/// A capture in which a client is told names in these packets, one after the other, and then talks to 10.0.0.2.
fn told(packets: &[Vec<u8>]) -> Scene {
    Scene::of(|capture| {
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        for (at, packet) in (0..).zip(packets) {
            capture.packet(&Sent { direction: 1, ..Sent::ip(CLIENT.context, at, packet.clone()) });
        }
        capture.packet(&Sent::ip(CLIENT.context, 1_000, tcp((1, 2), (40_000, 443), (2, 100, 0), b"")));
    })
}

/// The name that the last packet's receiver has.
fn named(scene: &Scene) -> Value {
    scene.json(&[]).last().unwrap()["dst_name"].clone()
}

const ADDRESS: Says<'_> = Says::Address([10, 0, 0, 2]);

#[test]
fn an_answer_of_dns_names_an_address_from_then_on() {
    let chain = [("www.example", Says::OtherName("cdn.example")), ("cdn.example", ADDRESS)];
    let query = udp((1, 9), (40_000, 53), &dns("www.example", &[]));
    let scene = told(&[query, udp((9, 1), (53, 40_000), &dns("www.example", &chain))]);
    let packets = scene.json(&[]);
    assert_eq!(column(&packets, "protocol"), ["DNS", "DNS", "TCP"]);
    assert_eq!(packets[0]["summary"], "query 0x1234, A www.example");
    assert_eq!(packets[1]["summary"], "response 0x1234, NOERROR, A www.example, CNAME cdn.example, 10.0.0.2");
    assert_eq!(column(&packets, "dst_name"), [&Value::Null, &Value::Null, &"www.example".into()]);
    assert_eq!(scene.json(&["--filter", "dst_name like '%.example'"]).len(), 1);
    // The file has it before the packet, also when the answer itself is not in it.
    scene.write(&["--filter", "protocol = 'TCP'"]);
    let blocks = scene.blocks();
    let kinds: Vec<u32> = blocks[1..].iter().map(|block| block.kind).collect();
    assert_eq!(kinds, [NAMES, INTERFACE, PACKET, STATISTICS]);
    assert_eq!(blocks[1].body, b"\x01\0\x10\0\x0a\0\0\x02www.example\0\0\0\0\0");
    assert_eq!(tshark(&scene.out, &["-N", "n", "-T", "fields", "-e", "ip.dst_host"]), ["www.example"]);
}

#[test]
fn names_come_in_segments_and_fragments_too() {
    let message = dns("www.example", &[("www.example", ADDRESS)]);
    let stream = [&(message.len() as u16).to_be_bytes()[..], &message].concat();
    let segment = |from: usize, bytes: &[u8]| tcp((9, 1), (53, 40_000), (24, 101 + from as u32, 1), bytes);
    let syn = tcp((9, 1), (53, 40_000), (18, 100, 1), b"");
    let late = [syn, segment(10, &stream[10..]), segment(0, &stream[..10])];
    assert_eq!(named(&told(&late)), "www.example");
    assert_eq!(named(&told(&late[..2])), Value::Null, "the beginning is missing");
    let [first, second] = fragments(&udp((9, 1), (53, 40_000), &message), 24);
    let scene = told(&[second.clone(), first.clone()]);
    assert_eq!(named(&scene), "www.example");
    assert_eq!(scene.json(&[])[1]["summary"].as_str().unwrap().split(',').next(), Some("fragment at 0 of 0x1"));
    assert_eq!(named(&told(&[first])), Value::Null);
    assert_eq!(named(&told(&[second])), Value::Null);
}

#[test]
fn what_was_not_asked_for_or_is_no_answer_names_nothing() {
    let answer = |message: &[u8], port: u16| named(&told(&[udp((9, 1), (port, 40_000), message)]));
    let honest = dns("www.example", &[("WWW.example", ADDRESS)]);
    assert_eq!(answer(&honest, 53), "www.example");
    assert_eq!(answer(&honest, 40_001), Value::Null, "from another port");
    assert_eq!(answer(&dns("www.example", &[("bank.example", ADDRESS)]), 53), Value::Null);
    let mut refused = honest.clone();
    refused[3] |= 3;
    assert_eq!(answer(&refused, 53), Value::Null);
    let mut query = honest.clone();
    query[2] &= 0x7f;
    assert_eq!(answer(&query, 53), Value::Null);
    let loops = [("www.example", Says::OtherName("www.example")), ("other.example", ADDRESS)];
    assert_eq!(answer(&dns("www.example", &loops), 53), Value::Null);
    for cut in 0..honest.len() {
        assert_eq!(answer(&honest[..cut], 53), Value::Null, "cut at {cut}");
    }
}

/// A small generator (xorshift), so that a failure comes again.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}

#[test]
fn broken_packets_are_rows_and_tshark_still_reads_the_file() {
    let mut random = Random(0x5eed);
    let scene = Scene::of(|capture| {
        capture.process(CLIENT, b"curl", b"/usr/bin/curl", 0);
        let good = [
            udp((1, 2), (53, 53), b"\x00\x01\x81\x80\0\x01\0\x01\0\0\0\0\x01a\0\0\x01\0\x01\xc0\x0c"),
            tcp((1, 2), (80, 81), (24, 1, 1), b"GET / HTTP/1.1\r\n"),
            echo((1, 2), 3, 1),
            udp6((1, 2), b"x"),
            ethernet(0x8100, &[0; 40]),
            arp(),
        ];
        for number in 0..2_000 {
            let mut bytes = good[random.next(good.len())].clone();
            for _ in 0..random.next(6) {
                let at = random.next(bytes.len());
                bytes[at] = random.next(256) as u8;
            }
            let kept = if random.next(3) == 0 { random.next(bytes.len() + 1) } else { bytes.len() };
            let types = [0x0800, 0x86dd, 0x0806, 0x88cc, 0, 0xffff_ffff];
            capture.packet(&Sent {
                kept,
                ethernet_type: types[random.next(types.len())],
                direction: random.next(4) as u64,
                owner_by: random.next(5) as u64,
                link: random.next(3) as u64,
                context: random.next(3) as u64,
                ..Sent::ip(0, number, bytes)
            });
        }
    });
    assert_eq!(scene.json(&[]).len(), 2_000);
    scene.write(&[]);
    assert_eq!(fields(&scene.out, "", &["frame.number"]).len(), 2_000);
}
