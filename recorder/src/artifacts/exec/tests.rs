//! Tests of the holder: programs are started and stopped by the test, as the kernel side would.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};

use formats::artifact::{ArtifactWay, artifact_flags};

use super::*;
use crate::artifacts::hold::testing::{area, hold, start_time, state};
use crate::artifacts::keeping::Keeper;
use crate::artifacts::notice::{self, EXEC, MEMFD, SCRIPT, SHARED_OBJECT};
use crate::artifacts::selection::{Limits, Selection};
use crate::artifacts::testing::{Put, Sink, sha256};
use crate::artifacts::told;

/// Notices that a test puts.
struct TestNotices {
    from: Receiver<Notice>,
    wake: Wake,
}

impl Notices for TestNotices {
    fn fd(&self) -> i32 {
        self.wake.0.as_raw_fd()
    }

    fn drain(&mut self, each: &mut dyn FnMut(&[u8])) {
        let mut count = [0u8; 8];
        unsafe { libc::read(self.fd(), count.as_mut_ptr().cast(), 8) };
        while let Ok(notice) = self.from.try_recv() {
            let bytes: [u8; size_of::<Notice>()] = unsafe { std::mem::transmute(notice) };
            each(&bytes);
        }
    }
}

struct Bench {
    sink: Sink,
    store: Store,
    area: HoldArea,
    to: Sender<Notice>,
    ready: Wake,
    wake: Wake,
    told: Receiver<told::Told>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Bench {
    fn new() -> Bench {
        let sink = Sink::default();
        let store = Store::new(Limits::default(), None, sink.put());
        let selection = Arc::new(Selection::parse(&["exec".to_owned()]).unwrap());
        let (teller, told, _) = told::channel(&store);
        let before = Before::default();
        let (to_keeper, kept) = sync_channel(64);
        let keeper = Keeper { selection, store: store.clone(), before: before.clone(), teller, since_ns: 0 };
        let (to, from) = channel();
        let (ready, wake, area) = (Wake::new().unwrap(), Wake::new().unwrap(), area(8));
        let notices = TestNotices { from, wake: ready.clone() };
        let holder = Holder::new(notices, Some(area), None, wake.clone(), to_keeper, before, store.clone());
        let threads = vec![thread::spawn(move || holder.run(|| ())), thread::spawn(move || keeper.run(&kept))];
        Bench { sink, store, area, to, ready, wake, told, threads }
    }

    fn put(&self, notice: Notice) {
        self.to.send(notice).unwrap();
        self.ready.wake();
    }

    fn finish(&mut self) -> Vec<Put> {
        self.wake.wake();
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
        self.sink.sources()
    }
}

/// A program that sleeps, stopped; ended with the test.
struct Program(Child);

impl Program {
    /// Starts a copy of `sleep` with `tail` behind it.
    fn start(path: &Path, tail: &[u8]) -> (Program, Vec<u8>) {
        let content = [&fs::read("/bin/sleep").unwrap()[..], tail].concat();
        fs::write(path, &content).unwrap();
        fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        (Program::run(Command::new(path).arg("60")), content)
    }

    fn run(command: &mut Command) -> Program {
        // Another test may fork while a file is open to be written, and keep it so for a moment.
        let child = (0..200).find_map(|_| match command.stdin(Stdio::null()).spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(10));
                None
            }
            other => Some(other.unwrap()),
        });
        let program = Program(child.unwrap());
        // Executed, not just forked, and as far as it goes by itself.
        let comm = |of: &str| fs::read(format!("/proc/{of}/comm")).unwrap();
        wait_for(|| comm(&program.pid().to_string()) != comm("self") && state(program.pid()) == 'S');
        unsafe { libc::kill(program.pid() as i32, libc::SIGSTOP) };
        wait_for(|| state(program.pid()) == 'T');
        program
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    /// The kernel side's notice of its file.
    fn notice(&self, slot: u32) -> Notice {
        let is = fs::metadata(format!("/proc/{}/exe", self.pid())).unwrap();
        Notice {
            boot_ns: clock::boot_ns(),
            start_time: start_time(self.pid()),
            context: 11,
            object: 12,
            inode: is.ino(),
            ctime_ns: (is.ctime() * 1_000_000_000 + is.ctime_nsec()) as u64,
            dev: libc::major(is.dev()) << 20 | libc::minor(is.dev()),
            host_pid: self.pid(),
            tid: self.pid(),
            kind: EXEC,
            slot,
            flags: if slot == 0 { 0 } else { notice::HELD },
            ..Notice::empty()
        }
    }

    /// Puts it into a slot, as if the kernel side had stopped it.
    fn held(&self, area: &HoldArea, slot: u32) -> Notice {
        hold(area, slot as usize - 1, self.pid(), start_time(self.pid()));
        self.notice(slot)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(1));
    }
}

