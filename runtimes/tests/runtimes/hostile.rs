//! Sockets that hang, lie, or never stop: each a warning, within the time and the memory that are allowed.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use runtimes::{Answer, Endpoint, Kind, Limits, MAX_LABELS, MAX_WARNING_BYTES, Runtimes, Trouble};

use crate::runtimes::cri::WEB;
use crate::runtimes::cri_messages::{Container, ContainerStatus, ContainerStatusResponse, Containers, Version};
use crate::runtimes::docker::{ID, VERSION, inspected, listed};
use crate::runtimes::stand_in::{Called, Reply, StandIn};

const TIME: Duration = Duration::from_millis(700);
/// What may come on top of the time: two cores that are busy with other tests.
const SLACK: Duration = Duration::from_millis(1500);
/// What questions may make the asking process grow by: an answer is 4 MiB at most, and a buffer doubles while it grows.
const MEMORY_KIB: usize = 40 << 10;
/// Tells the asking process what to ask.
const ASK: &str = "TRACEE_TEST_ASK";

fn limits() -> Limits {
    Limits { time: TIME, ..Limits::default() }
}

fn most_memory_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Asks everything in turn and checks what holds whatever the other side does.
fn asked(runtimes: &Runtimes, id: &str) -> [Answer; 3] {
    asked_within(runtimes, id, TIME)
}

fn asked_within(runtimes: &Runtimes, id: &str, time: Duration) -> [Answer; 3] {
    let questions: [&dyn Fn() -> Answer; 3] =
        [&|| runtimes.list(), &|| runtimes.describe(id, None), &|| runtimes.find("one")];
    questions.map(|question| {
        let started = Instant::now();
        let answer = question();
        assert!(started.elapsed() < time + SLACK, "{:?}: {:?}", started.elapsed(), answer.warnings);
        for warning in &answer.warnings {
            assert!(
                warning.text.len() <= MAX_WARNING_BYTES && !warning.text.chars().any(char::is_control),
                "{warning}"
            );
        }
        answer
    })
}

/// Asks from a process of its own, whose memory is that of the asking side alone.
fn assert_memory(stand_in: &StandIn, kind: Kind, id: &str) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "runtimes::hostile::asks_as_it_is_told"])
        .env(ASK, format!("{id} {}:{}", kind.name(), stand_in.path().display()))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "a part of other tests, which start it"]
fn asks_as_it_is_told() {
    let Ok(ask) = std::env::var(ASK) else { return };
    let (id, endpoint) = ask.split_once(' ').unwrap();
    let runtimes = Runtimes::new(vec![Endpoint::parse(endpoint).unwrap()], limits());
    let before_kib = most_memory_kib();
    asked(&runtimes, id);
    let grown_kib = most_memory_kib() - before_kib;
    println!("grew by {grown_kib} KiB");
    assert!(grown_kib < MEMORY_KIB, "{grown_kib} KiB");
}

fn assert_trouble(stand_in: &StandIn, kind: Kind, id: &str, troubles: &[Trouble]) {
    assert_trouble_of(asked(&stand_in.within(kind, limits()), id), troubles);
}

fn assert_trouble_of(answers: [Answer; 3], troubles: &[Trouble]) {
    for answer in answers {
        assert_eq!(answer.containers, [], "{:?}", answer.warnings);
        let [warning] = &answer.warnings[..] else { panic!("{:?}", answer.warnings) };
        assert!(troubles.contains(&warning.trouble), "{warning:?}");
        assert!(warning.endpoint.ends_with("a.sock"));
    }
}

const KINDS: [Kind; 2] = [Kind::Docker, Kind::Cri];

