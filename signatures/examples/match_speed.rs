//! How many rows the matcher takes in a second of one processor: with half of the signatures, with all, and with as many made up besides.
//!
//!     cargo run --release -p tracee-signatures --example match_speed -- DIRECTORY [TABLE...]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use signatures::{Matcher, Options, Row, Set, Table, Value};

/// Rows that are put to the matcher again and again.
const ROWS: usize = 20_000;
/// How long each measurement takes at least.
const TIME: Duration = Duration::from_secs(2);

/// A row of texts; every column without one is missing.
struct Texts(Vec<Option<String>>);

impl Row for Texts {
    fn value(&self, column: usize) -> Value<'_> {
        self.0.get(column).and_then(Option::as_deref).map_or(Value::Null, Value::Text)
    }
}

const PROGRAMS: &[&str] = &[
    "/usr/bin/gcc",
    "/usr/bin/git",
    "/usr/bin/bash",
    "/usr/bin/sed",
    "/usr/lib/gcc/cc1",
    "/usr/bin/python3",
    "/bin/cat",
];
const WORDS: &[&str] = &[
    "-O2",
    "-Wall",
    "src/main.c",
    "--verbose",
    "/usr/include/stdio.h",
    "install",
    "-c",
    "target/debug",
    "HEAD",
    "/tmp/x",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("which directory of signatures?")?;
    let mut tables: Vec<String> = std::env::args().skip(2).collect();
    if tables.is_empty() {
        tables = ["executions", "file_accesses", "audit_records"].map(str::to_owned).to_vec();
    }
    let mut files = Vec::new();
    collect(PathBuf::from(directory), &mut files)?;
    files.sort();
    let half = files.iter().step_by(2).cloned().collect::<Vec<_>>();
    let made_up = (0..files.len()).map(|n| {
        let text = format!(
            "title: made up {n}\nlogsource:\n  category: process_creation\ndetection:\n  s:\n    Image|endswith: '/tool{n}'\n    CommandLine|contains:\n    - ' --option{n}='\n    - 'value{n}x'\n  condition: s\n"
        );
        (PathBuf::from(format!("made-up-{n}")), text)
    });
    let more = files.iter().cloned().chain(made_up).collect::<Vec<_>>();
    for (what, files) in [("half", &half), ("all", &files), ("all and as many made up", &more)] {
        let set = Set::parse(files, Options::default()).map_err(|errors| format!("{errors:?}"))?;
        for table in &tables {
            measure(what, &set, table)?;
        }
    }
    Ok(())
}

fn collect(path: PathBuf, files: &mut Vec<(PathBuf, String)>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(&path)? {
            collect(entry?.path(), files)?;
        }
    } else if path.extension().is_some_and(|extension| extension == "yml") {
        files.push((path.clone(), std::fs::read_to_string(&path)?));
    }
    Ok(())
}

/// Time on a processor so far: other work on the machine does not count.
fn processor_time() -> std::io::Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let ns = text.split(' ').next().and_then(|ns| ns.parse().ok());
    ns.map(Duration::from_nanos).ok_or_else(|| std::io::Error::other("no time in /proc/self/schedstat"))
}

fn measure(what: &str, set: &Set, table: &str) -> Result<(), Box<dyn std::error::Error>> {
    let index = set.tables().named(table).ok_or("no such table")?;
    let declared = set.tables().all().get(index).ok_or("no such table")?;
    let rows: Vec<Texts> = (0..ROWS).map(|number| row(declared, number)).collect();
    let (mut matcher, mut found) = (Matcher::new(set), Vec::new());
    let (started, before, mut taken, mut hits) = (Instant::now(), processor_time()?, 0, 0);
    while started.elapsed() < TIME {
        for row in &rows {
            matcher.matches(index, row, &mut found);
            hits += found.len();
        }
        taken += rows.len();
    }
    let (seconds, signatures) = ((processor_time()? - before).as_secs_f64(), set.signatures().len());
    println!("{what}: {signatures} signatures, {table}: {:.0} rows/s, {hits} hits", taken as f64 / seconds);
    Ok(())
}

/// A row as ordinary work makes them: nothing that a signature is about.
fn row(table: &Table, number: usize) -> Texts {
    let pick = |of: &[&str], salt: usize| {
        let at = number.wrapping_mul(2_654_435_761).wrapping_add(salt.wrapping_mul(40_503)) >> 7;
        of.get(at % of.len()).map_or_else(String::new, |text| (*text).to_owned())
    };
    let (exe, parent) = (pick(PROGRAMS, 0), pick(PROGRAMS, 1));
    let words: Vec<String> = (0..6).map(|salt| pick(WORDS, salt + 2)).collect();
    let path = format!("/home/user/project/{}/{number}.o", pick(WORDS, 9));
    let value = |name: &str| {
        Some(match name {
            "exe" => exe.clone(),
            "command_line" | "text" => format!("{exe} {}", words.join(" ")),
            "parent_exe" => parent.clone(),
            "parent_command_line" => format!("{parent} {}", pick(WORDS, 8)),
            "path" | "target" | "name" => path.clone(),
            "operation" => "create".to_owned(),
            "type" => pick(&["SYSCALL", "EXECVE", "PATH"], 3),
            "cwd" => "/home/user/project".to_owned(),
            "comm" => "cc1".to_owned(),
            "a0" | "a1" | "a2" => pick(WORDS, name.len() + number),
            _ => return None,
        })
    };
    Texts(table.columns.iter().map(|column| value(&column.name)).collect())
}
