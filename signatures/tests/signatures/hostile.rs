//! Input that is made to hurt: refused or bounded, never a panic.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use signatures::{Matcher, Options, Set};

use crate::entry;
use crate::loading::{error, execution, parse, set};
use crate::rows::{OwnedRow, Random};

#[test]
fn bombs_are_refused() {
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        aliases.push_str(&format!("a{level}: &a{level} [{}]\n", before.trim_end_matches(", ")));
    }
    assert!(error(&aliases).contains("values, those that aliases repeat counted"));
    let nested: String = (0..40).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(error(&nested).contains("inside each other"));
    let told = error(&format!("title: {}x", "[".repeat(10_000)));
    assert!(told.contains("YAML"), "{told}");
    let long = execution(&format!("  s:\n    Image: {}\n  condition: s", "x".repeat(20_000)));
    assert!(error(&long).contains("longer than 16384 bytes"));
    let deep = execution(&format!("  s:\n    Image: x\n  condition: {}s", "not ".repeat(1000)));
    assert!(error(&deep).contains("inside each other"));
    let wide = execution(&format!("  s:\n    Image|windash: '{}'\n  condition: s", "-a ".repeat(10)));
    assert!(error(&wide).contains("windash makes more than"));
    let expression = execution("  s:\n    Image|re: '(((a{1,100}){1,100}){1,100}){1,100}'\n  condition: s");
    assert!(error(&expression).contains("bytes when compiled"));
    let many = (0..200).map(|_| "s").collect::<Vec<_>>().join(" and ");
    let values = (0..200).map(|n| format!("v{n}")).collect::<Vec<_>>().join(", ");
    let repeated = execution(&format!("  s:\n    Image: [{values}]\n  condition: {many}"));
    assert!(error(&repeated).contains("more than 20000 tests"));
    assert!(error(&" ".repeat(2_000_000)).contains("longer than"));
}

#[test]
fn small_files_that_mean_much_are_refused() {
    let values = (0..15).map(|n| format!("'-a{n} -b -c -d'")).collect::<Vec<_>>().join(", ");
    let rule = execution(&format!("  s:\n    CommandLine|windash|contains: [{values}]\n  condition: s"));
    let text = format!("{rule}---\n").repeat(200);
    let errors = parse(&text, Options::default()).unwrap_err();
    assert!(errors[0].contains("more than 500000 tests in all signatures"), "{}", errors[0]);
    let fields = (0..1000).map(|n| format!("f{n}: [{}]\n", "x, ".repeat(50))).collect::<String>();
    let text = format!("action: global\n{fields}---\n{}", "title: t\n---\n".repeat(100));
    let errors = parse(&text, Options::default()).unwrap_err();
    assert!(errors[0].contains("values, those that actions repeat counted"), "{}", errors[0]);
}

#[test]
fn ten_thousand_signatures_load_and_one_more_does_not() {
    let rule = |n: usize| {
        let text = execution(&format!("  s:\n    CommandLine|contains: 'needle{n}x'\n  condition: s"));
        (PathBuf::from(format!("{n}.yml")), text)
    };
    let mut files: Vec<(PathBuf, String)> = (0..10_000).map(rule).collect();
    let started = Instant::now();
    let set = Set::parse(&files, Options::default()).unwrap();
    let mut matcher = Matcher::new(&set);
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    let table = set.tables().named("executions").unwrap();
    let declared = &set.tables().all()[table];
    let row = OwnedRow::new(declared, 1).text(declared, "command_line", "a NEEDLE77x needle9999x needle10000x");
    let mut found = Vec::new();
    matcher.matches(table, &row, &mut found);
    assert_eq!(found, [77, 9999]);
    files.push(rule(10_000));
    let errors = Set::parse(&files, Options::default()).unwrap_err();
    assert_eq!(errors[0].to_string(), "10000.yml: more than 10000 signatures");
}

/// Most that a process with ten thousand signatures may take, in KiB.
const MOST_KIB: u64 = 700 << 10;

#[test]
fn ten_thousand_signatures_take_bounded_room() {
    const NAME: &str = "hostile::ten_thousand_signatures_take_bounded_room";
    // In a process of its own: what other tests take does not count.
    if std::env::var_os("TRACEE_ALONE").is_none() {
        let mut alone = Command::new(std::env::current_exe().unwrap());
        let output = alone.args(["--exact", NAME]).env("TRACEE_ALONE", "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let rule = |n: usize| {
        let (source, path) = match n % 3 {
            0 => ("category: process_creation", "Image"),
            1 => ("category: file_event", "TargetFilename"),
            _ => ("service: auditd", "exe"),
        };
        let line = if n % 3 == 2 { "a1" } else { "CommandLine" };
        let text = format!(
            "title: t\nlogsource:\n  {source}\ndetection:\n  s:\n    {path}|endswith: ['/tool{n}', '/program{n}.sh']\n    {line}|contains: [' --option{n}=', 'value {n} of']\n  f:\n    {line}|startswith: 'safe{n}'\n  condition: s and not f\n"
        );
        (PathBuf::from(format!("{n}.yml")), text)
    };
    let set = Set::parse(&(0..10_000).map(rule).collect::<Vec<_>>(), Options::default()).unwrap();
    let mut matcher = Matcher::new(&set);
    let table = set.tables().named("executions").unwrap();
    let declared = &set.tables().all()[table];
    let (started, mut found) = (Instant::now(), Vec::new());
    for n in 0..30_000 {
        let row = OwnedRow::new(declared, 1).text(declared, "exe", &format!("/usr/bin/tool{}", n % 10_000)).text(
            declared,
            "command_line",
            &format!("tool --option{}=x -- {n}", n % 10_000),
        );
        matcher.matches(table, &row, &mut found);
        let wanted: Vec<usize> = Some(n % 10_000).filter(|n| n % 3 == 0).into_iter().collect();
        assert_eq!(found, wanted);
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let most: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(most < MOST_KIB, "{most} KiB");
}

#[test]
fn an_expression_takes_linear_time() {
    let set = set(&execution("  s:\n    CommandLine|re: '(a+)+(a+)+$'\n  condition: s"));
    let table = set.tables().named("executions").unwrap();
    let declared = &set.tables().all()[table];
    let row = OwnedRow::new(declared, 1).text(declared, "command_line", &format!("{}b", "a".repeat(100_000)));
    let started = Instant::now();
    let mut found = Vec::new();
    Matcher::new(&set).matches(table, &row, &mut found);
    assert!(found.is_empty() && started.elapsed() < Duration::from_secs(20));
}

#[test]
fn damaged_rules_are_told_and_do_not_panic() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sigma");
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(kept).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yml") {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    texts.sort();
    let mut random = Random::new(5);
    for _ in 0..3000 {
        let text = random.pick(&texts);
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..1 + random.below(4) {
            let at = random.below(chars.len());
            match random.below(4) {
                0 => drop(chars.remove(at)),
                1 => {
                    chars[at] = *random.pick(&['*', '\'', ':', '|', '(', '&', '-', '\n', '\\', '\u{e9}', '%', '[', '0'])
                }
                2 => chars.truncate(at + 1),
                _ => {
                    let from = random.below(at + 1);
                    let part: Vec<char> = chars[from..(at + 1).min(from + 30)].to_vec();
                    chars.extend(part);
                }
            }
        }
        let damaged: String = chars.into_iter().collect();
        entry::rules(damaged.as_bytes());
    }
}