#[test]
fn one_that_accepts_and_hangs_costs_the_time_and_no_more() {
    for kind in KINDS {
        let hanging = StandIn::raw(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
        assert_trouble(&hanging, kind, ID, &[Trouble::TimedOut]);
    }
}

#[test]
fn one_that_closes_at_once_is_unreachable() {
    for kind in KINDS {
        assert_trouble(&StandIn::raw(drop), kind, ID, &[Trouble::Unreachable]);
    }
}

#[test]
fn what_is_no_socket_or_not_there_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "").unwrap();
    let dead = directory.path().join("dead");
    drop(UnixListener::bind(&dead).unwrap());
    for kind in KINDS {
        for path in [&path, &dead, &directory.path().join("missing"), &directory.path().to_owned()] {
            let answer = Runtimes::new(vec![Endpoint::new(kind, path)], limits()).list();
            assert_eq!(answer.warnings[0].trouble, Trouble::Unreachable, "{answer:?}");
        }
    }
    let answer = Runtimes::new(vec![Endpoint::new(Kind::Runc, &path)], limits()).list();
    assert_eq!(answer.warnings[0].text, "it is no directory");
}

#[test]
fn a_full_backlog_does_not_hang() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    let mut waiting = Vec::new();
    // As many as fit; a blocking connect would wait here, which is what the asking side must not do.
    let runtimes =
        Runtimes::new(vec![Endpoint::new(Kind::Docker, &path)], Limits { time: Duration::from_millis(50), ..limits() });
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        while let Ok(stream) = UnixStream::connect(&path) {
            if sender.send(stream).is_err() {
                return;
            }
        }
    });
    while let Ok(stream) = receiver.recv_timeout(Duration::from_millis(300)) {
        waiting.push(stream);
    }
    let started = Instant::now();
    let answer = runtimes.list();
    assert!(started.elapsed() < SLACK);
    assert!(!answer.warnings.is_empty(), "after {} connections", waiting.len());
}

/// Reads a request's head, then writes the parts without end.
fn endless(head: &'static str, part: Vec<u8>) -> StandIn {
    StandIn::raw(move |mut stream| {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let mut result = stream.write_all(head.as_bytes());
        for _ in 0..(1 << 30) / part.len() {
            if result.is_err() {
                return;
            }
            result = stream.write_all(&part);
        }
    })
}

#[test]
fn a_gigabyte_is_read_no_further_than_allowed() {
    let megabyte = || vec![b' '; 1 << 20];
    let chunk = || [b"100000\r\n", &megabyte()[..], b"\r\n"].concat();
    let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let told: &'static str = format!("{json}Content-Length: 1073741824\r\n\r\n").leak();
    let chunked: &'static str = format!("{json}Transfer-Encoding: chunked\r\n\r\n").leak();
    let until_closed: &'static str = format!("{json}\r\n").leak();
    for stand_in in [endless(told, megabyte()), endless(chunked, chunk()), endless(until_closed, megabyte())] {
        assert_trouble(&stand_in, Kind::Docker, ID, &[Trouble::TooLarge]);
        assert_memory(&stand_in, Kind::Docker, ID);
    }
    let header = b"X-More: 0123456789\r\n".to_vec();
    let troubles = [Trouble::NotUnderstood, Trouble::TimedOut, Trouble::Unreachable];
    let headers = endless("HTTP/1.1 200 OK\r\n", header);
    assert_trouble(&headers, Kind::Docker, ID, &troubles);
    assert_memory(&headers, Kind::Docker, ID);
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
    assert_trouble(&endless("", interim), Kind::Docker, ID, &troubles);
    assert_trouble(&endless("", megabyte()), Kind::Cri, ID, &troubles);
    // Settings and pings of HTTP/2, each of which wants an answer.
    let pings = [&[0, 0, 8, 6, 0, 0, 0, 0, 0][..], &[7; 8]].concat().repeat(4096);
    let pings = endless("\0\0\0\x04\0\0\0\0\0", pings);
    assert_trouble(&pings, Kind::Cri, ID, &troubles);
    assert_memory(&pings, Kind::Cri, ID);
}

