//! Short-lived children, made in every way there is, while processes outside the recorded tree come and go: none of the ones
//! is missed, and none of the others recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use crate::capture::{Capture, LIMIT, number, text};
use crate::{machine, process, program};

/// Of each kind; a `daemon` is two processes.
const COUNT: usize = 340;

/// Numbers behind each kind's word, in order.
fn told(text: &str) -> BTreeMap<String, Vec<Vec<i64>>> {
    let mut kinds: BTreeMap<String, Vec<Vec<i64>>> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let kind = words.next().expect("a kind");
        kinds.entry(kind.to_owned()).or_default().push(words.map(|word| word.parse().expect("a number")).collect());
    }
    kinds
}

#[test]
fn of_2000_short_lived_children_none_is_missed_and_none_from_outside_recorded() {
    let name = "of_2000_short_lived_children_none_is_missed_and_none_from_outside_recorded";
    let Some(_turn) = machine::turn(name) else { return };
    let (children, nothing) = (program::build("children"), program::build_static("nothing"));
    let count = COUNT.to_string();
    // The same program, outside, for as long as the recording lasts.
    let mut outside = Command::new(&children);
    outside.arg("1000000").arg(&nothing).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut outside = outside.spawn().expect("the program starts");
    let capture = Capture::planned();
    let command = [children.as_os_str(), count.as_ref(), nothing.as_os_str()];
    let finished = process::run(&mut capture.recorder(&[], &command), LIMIT);
    outside.kill().expect("the program outside still runs");
    let others = process::finish(outside, LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let inside = told(&finished.stdout_text());
    // Cut off in the middle of a line, perhaps.
    let text_outside = String::from_utf8_lossy(&others.stdout).into_owned();
    let others = told(&text_outside[..text_outside.rfind('\n').map_or(0, |at| at + 1)]);
    let beside = others.values().flatten().count();
    assert!(beside > 100, "the program outside made children meanwhile: {beside}");

    let expected: BTreeSet<i64> = inside
        .iter()
        .flat_map(|(kind, lines)| {
            lines.iter().flat_map(move |numbers| if kind == "threads" { &numbers[..1] } else { &numbers[..] })
        })
        .copied()
        .collect();
    assert_eq!(expected.len(), 6 * COUNT, "each number once");

    // The command itself was forked by the recorder, before anything was recorded.
    let forks = capture.query("SELECT child_pid, child_tid, child_ns_pid, child_ns_tid FROM sched_process_fork");
    let (processes, threads): (Vec<_>, Vec<_>) =
        forks.iter().partition(|row| number(row, "child_pid") == number(row, "child_tid"));
    let found: BTreeSet<i64> = processes.iter().map(|row| number(row, "child_ns_pid")).collect();
    assert_eq!((processes.len(), &found), (6 * COUNT, &expected));
    let found: BTreeSet<i64> = threads.iter().map(|row| number(row, "child_ns_tid")).collect();
    let expected_threads: BTreeSet<i64> = inside["threads"].iter().map(|numbers| numbers[1]).collect();
    assert_eq!((threads.len(), &found), (COUNT, &expected_threads));

    let executed = capture.query("SELECT pid, argv, exe FROM sched_process_exec");
    assert_eq!(executed.len(), 1 + 2 * COUNT, "the command, and each vforked and threads");
    let by_word = |word: &str| -> BTreeSet<i64> {
        let argv = format!("[\"{word}\"]");
        let of_word = executed.iter().filter(|row| text(row, "argv") == argv);
        of_word
            .inspect(|row| assert_eq!(text(row, "exe"), nothing.display().to_string()))
            .map(|row| number(row, "pid"))
            .collect()
    };
    let leaders = |kind: &str| -> BTreeSet<i64> { inside[kind].iter().map(|numbers| numbers[0]).collect() };
    assert_eq!(by_word("vforked"), leaders("vforked"));
    assert_eq!(by_word("threads"), leaders("threads"));

    // Each ended, and so did each thread that an exec did away with.
    let ended = capture.query("SELECT pid FROM sched_process_exit WHERE process_group_exit = 1");
    let found: BTreeSet<i64> = ended.iter().map(|row| number(row, "pid")).collect();
    assert!(expected.is_subset(&found) && ended.len() == 6 * COUNT + 1, "{} of {}", ended.len(), 6 * COUNT + 1);

    let known = capture.query(
        "SELECT p.pid, q.process_key AS parent FROM processes p LEFT JOIN processes q
        ON q.process_key = p.parent_key WHERE p.uid IS NOT NULL",
    );
    assert_eq!(known.len(), 6 * COUNT + 1, "no process from outside has more than ids");
    // Numbers are given again when all are used up, so one from outside may be the same only where there are few.
    let strangers: Vec<i64> = others.values().flatten().flatten().copied().collect();
    let seen: BTreeSet<i64> = known.iter().map(|row| number(row, "pid")).collect();
    let again = strangers.iter().filter(|pid| seen.contains(pid)).count();
    assert_eq!(again, 0, "of {} from outside", strangers.len());
    eprintln!("{} processes and {COUNT} threads, beside {} from outside", 6 * COUNT, strangers.len());
    capture.verify();
}