fn way(put: &Put) -> ArtifactWay {
    ArtifactWay::from_number(put.number("way") as u32).unwrap()
}

#[test]
fn a_held_program_goes_on_and_its_file_is_kept() {
    let (mut bench, directory) = (Bench::new(), tempfile::tempdir().unwrap());
    let path = directory.path().join("x");
    let (program, content) = Program::start(&path, b"tail");
    bench.put(program.held(&bench.area, 1));
    wait_for(|| state(program.pid()) != 'T');
    wait_for(|| !bench.area.holds_any());
    fs::remove_file(&path).unwrap();
    let all = bench.finish();
    assert_eq!((all.len(), way(&all[0])), (1, ArtifactWay::Held));
    assert_eq!((all[0].sha256, all[0].content.as_ref().unwrap() == &content), (Some(sha256(&content)), true));
    assert!(all[0].has(artifact_flags::COMPLETE) && all[0].number("held_ns") > 0);
    assert_eq!(all[0].path, path.as_os_str().as_encoded_bytes());
    assert_eq!(
        (all[0].number("context"), all[0].number("file"), all[0].number("host_pid")),
        (11, 12, program.pid().into())
    );
    let told: Vec<told::Told> = bench.told.try_iter().collect();
    assert!(matches!(&told[..], [told::Told::Executed(_, inode)] if *inode == all[0].number("inode")));
    assert_eq!(bench.area.last_beat(), 0, "the kernel side holds nobody any more");
}

#[test]
fn a_file_that_was_deleted_is_had_as_long_as_it_runs() {
    let (mut bench, directory) = (Bench::new(), tempfile::tempdir().unwrap());
    let path = directory.path().join("x");
    let (program, content) = Program::start(&path, b"deleted");
    fs::remove_file(&path).unwrap();
    bench.put(program.notice(0));
    let all = bench.sink.wait_for_sources(1);
    assert_eq!((way(&all[0]), all[0].sha256), (ArtifactWay::Running, Some(sha256(&content))));
    assert!(all[0].has(artifact_flags::UNLINKED) && all[0].number("held_ns") == 0);
    drop(program);
    bench.finish();
}

#[test]
fn the_same_file_is_kept_once() {
    let (mut bench, directory) = (Bench::new(), tempfile::tempdir().unwrap());
    let path = directory.path().join("x");
    let (program, content) = Program::start(&path, b"again");
    thread::sleep(Duration::from_millis(40));
    for _ in 0..3 {
        bench.put(program.notice(0));
        thread::sleep(Duration::from_millis(30));
    }
    let all = bench.finish();
    assert_eq!(
        all.iter().map(way).collect::<Vec<_>>(),
        [ArtifactWay::Running, ArtifactWay::Before, ArtifactWay::Before]
    );
    assert!(all.iter().all(|put| put.sha256 == Some(sha256(&content)) && put.has(artifact_flags::COMPLETE)));
    assert!(all.iter().all(|put| put.number("size") == content.len() as u64));
}

#[test]
fn when_the_program_is_gone_its_path_is_tried_and_otherwise_it_is_told() {
    let (mut bench, directory) = (Bench::new(), tempfile::tempdir().unwrap());
    let (here, gone) = (directory.path().join("here"), directory.path().join("gone"));
    let (first, content) = Program::start(&here, b"here");
    let (second, _) = Program::start(&gone, b"gone");
    let notices = [(&first, &here), (&second, &gone)]
        .map(|(program, path)| program.notice(0).named(path.as_os_str().as_encoded_bytes()));
    drop((first, second));
    fs::remove_file(&gone).unwrap();
    fs::write(&gone, "another").unwrap();
    notices.into_iter().for_each(|notice| bench.put(notice));
    let mut all = bench.finish();
    all.sort_by_key(|put| put.number("way"));
    assert_eq!((way(&all[0]), all[0].sha256), (ArtifactWay::Path, Some(sha256(&content))));
    assert_eq!((way(&all[1]), all[1].number("artifact"), &all[1].content), (ArtifactWay::None, 0, &None));
    assert!(all[1].why.as_deref().unwrap().contains("gone"));
    assert_eq!(all[1].path, gone.as_os_str().as_encoded_bytes());
}

