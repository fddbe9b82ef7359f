//! What a name that was begun can become, and whether what was written is a whole statement.

use std::collections::{BTreeSet, HashMap};

use analyzer::query::{Engine, is_finished, words};
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::command;
use crate::query::form;

/// Words of SQL that questions are made of.
const KEYWORDS: [&str; 43] = [
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COUNT",
    "CROSS",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FROM",
    "GLOB",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INTERSECT",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OVER",
    "PARTITION",
    "RECURSIVE",
    "SELECT",
    "THEN",
    "UNION",
    "WHEN",
    "WHERE",
];

/// The names that there are.
pub(super) struct Names {
    tables: HashMap<String, Vec<String>>,
    functions: Vec<String>,
    events: Vec<&'static str>,
    queries: Vec<String>,
}

impl Names {
    /// Those of what the engine holds, and of the named queries. A name that would have to be quoted is none.
    pub(super) fn of(engine: &dyn Engine, queries: Vec<String>) -> Names {
        let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let columns = |columns: Vec<analyzer::query::Column>| {
            columns.into_iter().map(|column| column.name).filter(|name| is_plain(name)).collect()
        };
        let tables = engine.tables().unwrap_or_default().into_iter().filter(|table| is_plain(&table.name));
        Names {
            tables: tables.map(|table| (table.name, columns(table.columns))).collect(),
            functions: engine.functions().unwrap_or_default(),
            events: formats::events::all().map(|event| event.name).collect(),
            queries,
        }
    }

    /// Where the word at the end of the text begins, and what it can become.
    pub(super) fn complete(&self, text: &str) -> (usize, Vec<String>) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start =
            text.rfind(|c| !is_word(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
        let (before, word) = (text.get(..start).unwrap_or_default(), text.get(start..).unwrap_or_default());
        if let Some(line) = text.strip_prefix('.') {
            return self.of_command(line, text);
        }
        if let Some(name) = text.strip_prefix('@').filter(|name| !name.contains(char::is_whitespace)) {
            return (1, fitting(name, self.queries.iter().map(String::as_str)));
        }
        if before.matches('\'').count() % 2 == 1 {
            return (start, fitting(word, self.events.iter().copied()));
        }
        if word.is_empty() && !before.ends_with('.') {
            return (start, Vec::new());
        }
        let asked: BTreeSet<String> = words(text).map(str::to_lowercase).collect();
        let columns = self.tables.iter().filter(|(table, _)| asked.contains(&table.to_lowercase()));
        let columns: Vec<&str> = columns.flat_map(|(_, columns)| columns).map(String::as_str).collect();
        if before.ends_with('.') {
            return (start, fitting(word, columns));
        }
        let tables = self.tables.keys().map(String::as_str);
        let functions = self.functions.iter().map(String::as_str);
        let mut found = fitting(word, tables.chain(columns).chain(functions));
        // Keywords are written as the word was begun.
        let keywords = fitting(word, KEYWORDS);
        let is_lower = word.chars().any(char::is_lowercase);
        let spelled = |keyword: String| if is_lower { keyword.to_lowercase() } else { keyword };
        found.extend(keywords.into_iter().map(spelled));
        found.dedup();
        (start, found)
    }

    fn of_command(&self, line: &str, text: &str) -> (usize, Vec<String>) {
        let Some((name, argument)) = line.split_once(char::is_whitespace) else {
            return (0, fitting(text, command::known()));
        };
        let start = text.len() - argument.len();
        let found = match name {
            "tables" | "schema" => fitting(argument, self.tables.keys().map(String::as_str)),
            "examples" => fitting(argument, self.queries.iter().map(String::as_str)),
            "timer" => fitting(argument, ["on", "off"]),
            "output" => fitting(argument, form::NAMES),
            _ => Vec::new(),
        };
        (start, found)
    }
}

/// Those that begin as the word does, in their order, each once.
fn fitting<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let begins = |name: &&str| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let found: BTreeSet<&str> = names.into_iter().filter(begins).collect();
    found.into_iter().map(str::to_owned).collect()
}

/// What the line editor asks.
pub(super) struct Help(pub(super) Names);

impl Completer for Help {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.0.complete(line.get(..pos).unwrap_or(line)))
    }
}

impl Validator for Help {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_whole(context.input()) { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

/// Commands and named queries are a line, SQL goes to its semicolon.
pub(super) fn is_whole(input: &str) -> bool {
    let input = input.trim_start();
    input.is_empty() || input.starts_with(['.', '@']) || is_finished(input)
}

impl Hinter for Help {
    type Hint = String;
}

impl Highlighter for Help {}

impl Helper for Help {}

#[cfg(test)]
mod tests {
    use super::{Names, is_whole};

    fn names() -> Names {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Names {
            tables: [
                ("processes".to_owned(), columns(&["process_key", "pid", "start_ns"])),
                ("losses".to_owned(), columns(&["lane"])),
            ]
            .into(),
            functions: vec!["callchain".to_owned(), "count".to_owned()],
            events: vec!["openat", "openat2", "read"],
            queries: vec!["what-ran".to_owned()],
        }
    }

    fn found(text: &str) -> Vec<String> {
        names().complete(text).1
    }

    #[test]
    fn a_name_is_completed_by_where_it_stands() {
        assert_eq!(found("SELECT * FROM pro"), ["processes"]);
        assert_eq!(found("SELECT p.st FROM processes p WHERE p.st"), ["start_ns"]);
        assert_eq!(found("SELECT * FROM processes p WHERE p."), ["pid", "process_key", "start_ns"]);
        assert_eq!(found("SELECT pi"), [""; 0], "of no table that is asked");
        assert_eq!(found("SELECT call"), ["callchain"]);
        assert_eq!(found("sel"), ["select"]);
        assert_eq!(found("SELECT * FROM events WHERE event = 'open"), ["openat", "openat2"]);
        assert_eq!(found("@wh"), ["what-ran"]);
        assert_eq!(found(".sch"), [".schema"]);
        assert_eq!(found(".schema lo"), ["losses"]);
        assert_eq!(found(".output m"), ["markdown"]);
        assert_eq!(found("SELECT größe"), [""; 0]);
        assert_eq!(names().complete("SELECT größe, pro").0, "SELECT größe, ".len());
    }

    #[test]
    fn sql_goes_to_its_semicolon_and_a_command_is_a_line() {
        for line in ["", ".help", "@what-ran", "SELECT 1;", "  SELECT\n1;\n"] {
            assert!(is_whole(line), "{line}");
        }
        for line in ["SELECT 1", "SELECT ';", "SELECT 1; SELECT"] {
            assert!(!is_whole(line), "{line}");
        }
    }
}
