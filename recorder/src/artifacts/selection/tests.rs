//! Tests of the selection.

use super::filter::{Nature, fits};
use super::*;

fn parse(options: &[&str]) -> Result<Selection, String> {
    Selection::parse(&options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>())
}

fn file(path: &str, mode: u32) -> FileFacts {
    FileFacts { path: path.into(), mode, ctime_ns: 50, ..FileFacts::default() }
}

#[test]
fn stars_stand_for_any_bytes() {
    for (pattern, path) in [
        ("/tmp/*", "/tmp/a/b"),
        ("*.so", "/lib/x.so"),
        ("*a*b*", "/xaxbx"),
        ("/x", "/x"),
        ("*", ""),
        ("/a*b", "/abbb"),
        ("*x.so", "/x.so.x.so"),
    ] {
        assert!(fits(pattern.as_bytes(), path.as_bytes()), "{pattern} {path}");
    }
    for (pattern, path) in [("/tmp/*", "/var/tmp/x"), ("*.so", "/x.so.1"), ("/x", "/xy"), ("", "/"), ("/a*b*c", "/acb")]
    {
        assert!(!fits(pattern.as_bytes(), path.as_bytes()), "{pattern} {path}");
    }
    assert!(fits(b"/tmp/*\xff", b"/tmp/\xff\xff"));
    // Many stars cost no more than the product of both lengths.
    assert!(!fits(&b"*a".repeat(200), &[b'b'; 4000]));
}

#[test]
fn parts_must_all_hold_and_any_option_suffices() {
    let selection = parse(&["write:path=/tmp/*,path=/srv/*,fd=stdout,type=regular", "write:type=socket"]).unwrap();
    let asks = |facts: &FileFacts, fd| selection.asks_for(CaptureKind::Write, facts, Some(fd), 0).0;
    assert_eq!(asks(&file("/tmp/x", libc::S_IFREG), 1), Answer::Yes);
    assert_eq!(asks(&file("/srv/x", libc::S_IFREG), 1), Answer::Yes);
    assert_eq!(asks(&file("/tmp/x", libc::S_IFREG), 2), Answer::No);
    assert_eq!(asks(&file("/etc/x", libc::S_IFREG), 1), Answer::No);
    assert_eq!(asks(&file("/tmp/x", libc::S_IFIFO), 1), Answer::No);
    assert_eq!(asks(&file("socket:[1]", libc::S_IFSOCK), 9), Answer::Yes);
    assert_eq!(selection.asks_for(CaptureKind::Read, &file("/tmp/x", libc::S_IFREG), Some(1), 0).0, Answer::No);
    assert!(selection.wants(CaptureKind::Write) && !selection.wants(CaptureKind::Read));
}

#[test]
fn without_a_filter_programs_are_what_is_wanted_of_writes() {
    let selection = parse(&["write"]).unwrap();
    let Answer::When(nature) = selection.asks_for(CaptureKind::Write, &file("/x", libc::S_IFREG), Some(3), 0).0 else {
        panic!()
    };
    assert!(nature.executable && selection.is_about_content(CaptureKind::Write));
    assert_eq!(nature.begins_with(b"\x7fELF\x02"), Some(true));
    assert_eq!(nature.begins_with(b"#!/bin/sh"), Some(true));
    assert_eq!(nature.begins_with(b"plain"), Some(false));
    for too_little in [&b""[..], b"\x7f", b"\x7fEL", b"#"] {
        assert_eq!(nature.begins_with(too_little), None, "{too_little:?}");
    }
    assert_eq!(Nature { elf: true, ..Nature::default() }.begins_with(b"#!"), Some(false));
    assert_eq!(selection.asks_for(CaptureKind::Write, &file("pipe", libc::S_IFIFO), Some(1), 0).0, Answer::No);
    assert!(!parse(&["write:path=*"]).unwrap().is_about_content(CaptureKind::Write));
}

#[test]
fn new_files_are_those_changed_since_recording_began() {
    let selection = parse(&["write:new"]).unwrap();
    assert_eq!(selection.asks_for(CaptureKind::Write, &file("/x", libc::S_IFREG), Some(3), 50).0, Answer::Yes);
    assert_eq!(selection.asks_for(CaptureKind::Write, &file("/x", libc::S_IFREG), Some(3), 51).0, Answer::No);
}