#[test]
fn a_script_is_kept_beside_its_interpreter() {
    let (mut bench, directory) = (Bench::new(), tempfile::tempdir().unwrap());
    let path = directory.path().join("script");
    let script = b"#!/bin/sh\nsleep 60 &\nwait\n";
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let program = Program::run(Command::new("./script").current_dir(directory.path()));
    let notice = program.held(&bench.area, 3).named(b"./script");
    bench.put(Notice { flags: notice.flags | SCRIPT, ..notice });
    let all = bench.sink.wait_for_sources(2);
    let shell = fs::read("/bin/sh").unwrap();
    let kinds: Vec<u32> = all.iter().map(|put| put.number("kind") as u32).collect();
    assert_eq!(kinds, [ArtifactKind::Exec.number(), ArtifactKind::Script.number()]);
    assert!(all[0].sha256 == Some(sha256(&shell)) && all[1].content.as_deref() == Some(script));
    assert_eq!((way(&all[1]), all[1].path.as_slice()), (ArtifactWay::Held, path.as_os_str().as_encoded_bytes()));
    bench.finish();
    // What the script has begun.
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", program.pid())).unwrap();
    for pid in children.split_whitespace() {
        unsafe { libc::kill(pid.parse().unwrap(), libc::SIGKILL) };
    }
}

#[test]
fn a_memfd_is_kept_and_never_taken_for_the_same() {
    let mut bench = Bench::new();
    let content = [&fs::read("/bin/sleep").unwrap()[..], b"memfd"].concat();
    let fd = unsafe { libc::memfd_create(c"payload".as_ptr(), 0) };
    let memfd = unsafe { fs::File::from_raw_fd(fd) };
    std::os::unix::fs::FileExt::write_all_at(&memfd, &content, 0).unwrap();
    let program = Program::run(Command::new(format!("/proc/self/fd/{fd}")).arg("60"));
    for slot in [1, 2] {
        let notice = program.held(&bench.area, slot);
        bench.put(Notice { flags: notice.flags | MEMFD, ..notice });
        wait_for(|| !bench.area.holds_any());
    }
    let all = bench.finish();
    assert_eq!(all.iter().map(way).collect::<Vec<_>>(), [ArtifactWay::Held, ArtifactWay::Held]);
    for put in &all {
        assert!(put.sha256 == Some(sha256(&content)) && put.has(artifact_flags::MEMFD), "{:?}", put.why);
        assert_eq!(put.path, b"/memfd:payload");
    }
}

#[test]
fn a_shared_object_is_had_from_its_mapping() {
    let mut bench = Bench::new();
    let program = Program::run(Command::new("/bin/sleep").arg("60"));
    let maps = fs::read_to_string(format!("/proc/{}/maps", program.pid())).unwrap();
    let line = maps.lines().find(|line| line.contains("libc.so") && line.contains("r-xp")).unwrap();
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let is = fs::metadata(words[5]).unwrap();
    let (from, to) = words[0].split_once('-').unwrap();
    let number = |text| u64::from_str_radix(text, 16).unwrap();
    let of = Notice {
        kind: SHARED_OBJECT,
        inode: is.ino(),
        dev: libc::major(is.dev()) << 20 | libc::minor(is.dev()),
        address: number(from),
        end: number(to),
        ..program.notice(0)
    };
    bench.put(of);
    assert_eq!(bench.sink.wait_for_sources(1).len(), 1);
    bench.put(Notice { end: of.end + 4096, inode: of.inode, ..of });
    let all = bench.finish();
    assert_eq!(way(&all[0]), ArtifactWay::Mapping);
    assert_eq!(all[0].sha256, Some(sha256(&fs::read(words[5]).unwrap())));
    assert!(way(&all[1]) == ArtifactWay::Before && all[1].number("address") == of.address);
}

