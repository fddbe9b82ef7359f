//! Tests of the tracker: this process is the one that writes.

use std::fs;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use formats::artifact::content_flags::LAST_CLOSE;

use super::*;
use crate::artifacts::selection::Limits;
use crate::artifacts::testing::{Put, Sink, sha256};
use crate::artifacts::told::{Teller, channel};

struct Bench {
    sink: Sink,
    store: Store,
    teller: Teller,
    replies: Replies,
    contexts: Contexts,
    thread: Option<std::thread::JoinHandle<()>>,
    at_ns: u64,
}

impl Bench {
    fn new(options: &[&str]) -> Bench {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let sink = Sink::default();
        let selection = Arc::new(Selection::parse(&options).unwrap());
        let store = Store::new(Limits::default(), None, sink.put());
        let (teller, told, replies) = channel(&store);
        let contexts = Contexts::default();
        let tracker = Tracker::new(selection, store.clone(), contexts.clone(), replies.clone(), 0);
        let thread = Some(std::thread::spawn(move || tracker.run(&told)));
        Bench { sink, store, teller, replies, contexts, thread, at_ns: 0 }
    }

    fn note(&mut self, object: u64, way: ContentWay, facts: Option<FileFacts>) -> PieceNote {
        self.at_ns = crate::clock::boot_ns().max(self.at_ns + 1);
        PieceNote {
            at_ns: self.at_ns,
            context: 0,
            tid: unsafe { libc::gettid() } as u32,
            object,
            offset: 0,
            size: 0,
            stream: 1,
            address: 0,
            fd: -1,
            kind: ContentKind::Write.number(),
            way: way.number(),
            flags: 0,
            facts: facts.map(Arc::new),
            length: 0,
            digest: None,
            is_stored: false,
            data: None,
        }
    }

    fn tell(&self, note: PieceNote) {
        self.teller.tell(Told::Piece(Box::new(note)));
    }

    /// Tells of a write; with `keep` the bytes are those of a frame that is kept.
    fn write(&mut self, object: u64, facts: FileFacts, fd: i32, offset: i64, bytes: &[u8], keep: bool) {
        let digest = *blake3::hash(bytes).as_bytes();
        if keep {
            self.store.piece((1, 1), &digest, bytes);
        }
        let data = self.teller.copy(bytes);
        let note = self.note(object, ContentWay::Buffer, Some(facts));
        let (size, digest) = (bytes.len() as u64, Some(digest));
        self.tell(PieceNote { fd, offset, size, length: size, digest, is_stored: keep, data, ..note });
    }

    fn close(&mut self, object: u64, facts: FileFacts) {
        let note = self.note(object, ContentWay::Close, Some(facts));
        self.tell(PieceNote { flags: LAST_CLOSE, fd: 3, ..note });
    }

    fn finish(&mut self) -> Vec<Put> {
        self.teller.tell(Told::Finish);
        self.thread.take().unwrap().join().unwrap();
        self.sink.sources()
    }
}

fn facts(path: &Path) -> FileFacts {
    let is = fs::metadata(path).unwrap();
    FileFacts {
        path: path.as_os_str().as_encoded_bytes().to_vec(),
        dev: libc::major(is.dev()) << 20 | libc::minor(is.dev()),
        inode: is.ino(),
        mode: is.mode(),
        size: 0,
        ..FileFacts::default()
    }
}

fn way(put: &Put) -> ArtifactWay {
    ArtifactWay::from_number(put.number("way") as u32).unwrap()
}

const ELF: &[u8] = b"\x7fELF and the rest of a program";