#[test]
fn the_largest_limit_of_those_that_ask_holds() {
    let mut selection = parse(&["write:path=/a*,max=1K", "write:path=/ab*,max=2K", "mem:max=3K"]).unwrap();
    assert_eq!(selection.asks_for(CaptureKind::Write, &file("/a", libc::S_IFREG), Some(3), 0).1, 1024);
    assert_eq!(selection.asks_for(CaptureKind::Write, &file("/ab", libc::S_IFREG), Some(3), 0).1, 2048);
    assert_eq!(selection.most(CaptureKind::Memory), 3072);
    selection.limits.artifact = 100;
    assert_eq!(selection.asks_for(CaptureKind::Write, &file("/ab", libc::S_IFREG), Some(3), 0).1, 100);
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_what_would_be_right() {
    for (option, said) in [
        ("exce", "unknown kind \"exce\"; did you mean exec?"),
        ("zzz", "the kinds are exec, write, read, mem, module, bpf"),
        ("write:tpye=elf", "\"write:tpye=elf\", character 7: unknown filter \"tpye\"; did you mean type?"),
        ("write:path=/ä*,type=fifo", "character 16: unknown type \"fifo\"; it is one of elf, script"),
        ("write:fd=stdot", "did you mean stdout"),
        ("write:path=", "path needs a value, as in path=/tmp/*"),
        ("write:new=1", "new takes no value"),
        ("write:max=0", "zero"),
        ("write:max=ten", "like 4096"),
        ("write:", "unknown filter \"\""),
        ("mem:path=/x", "path does not go with mem; what does is max"),
        ("exec:type=pipe", "elf and script"),
    ] {
        let why = parse(&[option]).unwrap_err();
        assert!(why.contains(said), "{option}: {why}");
    }
}

#[test]
fn a_hold_is_a_list_of_words() {
    assert_eq!(Hold::parse("memfd,new").unwrap().bits(), 5);
    assert_eq!(Hold::parse("none").unwrap(), Hold::NONE);
    assert_eq!(Hold::parse("deleted, script,all").unwrap().words(), ["deleted", "script", "all"]);
    assert!(Hold::parse("none,new").unwrap_err().contains("alone"));
    assert!(Hold::parse("memfb").unwrap_err().contains("did you mean memfd?"));
    assert!(Hold::parse("").is_err());
    let exec = parse(&["exec"]).unwrap();
    assert_eq!(Hold::by_default(true, &exec).bits(), 15);
    assert_eq!(Hold::by_default(false, &exec), Hold::NONE);
    assert_eq!(Hold::by_default(true, &parse(&["write"]).unwrap()), Hold::NONE);
}

#[test]
fn the_manifest_has_the_options_as_written() {
    let selection = parse(&["write:type=elf", "exec"]).unwrap();
    assert_eq!(selection.to_json()["capture"], json!(["write:type=elf", "exec"]));
    assert_eq!(selection.to_json()["artifact_max_bytes"], 256 << 20);
}

#[test]
fn packets_are_asked_for_by_how_much_of_each_is_kept() {
    let length = |option: &str| parse(&[option]).map(|selection| selection.packets().map(|packets| packets.length));
    assert_eq!(length("net"), Ok(Some(SnapLength::Headers)));
    assert_eq!(length("net:snaplen=headers,events"), Ok(Some(SnapLength::Headers)));
    assert_eq!(length("net:snaplen=96"), Ok(Some(SnapLength::Bytes(96))));
    assert_eq!(length("net:snaplen=max"), Ok(Some(SnapLength::Bytes(65535))));
    assert_eq!(length("exec"), Ok(None));
    assert!(parse(&["net"]).unwrap().is_empty() && parse(&["net"]).unwrap().wants(CaptureKind::Net));
}

#[test]
fn a_filter_of_packets_may_stand_in_quotes() {
    for option in
        ["net:filter='tcp port 80'", "net:filter=\"tcp port 80\",events", "net:snaplen=9,filter=tcp port 80,events"]
    {
        let selection = parse(&[option]).unwrap();
        assert_eq!(selection.packets().unwrap().filter.as_ref().unwrap().steps.len(), 3, "{option}");
        assert_eq!(selection.to_json()["packets"]["filter"], "tcp port 80", "{option}");
        assert_eq!(selection.to_json()["packets"]["events"], option.ends_with("events"), "{option}");
    }
    assert_eq!(
        parse(&["net"]).unwrap().to_json()["packets"],
        json!({ "snaplen": "headers", "filter": null, "events": false })
    );
    assert!(parse(&["exec"]).unwrap().to_json()["packets"].is_null());
}

#[test]
fn what_packets_cannot_be_asked_for_is_told_with_its_place() {
    let cases = [
        ("net:snaplen=0", "character 5: snaplen is headers, max, or a number of bytes from 1 to 65535"),
        ("net:snaplen=65536", "character 5: snaplen is headers, max"),
        ("net:snaplen", "character 5: snaplen is headers, max"),
        ("net:events,snaplan=9", "character 12: "),
        ("net:snaplen=9,filter='hots 1.2.3.4'", "character 23: unknown word \"hots\"; did you mean host?"),
        ("net:filter=tcp,snaplan=9", "character 16: "),
        ("net:filter=\"ip, tcp\",events", "character 13: unknown word \"ip,\""),
        ("net:filter='äö tcp'", "character 13: unknown word"),
        ("net:filter='tcp and äö'", "character 21: unknown word"),
        ("net:filter='tcp", "character 12: the quote that begins here does not end"),
        ("net:filter='tcp'x", "character 17: after a quote comes a comma"),
        ("net:filter=''", "character 13: a condition is missing"),
        ("net:filter", "character 5: filter needs an expression"),
        ("net:filter=tcp,filter=udp", "character 16: there can be one filter"),
        ("net:events=all", "character 5: events takes no value"),
    ];
    for (option, expected) in cases {
        let error = parse(&[option]).unwrap_err();
        assert!(error.contains(expected), "{option}: {error}");
    }
    assert!(parse(&["net", "net:events"]).unwrap_err().contains("once"));
}