#[test]
fn a_large_grpc_message_is_refused() {
    let large = StandIn::grpc(|_, _| Called::bytes(vec![0; 64 << 20]));
    // The size is what is refused, however long a busy machine takes to get there.
    let time = Duration::from_secs(30);
    let runtimes = large.within(Kind::Cri, Limits { time, ..Limits::default() });
    assert_trouble_of(asked_within(&runtimes, WEB, time), &[Trouble::TooLarge]);
    assert_memory(&large, Kind::Cri, WEB);
}

#[test]
fn a_byte_a_second_does_not_stretch_the_time() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    for kind in KINDS {
        let slow = StandIn::raw(move |mut stream| {
            for byte in head {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        assert_trouble(&slow, kind, ID, &[Trouble::TimedOut, Trouble::NotUnderstood, Trouble::Unreachable]);
    }
}

#[test]
fn a_hanging_endpoint_does_not_keep_the_others_from_answering() {
    let hanging = StandIn::raw(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let good = StandIn::http(|target| match target {
        "/version" => Reply::json(VERSION),
        "/containers/json?all=1" => Reply::json(format!("[{}]", listed(ID, "one"))),
        _ => Reply::missing(),
    });
    let endpoints = vec![
        Endpoint::new(Kind::Docker, hanging.path()),
        Endpoint::new(Kind::Cri, hanging.path()),
        Endpoint::new(Kind::Docker, good.path()),
    ];
    let started = Instant::now();
    let answer = Runtimes::new(endpoints, limits()).list();
    assert!(started.elapsed() < TIME + SLACK);
    assert_eq!((answer.containers.len(), answer.warnings.len()), (1, 2));
}

#[test]
fn a_list_is_kept_when_the_details_hang() {
    let list = format!("[{},{}]", listed(ID, "one"), listed(WEB, "two"));
    let stand_in = StandIn::http(move |target| match target {
        "/version" => Reply::json(VERSION),
        "/containers/json?all=1" => Reply::json(&*list),
        _ => {
            std::thread::sleep(TIME * 2);
            Reply::missing()
        }
    });
    let answer = stand_in.within(Kind::Docker, limits()).list();
    assert_eq!((answer.containers.len(), answer.warnings[0].trouble), (2, Trouble::TimedOut));
    assert_eq!(answer.containers[0].name.as_deref(), Some("one"));
}

fn docker(list: impl Into<String>, one: impl Into<String>) -> StandIn {
    let (list, one) = (list.into(), one.into());
    StandIn::http(move |target| match target {
        "/version" => Reply::json(VERSION),
        "/containers/json?all=1" => Reply::json(&*list),
        _ if target.starts_with("/images/") => Reply::missing(),
        _ => Reply::json(&*one),
    })
}

#[test]
fn garbage_instead_of_json_is_not_understood() {
    let deep = "[".repeat(1 << 20);
    let deep_inside = format!("[{{\"Id\":\"{ID}\",\"X\":{}", "{\"a\":".repeat(1 << 18));
    for garbage in ["", "null and", "{}}", "[1,2]", "\u{feff}[]", &deep, &deep_inside] {
        let stand_in = docker(garbage, garbage);
        let mut answers = asked(&stand_in.within(Kind::Docker, limits()), ID).into_iter();
        assert!(
            answers.all(|answer| answer.containers.is_empty() && answer.warnings[0].trouble == Trouble::NotUnderstood)
        );
    }
    let page = || Reply { content_type: "text/html", ..Reply::json("<html>\x1b]0;x\x07") };
    assert_trouble(&StandIn::http(move |_| page()), Kind::Docker, ID, &[Trouble::NotUnderstood]);
    let no = |target: &str| match target {
        "/version" => Reply::json(VERSION),
        _ => Reply { status: 500, ..Reply::json("{\"message\":\"\\u001b[31mno\\nreally\"}") },
    };
    let stand_in = StandIn::http(no);
    assert_trouble(&stand_in, Kind::Docker, ID, &[Trouble::Refused]);
    let words = stand_in.runtimes(Kind::Docker).list().warnings[0].text.clone();
    assert_eq!(words, r"500 to /containers/json?all=1: \u{1b}[31mno\u{a}really");
}

#[test]
fn garbage_instead_of_grpc_is_not_understood() {
    let version = || Called::message(Version { runtime_name: "containerd".to_owned(), ..Default::default() });
    let lies: [fn() -> Called; 6] = [
        || Called::bytes(vec![0xff; 4096]),
        || Called { content_type: "application/json", ..Called::bytes(Vec::new()) },
        || Called { status: None, ..Called::bytes(Vec::new()) },
        || Called { prefix: vec![1, 0, 0, 0, 0], ..Called::bytes(Vec::new()) },
        || Called { prefix: vec![0, 0xff, 0xff, 0xff, 0xff], ..Called::bytes(Vec::new()) },
        || Called { prefix: Vec::new(), ..Called::bytes(Vec::new()) },
    ];
    for lie in lies {
        assert_trouble(&StandIn::grpc(move |_, _| lie()), Kind::Cri, WEB, &[Trouble::NotUnderstood]);
        let stand_in = StandIn::grpc(move |method, _| if method.ends_with("/Version") { version() } else { lie() });
        assert_trouble(&stand_in, Kind::Cri, WEB, &[Trouble::NotUnderstood]);
    }
    assert_trouble(&StandIn::grpc(|_, _| Called::failed("13")), Kind::Cri, WEB, &[Trouble::Refused]);
    // One speaks HTTP/1.1 where gRPC was expected, the other the reverse.
    let crossed = [Trouble::NotUnderstood, Trouble::Unreachable];
    assert_trouble(&StandIn::http(|_| Reply::json("{}")), Kind::Cri, WEB, &crossed);
    assert_trouble(&StandIn::grpc(|_, _| Called::failed("0")), Kind::Docker, ID, &crossed);
}

#[test]
fn an_answer_about_another_container_is_a_lie() {
    let other = "9".repeat(64);
    let stand_in = docker("[]", inspected(&other, "one"));
    let answer = stand_in.within(Kind::Docker, limits()).describe(ID, None);
    assert_eq!((answer.containers.len(), answer.warnings[0].trouble), (0, Trouble::WrongId));
    assert_eq!(answer.warnings[0].text, format!("asked about {ID}, it answers about {other}"));

    let stand_in = StandIn::grpc(move |method, _| match method.rsplit('/').next().unwrap() {
        "Version" => Called::message(Version::default()),
        _ => Called::message(ContainerStatusResponse {
            status: Some(ContainerStatus { id: other.clone(), ..Default::default() }),
            ..Default::default()
        }),
    });
    let answer = stand_in.within(Kind::Cri, limits()).describe(WEB, None);
    assert_eq!((answer.containers.len(), answer.warnings[0].trouble), (0, Trouble::WrongId));

    for id in ["../../etc/passwd", "", "a\\u0000b", "\\u001b[2J"] {
        let stand_in = docker(format!("[{},{}]", listed(id, "bad"), listed(ID, "one")), inspected(ID, "one"));
        let answer = stand_in.within(Kind::Docker, limits()).list();
        assert_eq!((answer.containers.len(), answer.warnings[0].trouble), (1, Trouble::NotUnderstood), "{id}");
    }
}

#[test]
fn escapes_in_names_stay_data_and_long_ones_are_marked() {
    let name = "\\u001b]0;owned\\u0007\\u202e";
    let long = "x".repeat(100_000);
    let one = inspected(ID, name).replace("busybox:test", &long);
    let stand_in = docker(format!("[{}]", listed(ID, name)), one);
    let answer = stand_in.within(Kind::Docker, limits()).describe(ID, None);
    let [told] = &answer.containers[..] else { panic!("{answer:?}") };
    assert_eq!(told.name.as_deref(), Some("\x1b]0;owned\x07\u{202e}"));
    assert_eq!(told.image.as_ref().map(String::len), Some(runtimes::MAX_TEXT_BYTES));
    assert_eq!(told.cut.iter().copied().collect::<Vec<_>>(), ["image"]);
}

#[test]
fn labels_in_the_ten_thousands_are_bounded_and_marked() {
    let many: Vec<String> = (0..40_000).map(|n| format!("\"label-{n}\":\"value\"")).collect();
    let labels = format!("\"Labels\":{{{}}}", many.join(","));
    let one = inspected(ID, "one").replace(r#""Labels":{"a.b":"c"}"#, &labels);
    assert!(one.len() > 500_000);
    let stand_in = docker("[]", one);
    let answer = stand_in.within(Kind::Docker, limits()).describe(ID, None);
    assert_eq!(answer.warnings, []);
    assert_eq!(answer.containers[0].labels.len(), MAX_LABELS);
    assert!(answer.containers[0].cut.contains("labels"));

    let stand_in = StandIn::grpc(|method, _| match method.rsplit('/').next().unwrap() {
        "Version" => Called::message(Version::default()),
        "ListContainers" => {
            let labels = (0..40_000).map(|n| (format!("label-{n}"), "value".to_owned())).collect();
            Called::message(Containers {
                containers: vec![Container { id: WEB.to_owned(), labels, ..Default::default() }],
            })
        }
        "ListPodSandbox" => Called::bytes(Vec::new()),
        _ => Called::failed("5"),
    });
    let answer = stand_in.within(Kind::Cri, limits()).list();
    assert_eq!(answer.containers[0].labels.len(), MAX_LABELS);
    assert!(answer.containers[0].cut.contains("labels"));
}

#[test]
fn containers_without_number_are_bounded_in_number_and_memory() {
    // Two bytes each: as structures they would be hundreds of megabytes.
    let empty = StandIn::grpc(|method, _| match method.rsplit('/').next().unwrap() {
        "Version" => Called::message(Version::default()),
        "ListPodSandbox" => Called::bytes(Vec::new()),
        "ListContainers" => Called::bytes([0x0a, 0x00].repeat(2_000_000)),
        _ => Called::failed("5"),
    });
    let [list, ..] = asked(&empty.within(Kind::Cri, limits()), WEB);
    assert_eq!(list.containers, []);
    assert!(list.warnings.len() <= 8, "{}", list.warnings.len());
    assert_memory(&empty, Kind::Cri, WEB);

    let many: Vec<String> = (0..6000).map(|n| format!("{{\"Id\":\"{n:064}\"}}")).collect();
    let many = docker(format!("[{}]", many.join(",")), "{}");
    let few = Limits { containers: 100, ..limits() };
    let answer = many.within(Kind::Docker, few).list();
    assert_eq!(answer.containers.len(), 100);
    assert!(answer.warnings.iter().any(|warning| warning.trouble == Trouble::Incomplete), "{:?}", answer.warnings);
    let answer = many.within(Kind::Docker, limits()).list();
    assert_eq!(answer.containers.len(), runtimes::MAX_CONTAINERS);

    let braces = docker(format!("[{}{{}}]", "{},".repeat(1_300_000)), "{}");
    let [list, ..] = asked(&braces.within(Kind::Docker, limits()), ID);
    assert_eq!(list.warnings[0].trouble, Trouble::NotUnderstood);
    let nulls = docker(format!("[{}null]", "null,".repeat(800_000)), "{}");
    assert_memory(&nulls, Kind::Docker, ID);
    let named = format!("{{\"Id\":\"{ID}\",\"Names\":[{}\"\"]}}", "\"\",".repeat(1_300_000));
    assert_memory(&docker(format!("[{named}]"), named), Kind::Docker, ID);
}
