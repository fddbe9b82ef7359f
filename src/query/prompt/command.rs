//! What the prompt understands beside SQL.

use crate::arguments::names;
use crate::query::form::Form;

/// The commands: how they are written, and what they do.
pub(super) const COMMANDS: [(&str, &str); 8] = [
    (".tables [PATTERN]", "tables, views and kinds of events; * stands for any characters"),
    (".schema [TABLE]", "columns with their types"),
    (".examples [NAME]", "queries that have a name; @NAME NAME=VALUE... asks one"),
    (".timer on|off", "say how long each question took"),
    (
        ".output FORMAT [FILE]",
        "print as table, json, csv or markdown, into a new file or on the terminal; parquet, arrow or arrow-stream into a file",
    ),
    (".functions", "functions that tracee adds to those of SQL"),
    (".help", "this"),
    (".quit", "end, like Ctrl-D"),
];

/// One of them.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Tables(Option<String>),
    Schema(Option<String>),
    Examples(Option<String>),
    Timer(bool),
    Output(Form, Option<String>),
    Functions,
    Help,
    Quit,
}

impl Command {
    /// Reads a line that begins with a dot. The error is one sentence.
    pub(super) fn parse(line: &str) -> Result<Command, String> {
        let mut words =
            line.trim().trim_end_matches(';').splitn(3, char::is_whitespace).filter(|word| !word.is_empty());
        let name = words.next().unwrap_or_default();
        let first = words.next().map(|word| word.trim().to_owned());
        let second = words.next().map(|word| word.trim().to_owned());
        if second.is_some() && name != ".output" {
            return Err(format!("{name} takes less; .help says what"));
        }
        match (name, first.as_deref()) {
            (".tables", _) => Ok(Command::Tables(first)),
            (".schema", _) => Ok(Command::Schema(first)),
            (".examples", _) => Ok(Command::Examples(first.map(|name| name.trim_start_matches('@').to_owned()))),
            (".timer", Some("on")) => Ok(Command::Timer(true)),
            (".timer", Some("off")) => Ok(Command::Timer(false)),
            (".timer", _) => Err(".timer is on or off".into()),
            (".output", Some(format)) => {
                let form = <Form as clap::ValueEnum>::from_str(format, true);
                form.map(|form| Command::Output(form, second)).map_err(|_| FORMATS.into())
            }
            (".output", None) => Err(FORMATS.into()),
            (".functions", None) => Ok(Command::Functions),
            (".help", _) => Ok(Command::Help),
            (".quit" | ".exit", None) => Ok(Command::Quit),
            _ => Err(names::unknown_or("command", name, known(), ".help shows all")),
        }
    }
}

/// The words of a line; white space within quotes, single or double, does not part them.
pub(super) fn arguments(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            None if matches!(c, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

const FORMATS: &str = ".output is table, json, csv, markdown, parquet, arrow or arrow-stream, and a file where it is not for the terminal";

/// Names of the commands.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(usage, _)| usage.split(' ').next().unwrap_or(usage))
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, Command, arguments, known};
    use crate::query::form::Form;

    #[test]
    fn commands_are_read() {
        assert_eq!(Command::parse(".tables"), Ok(Command::Tables(None)));
        assert_eq!(Command::parse(".tables dns*;"), Ok(Command::Tables(Some("dns*".into()))));
        assert_eq!(Command::parse(".examples @what-ran"), Ok(Command::Examples(Some("what-ran".into()))));
        assert_eq!(Command::parse(".output CSV a b.csv"), Ok(Command::Output(Form::Csv, Some("a b.csv".into()))));
        assert_eq!(Command::parse(".timer on"), Ok(Command::Timer(true)));
        for line in [".timer", ".timer 1", ".output", ".output xml", ".tables a b", ".quit now", "."] {
            assert!(Command::parse(line).is_err(), "{line}");
        }
        assert!(Command::parse(".tabels").unwrap_err().contains("did you mean .tables?"));
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(
            arguments(" before  at=\"2026-01-31 08:00:00\" x='a \"b\"' y="),
            ["before", "at=2026-01-31 08:00:00", "x=a \"b\"", "y="]
        );
        assert_eq!(arguments("a ''"), ["a", ""]);
        assert_eq!(arguments(" "), [""; 0]);
    }

    #[test]
    fn every_command_that_is_shown_is_understood() {
        for name in known() {
            let arguments = match name {
                ".timer" => " on",
                ".output" => " json",
                _ => "",
            };
            assert!(Command::parse(&format!("{name}{arguments}")).is_ok(), "{name}");
        }
        assert_eq!(COMMANDS.len(), known().count());
    }
}