#[test]
fn another_process_of_the_same_number_is_not_taken_for_it() {
    let (mut bench, directory) = (Bench::new(), tempfile::tempdir().unwrap());
    let (program, _) = Program::start(&directory.path().join("x"), b"x");
    let notice = program.notice(0);
    bench.put(Notice { start_time: notice.start_time - 1_000_000_000, ..notice });
    let all = bench.finish();
    assert_eq!((all.len(), way(&all[0]), all[0].number("artifact")), (1, ArtifactWay::None, 0));
    assert!(all[0].why.as_deref().unwrap().contains("gone"), "{:?}", all[0].why);
    assert_eq!(state(program.pid()), 'T', "nor is it continued");
}

#[test]
fn code_that_was_changed_after_it_was_mapped_is_not_called_whole() {
    let (mut bench, directory) = (Bench::new(), tempfile::tempdir().unwrap());
    let path = directory.path().join("x");
    let (program, _) = Program::start(&path, b"x");
    let maps = fs::read_to_string(format!("/proc/{}/maps", program.pid())).unwrap();
    let line = maps.lines().find(|line| line.ends_with("/x") && line.contains("r-xp")).unwrap();
    let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
    let number = |text| u64::from_str_radix(text, 16).unwrap();
    let notice = program.notice(0);
    let of = Notice { kind: SHARED_OBJECT, address: number(from), end: number(to), nlink: 1, ..notice };
    bench.put(Notice { ctime_ns: notice.ctime_ns - 1, ..of });
    assert_eq!(bench.sink.wait_for_sources(1).len(), 1);
    bench.put(of);
    let all = bench.finish();
    assert!(all[0].has(artifact_flags::CHANGED) && !all[0].has(artifact_flags::COMPLETE) && all[0].sha256.is_none());
    assert!(all[1].has(artifact_flags::COMPLETE) && all[1].sha256.is_some(), "{:?}", all[1].why);
}

#[test]
fn whoever_is_held_at_the_end_goes_on() {
    let mut bench = Bench::new();
    let program = Program::run(Command::new("/bin/sleep").arg("60"));
    // Held by the kernel side, and its notice lost.
    program.held(&bench.area, 5);
    bench.finish();
    assert!(!bench.area.holds_any());
    wait_for(|| state(program.pid()) != 'T');
}

#[test]
fn without_a_guardian_nobody_is_held() {
    let sink = Sink::default();
    let store = Store::new(Limits::default(), None, sink.put());
    let (ready, wake, area, guardian) = (Wake::new().unwrap(), Wake::new().unwrap(), area(8), Wake::new().unwrap());
    let (_to, from) = channel();
    let (to_keeper, _kept) = sync_channel(64);
    let end = guardian.0.as_ref().try_clone().unwrap();
    let notices = TestNotices { from, wake: ready };
    let holder = Holder::new(notices, Some(area), Some(end), wake.clone(), to_keeper, Before::default(), store.clone());
    let thread = thread::spawn(move || holder.run(|| ()));
    wait_for(|| area.last_beat() != 0);
    let program = Program::run(Command::new("/bin/sleep").arg("60"));
    program.held(&area, 1);
    guardian.wake();
    wait_for(|| state(program.pid()) != 'T' && area.last_beat() == 0);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(area.last_beat(), 0);
    wake.wake();
    thread.join().unwrap();
    assert_eq!(store.limits_reached(), [(GUARDIAN_LIMIT.to_owned(), 1)]);
}

#[test]
fn a_file_that_keeps_its_reader_waiting_holds_nobody_for_long() {
    // A taker that never comes back, as one that waits for a file system does.
    let (mut bench, queue_is_stuck) = (Bench::new(), Instant::now());
    let program = Program::run(Command::new("/bin/sleep").arg("60"));
    let notice = program.held(&bench.area, 1);
    let job = Job::new(notice, Some(bench.area));
    let mut holder = Holder::new(
        TestNotices { from: channel().1, wake: Wake::new().unwrap() },
        Some(bench.area),
        None,
        Wake::new().unwrap(),
        sync_channel(1).0,
        Before::default(),
        bench.store.clone(),
    );
    holder.held.push((job.clone(), Duration::ZERO));
    while !job.is_released() {
        holder.turn();
        assert!(queue_is_stuck.elapsed() < Duration::from_secs(5));
        thread::sleep(Duration::from_millis(1));
    }
    assert!(job.held_ns() >= HOLD_MOST.as_nanos() as u64);
    wait_for(|| state(program.pid()) != 'T');
    assert_eq!(bench.store.limits_reached(), [(LATE_LIMIT.to_owned(), 1)]);
    bench.finish();
}
