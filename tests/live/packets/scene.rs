//! `tests/programs/wire`: two network namespaces over a pair of interfaces, a control group for each, and what is said there.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use crate::capture::{Capture, LIMIT};
use crate::{process, program};

/// A recorded scene, and the lines that its processes printed.
pub(super) struct Scene {
    pub(super) capture: Capture,
    said: String,
}

impl Scene {
    /// Records a scene with these options of `record`.
    pub(super) fn record(options: &[&str], arguments: &[&str]) -> Scene {
        let program = program::build("wire");
        let mut command = vec![program.as_os_str()];
        command.extend(arguments.iter().map(OsStr::new));
        let capture = Capture::planned();
        let finished = process::run(&mut capture.recorder(options, &command), LIMIT);
        assert!(finished.status.success(), "record: {}: {}", finished.status, finished.stderr);
        let said = finished.stdout_text();
        Scene { capture, said }
    }

    /// A scene that was recorded otherwise.
    pub(super) fn of(capture: Capture, said: String) -> Scene {
        Scene { capture, said }
    }

    /// The same, with what tcpdump wrote on the left interface into `file`.
    pub(super) fn record_dumped(options: &[&str], file: &Path, arguments: &[&str]) -> Scene {
        let file = file.to_str().expect("a path of UTF-8");
        Scene::record(options, &[&["dump", file], arguments].concat())
    }

    /// The words behind NAME of each line that begins with it.
    pub(super) fn lines(&self, name: &str) -> Vec<Vec<&str>> {
        self.said
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(first, _)| *first == name)
            .map(|(_, rest)| rest.split(' ').collect())
            .collect()
    }

    /// The number that was said with this name: of a process, a namespace, or how many of something.
    pub(super) fn number(&self, name: &str) -> i64 {
        let lines = self.lines(name);
        let [line] = lines.as_slice() else { panic!("{name} was said {} times: {}", lines.len(), self.said) };
        line[0].parse().unwrap_or_else(|_| panic!("{name}: {line:?} is no number"))
    }

    /// Rows of a query in which `LEFT_NS` and `RIGHT_NS` are the numbers of the network namespaces.
    pub(super) fn query(&self, sql: &str) -> Vec<Value> {
        let sql = sql.replace("LEFT_NS", &self.number("left_namespace").to_string());
        self.capture.query(&sql.replace("RIGHT_NS", &self.number("right_namespace").to_string()))
    }
}

/// These columns of every row as words, as the program prints them, sorted; NULL is `-`.
pub(super) fn sorted_words(rows: &[Value], columns: &[&str]) -> Vec<Vec<String>> {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let words = |row: &Value| columns.iter().map(|column| word(&row[column])).collect();
    let mut all: Vec<Vec<String>> = rows.iter().map(words).collect();
    all.sort();
    all
}

/// Asserts that both have the same rows, and names those that only one has.
pub(super) fn assert_same_rows(what: &str, found: &[Vec<String>], expected: &[Vec<String>]) {
    let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
    let more: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert!(missing.is_empty() && more.is_empty(), "{what}: missing {missing:?}, and there are {more:?}");
    assert!(found == expected, "{what}: {} and {}: not each as often", found.len(), expected.len());
}

/// Lines of a scene, sorted.
pub(super) fn sorted(mut lines: Vec<Vec<&str>>) -> Vec<Vec<String>> {
    lines.sort();
    lines.into_iter().map(|line| line.into_iter().map(str::to_owned).collect()).collect()
}