#[test]
fn a_file_that_is_open_is_pinned_and_taken_at_the_last_close() {
    let mut bench = Bench::new(&["write:path=*"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let of = facts(file.path());
    let handle = file.as_file();
    handle.write_all_at(b"hello ", 0).unwrap();
    handle.write_all_at(b"world", 6).unwrap();
    bench.write(1, of.clone(), handle.as_raw_fd(), 0, b"hello ", true);
    bench.write(1, of.clone(), handle.as_raw_fd(), 6, b"world", true);
    bench.close(1, of.clone());
    let first = bench.sink.wait_for_sources(1);
    assert_eq!((way(&first[0]), first[0].content.as_deref()), (ArtifactWay::Pinned, Some(&b"hello world"[..])));
    assert_eq!(first[0].sha256, Some(sha256(b"hello world")));
    assert!(first[0].has(artifact_flags::COMPLETE) && !first[0].has(artifact_flags::RACED));
    assert_eq!(first[0].number("host_pid"), u64::from(std::process::id()));
    assert!(bench.replies.take().contains(&(1, Reply::Open)));
    bench.close(1, of.clone());
    handle.write_all_at(b"W", 6).unwrap();
    bench.write(2, of.clone(), handle.as_raw_fd(), 6, b"W", true);
    bench.close(2, of);
    let all = bench.finish();
    assert_eq!(all.iter().map(|put| put.number("version")).collect::<Vec<_>>(), [1, 2], "a close alone is no version");
    assert_eq!(all[1].content.as_deref(), Some(&b"hello World"[..]));
}

#[test]
fn a_file_that_was_closed_is_found_by_its_path_if_it_is_the_same() {
    let mut bench = Bench::new(&["write:path=*"]);
    let directory = tempfile::tempdir().unwrap();
    let (here, gone) = (directory.path().join("here"), directory.path().join("gone"));
    fs::write(&here, "still here").unwrap();
    fs::write(&gone, "was here").unwrap();
    let (of_here, of_gone) = (facts(&here), facts(&gone));
    fs::rename(&gone, directory.path().join("elsewhere")).unwrap();
    fs::write(&gone, "something else").unwrap();
    bench.write(1, of_here.clone(), 999, 0, b"still here", true);
    bench.close(1, of_here);
    bench.write(2, of_gone.clone(), 999, 0, b"was ", true);
    bench.write(2, of_gone.clone(), 999, 4, b"here", true);
    bench.close(2, of_gone);
    let all = bench.finish();
    assert_eq!((way(&all[0]), all[0].content.as_deref()), (ArtifactWay::Path, Some(&b"still here"[..])));
    assert_eq!((way(&all[1]), all[1].content.as_deref()), (ArtifactWay::Pieces, Some(&b"was here"[..])));
    assert_eq!(all[1].sha256, Some(sha256(b"was here")));
    assert!(all.iter().all(|put| put.has(artifact_flags::COMPLETE) && put.why.is_none()));
}

#[test]
fn another_file_with_the_same_number_is_not_taken_for_it() {
    let mut bench = Bench::new(&["write:path=*"]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x");
    fs::write(&path, "first").unwrap();
    let of = facts(&path);
    bench.write(1, of.clone(), 999, 0, b"first", true);
    // This is what the tracker finds when it comes too late: the file system gave the number to another file.
    let mut late = Tracked::new(Arc::new(of.clone()), ContentKind::Write);
    let mut note = bench.note(1, ContentWay::Buffer, Some(of));
    note.at_ns -= 2_000_000_000;
    late.piece(&note, Answer::Yes, u64::MAX, &Budget::new(0));
    assert!(!late.open(None), "it is younger than what was written to it");
    note.at_ns += 2_000_000_000;
    let mut in_time = Tracked::new(note.facts.clone().unwrap(), ContentKind::Write);
    in_time.piece(&note, Answer::Yes, u64::MAX, &Budget::new(0));
    assert!(in_time.open(None));
    bench.finish();
}

#[test]
fn what_cannot_be_put_together_is_missing_and_said_to_be() {
    let mut bench = Bench::new(&["write:path=*"]);
    let of = FileFacts { path: b"/no/such/file".into(), dev: 1, inode: 2, mode: libc::S_IFREG, ..FileFacts::default() };
    bench.write(1, of.clone(), 999, 0, &[b'a'; 100], true);
    // A later write cuts the first in two, and a part of the file came by no buffer.
    bench.write(1, of.clone(), 999, 40, &[b'b'; 20], true);
    let note = bench.note(1, ContentWay::Transfer, Some(of.clone()));
    bench.tell(PieceNote { offset: 100, size: 50, ..note });
    bench.write(1, of.clone(), 999, 200, &[b'c'; 10], true);
    bench.close(1, of);
    let all = bench.finish();
    let content = all[0].content.as_ref().unwrap();
    assert_eq!((content.len(), &content[38..42], all[0].number("missing")), (210, &b"aabb"[..], 100));
    assert!(!all[0].has(artifact_flags::COMPLETE) && all[0].sha256.is_none() && all[0].why.is_some());
}

#[test]
fn of_a_file_that_was_opened_anew_and_empty_nothing_is_put_together() {
    let mut bench = Bench::new(&["write:path=*"]);
    let path = b"/no/such/file".to_vec();
    let of = FileFacts { path, dev: 1, inode: 2, mode: libc::S_IFREG, size: 100, ..FileFacts::default() };
    bench.write(1, of.clone(), 999, 0, &[b'a'; 100], true);
    // Who opens it now finds it empty: whether that was before or after the write, nobody has told.
    bench.write(2, FileFacts { size: 0, ..of.clone() }, 999, 50, &[b'b'; 100], true);
    bench.close(1, of.clone());
    bench.close(2, of);
    let all = bench.finish();
    assert!(all.iter().all(|put| !put.has(artifact_flags::COMPLETE) && put.sha256.is_none() && put.why.is_some()));
}

#[test]
fn of_what_is_written_programs_are_kept() {
    let mut bench = Bench::new(&["write"]);
    let directory = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, content) in
        [("elf", ELF), ("text", b"text"), ("script", b"#!/bin/sh\n"), ("late", b"late"), ("run", b"run")]
    {
        let path = directory.path().join(name);
        fs::write(&path, content).unwrap();
        files.push((path, content));
    }
    for (object, (path, content)) in (1..).zip(&files) {
        bench.write(object, facts(path), 999, 0, content, false);
        bench.close(object, facts(path));
    }
    assert_eq!(bench.sink.wait_for_sources(2).len(), 2);
    let late = &files[3].0;
    fs::set_permissions(late, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let of = facts(&files[4].0);
    bench.teller.tell(Told::Executed(of.dev, of.inode));
    let all = bench.finish();
    let mut names: Vec<&[u8]> = all.iter().map(|put| put.path.rsplit(|&byte| byte == b'/').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, [&b"elf"[..], b"late", b"run", b"script"]);
}

#[test]
fn a_buffer_that_changed_after_the_write_is_told() {
    let mut bench = Bench::new(&["write:path=*"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all_at(b"what the file has", 0).unwrap();
    bench.write(1, facts(file.path()), file.as_raw_fd(), 0, b"what memory had..", true);
    let all = bench.finish();
    assert!(all[0].has(artifact_flags::RACED) && all[0].has(artifact_flags::COMPLETE));
    assert_eq!(all[0].content.as_deref(), Some(&b"what the file has"[..]));
}

#[test]
fn what_a_process_wrote_is_taken_at_its_end() {
    let mut bench = Bench::new(&["write:path=*"]);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"never closed").unwrap();
    bench.write(1, facts(file.path()), file.as_raw_fd(), 0, b"never closed", true);
    bench.teller.tell(Told::Exited(std::process::id()));
    let all = bench.sink.wait_for_sources(1);
    assert_eq!(all[0].content.as_deref(), Some(&b"never closed"[..]));
    assert_eq!(bench.finish().len(), 1, "and not again");
}

#[test]
fn what_an_object_is_may_be_told_later() {
    let mut bench = Bench::new(&["write:path=*wanted*"]);
    let file = tempfile::Builder::new().prefix("wanted").tempfile().unwrap();
    file.as_file().write_all_at(b"abc", 0).unwrap();
    for object in [1, 2] {
        let note = bench.note(object, ContentWay::Buffer, None);
        let data = bench.teller.copy(b"abc");
        let digest = Some(*blake3::hash(b"abc").as_bytes());
        bench.tell(PieceNote { size: 3, length: 3, digest, data, ..note });
    }
    bench.teller.tell(Told::Facts(1, Arc::new(facts(file.path()))));
    let all = bench.finish();
    assert_eq!((all.len(), all[0].content.as_deref()), (1, Some(&b"abc"[..])));
}

#[test]
fn a_pipe_is_put_together_in_order() {
    let mut bench = Bench::new(&["write:type=pipe"]);
    let of = FileFacts { path: b"pipe:[5]".into(), inode: 5, mode: libc::S_IFIFO, ..FileFacts::default() };
    for part in [&b"echo "[..], b"hello", b"\n"] {
        bench.write(1, of.clone(), 1, -1, part, false);
    }
    bench.close(1, of.clone());
    bench.write(2, of, 1, -1, b"more", false);
    let all = bench.finish();
    assert_eq!(all[0].content.as_deref(), Some(&b"echo hello\n"[..]));
    assert_eq!(all[0].sha256, Some(sha256(b"echo hello\n")));
    assert_eq!((all[1].content.as_deref(), all[1].number("version")), (Some(&b"more"[..]), 1));
}

#[test]
fn what_is_put_together_while_content_is_lost_is_not_complete() {
    let mut bench = Bench::new(&["write:type=pipe"]);
    let now = crate::clock::boot_ns();
    let of = |inode: u64, since_ns: u64| FileFacts {
        path: format!("pipe:[{inode}]").into(),
        inode,
        mode: libc::S_IFIFO,
        since_ns,
        ..FileFacts::default()
    };
    bench.write(1, of(5, now), 1, -1, b"there when content was lost", false);
    bench.write(2, of(6, now + 2), 1, -1, b"made after that", false);
    bench.store.note_loss(1, now + 1);
    let all = bench.finish();
    let find = |content: &[u8]| all.iter().find(|put| put.content.as_deref() == Some(content)).unwrap();
    let (lost, whole) = (find(b"there when content was lost"), find(b"made after that"));
    assert!(!lost.has(artifact_flags::COMPLETE) && lost.sha256.is_none() && lost.why.is_some());
    assert!(whole.has(artifact_flags::COMPLETE) && whole.sha256.is_some() && whole.why.is_none());
}

#[test]
fn a_file_that_is_gone_and_of_which_content_may_be_lost_is_not_complete() {
    let mut bench = Bench::new(&["write:path=*"]);
    let now = crate::clock::boot_ns();
    for (inode, since_ns) in [(7, now), (8, now + 2)] {
        let path = b"/no/such/file".to_vec();
        let of = FileFacts { path, dev: 1, inode, mode: libc::S_IFREG, since_ns, ..FileFacts::default() };
        bench.write(inode, of.clone(), 999, 0, b"written", true);
        bench.store.note_loss(1, now + 1);
        bench.close(inode, of);
    }
    let all = bench.finish();
    let complete: Vec<(u64, bool)> =
        all.iter().map(|put| (put.number("inode"), put.has(artifact_flags::COMPLETE))).collect();
    assert_eq!(complete, [(7, false), (8, true)]);
    assert!(all[0].why.is_some() && all[0].sha256.is_none());
}

#[test]
fn what_else_changes_a_file_is_seen_in_it() {
    let mut bench = Bench::new(&["write:path=*"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let of = facts(file.path());
    file.as_file().write_all_at(&[b'x'; 5000], 0).unwrap();
    bench.write(1, of.clone(), file.as_raw_fd(), 0, &[b'x'; 5000], true);
    file.as_file().set_len(3).unwrap();
    let note = bench.note(1, ContentWay::Truncate, Some(of.clone()));
    bench.tell(PieceNote { size: 3, ..note });
    let note = bench.note(1, ContentWay::Mapping, Some(of.clone()));
    bench.tell(PieceNote { size: 3, fd: file.as_raw_fd(), ..note });
    bench.close(1, of);
    assert_eq!(bench.sink.wait_for_sources(1)[0].content.as_deref(), Some(&b"xxx"[..]));
    // Through the mapping, which nobody tells of.
    file.as_file().write_all_at(b"abc", 0).unwrap();
    let all = bench.finish();
    assert_eq!(all[1].content.as_deref(), Some(&b"abc"[..]));
    assert!(!all[1].has(artifact_flags::RACED) && all[1].has(artifact_flags::COMPLETE));
}

#[test]
fn a_file_that_is_read_by_many_is_kept_once() {
    let mut bench = Bench::new(&["read:path=*"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all_at(b"print(1)\n", 0).unwrap();
    for (context, process) in [(5u64, 50u64), (6, 60)] {
        let payload = formats::payload::PayloadBuilder::new(&formats::events::structure::CONTEXT)
            .u64("id", context)
            .u64("host_pid", process)
            .finish();
        bench.contexts.see(&payload.unwrap()).unwrap();
        let note = bench.note(context, ContentWay::Buffer, Some(facts(file.path())));
        let (kind, fd) = (ContentKind::Read.number(), file.as_raw_fd());
        bench.tell(PieceNote { context, kind, fd, size: 9, ..note.clone() });
        bench.tell(PieceNote { context, kind, flags: LAST_CLOSE, way: ContentWay::Close.number(), ..note });
    }
    let all = bench.finish();
    assert_eq!(all.iter().map(way).collect::<Vec<_>>(), [ArtifactWay::Pinned, ArtifactWay::Before]);
    assert_eq!(all.iter().map(|put| put.number("host_pid")).collect::<Vec<_>>(), [50, 60]);
    assert_eq!(all[0].number("artifact"), all[1].number("artifact"));
    assert_eq!(all[1].content.as_deref(), Some(&b"print(1)\n"[..]));
}

#[test]
fn many_open_files_are_bounded() {
    let mut bench = Bench::new(&["write:path=*"]);
    let directory = tempfile::tempdir().unwrap();
    crate::artifacts::opening::raise_descriptor_limit();
    for n in 0..MOST_OPEN as u64 + 50 {
        let path = directory.path().join(n.to_string());
        fs::write(&path, n.to_string()).unwrap();
        bench.write(n + 1, facts(&path), 999, 0, n.to_string().as_bytes(), true);
    }
    let all = bench.finish();
    assert_eq!(all.len(), MOST_OPEN + 50);
    assert!(all.iter().all(|put| put.has(artifact_flags::COMPLETE)));
    assert!(bench.store.limits_reached().iter().any(|(limit, _)| limit == OPEN_LIMIT));
}
