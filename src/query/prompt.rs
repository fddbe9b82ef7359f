//! The prompt: questions one after the other, at a terminal.

mod command;
mod completion;
mod history;
pub(super) mod paging;

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use analyzer::query::{FUNCTIONS, Stopped};
use anyhow::{Context, Result};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use super::Session;
use super::answers::{Answers, Place};
use super::form::Form;
use super::parameters;
use crate::failure::{chain, say};
use crate::output::amount::counted;
use crate::output::{Cell, Format};

use command::{COMMANDS, Command};
use completion::{Help, Names};
use paging::Screen;

const PROMPT: &str = "tracee> ";

/// What was set, and where questions are read.
struct Prompt<'s> {
    session: &'s Session<'s>,
    editor: Editor<Help, FileHistory>,
    target: Target,
    timer: bool,
    /// Given on the command line, for every question that has such parameters.
    parameters: &'s [(String, String)],
}

/// Where answers go.
enum Target {
    /// Rows, to the terminal or into a file.
    Rows(Format, Option<File>),
    /// The next answer, as a file of columns.
    Columns(Form, PathBuf),
}

impl Target {
    /// What was asked for; nothing is written over.
    fn new(form: Form, path: Option<&str>) -> Result<Target> {
        form.check(path.is_none())?;
        match (form.printed(), path) {
            (Some(format), path) => {
                let create = |path: &str| {
                    let file = OpenOptions::new().write(true).create_new(true).open(path);
                    file.with_context(|| format!("cannot make {path}"))
                };
                Ok(Target::Rows(format, path.map(create).transpose()?))
            }
            (None, Some(path)) if Path::new(path).symlink_metadata().is_ok() => {
                anyhow::bail!("{path}: exists already; nothing is written over")
            }
            (None, path) => Ok(Target::Columns(form, path.unwrap_or_default().into())),
        }
    }
}

/// Reads questions and answers them until there are no more.
pub(super) fn run(session: &Session<'_>, form: Form, parameters: &[(String, String)]) -> Result<ExitCode> {
    let target = Target::new(form, None)?;
    let interrupt = session.engine.get().interrupt();
    // While a line is edited, Ctrl-C is a key like others.
    ctrlc::set_handler(move || interrupt.stop()).context("cannot take Ctrl-C")?;
    let config = Config::builder().max_history_size(history::KEPT)?.completion_type(CompletionType::List).build();
    let mut editor = Editor::with_config(config).context("cannot read from the terminal")?;
    editor.set_helper(Some(Help(Names::of(session.engine.get(), session.shelf.names()))));
    let history = history::file();
    if let Some(file) = &history {
        // There is none yet, or it cannot be read: the prompt works without.
        let _ = editor.load_history(file);
    }
    say("questions in SQL end with ;  .help shows what else there is");
    let mut prompt = Prompt { session, editor, target, timer: false, parameters };
    loop {
        let line = match prompt.editor.readline(PROMPT) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error).context("cannot read from the terminal"),
        };
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if line.len() <= history::LONGEST && prompt.editor.add_history_entry(line).unwrap_or(false) {
            // Kept at once, for a prompt that is killed.
            history.as_ref().map(|file| prompt.editor.append_history(file).ok());
        }
        match prompt.answer(line) {
            Ok(true) => {}
            Ok(false) => return Ok(ExitCode::SUCCESS),
            Err(error) => tell(&error),
        }
    }
}

/// Says what went wrong, unless it is what somebody wanted.
fn tell(error: &anyhow::Error) {
    let closed = |error: &anyhow::Error| {
        error.chain().any(|cause| matches!(cause.downcast_ref::<io::Error>(), Some(error) if error.kind() == io::ErrorKind::BrokenPipe))
    };
    if error.downcast_ref() == Some(&Stopped::Interrupted) {
        say("stopped");
    } else if !closed(error) {
        say(&chain(error));
    }
}

impl Prompt<'_> {
    /// Does what a line says; gives whether to go on.
    fn answer(&mut self, line: &str) -> Result<bool> {
        if line.starts_with('.') {
            return self.command(Command::parse(line).map_err(anyhow::Error::msg)?);
        }
        let (sql, values) = match line.strip_prefix('@') {
            None => (line.to_owned(), parameters::guessed(&self.used(line))),
            Some(line) => {
                let mut words = command::arguments(line.trim_end_matches(';')).into_iter();
                let query = self.session.shelf.find(&words.next().unwrap_or_default())?;
                let given = words.map(|word| parameters::pair(&word).map_err(anyhow::Error::msg));
                let before = self.parameters.iter().filter(|(name, _)| query.has(name)).cloned();
                let given: Vec<_> = before.map(Ok).chain(given).collect::<Result<_>>()?;
                let values = query.values(&given, &self.session.clock)?;
                (query.sql, values)
            }
        };
        let began = Instant::now();
        let screen = self.screen();
        let rows = match &self.target {
            Target::Columns(form, path) => self.session.write(&sql, &values, *form, Some(path))?,
            Target::Rows(format, file) => {
                let place = match file {
                    Some(file) => Place::File(file.try_clone()?),
                    None if io::IsTerminal::is_terminal(&io::stdout()) => Place::Screen(screen),
                    None => Place::Stdout,
                };
                let mut answers = Answers::new(*format, place);
                self.session.ask(&sql, &values, &mut answers)?;
                answers.rows()
            }
        };
        if self.timer {
            say(&format!("{:.3} s, {}", began.elapsed().as_secs_f64(), counted(rows, "row")));
        }
        Ok(true)
    }

    /// Those of the command line's parameters that the SQL has.
    fn used(&self, sql: &str) -> Vec<(String, String)> {
        let is_used = |name: &str| analyzer::query::words(sql).any(|word| word == name);
        self.parameters.iter().filter(|(name, _)| is_used(name)).cloned().collect()
    }

    fn screen(&mut self) -> Screen {
        let (columns, rows) = self.editor.dimensions().unwrap_or((80, 24));
        Screen::new(columns.into(), rows.into())
    }

    fn command(&mut self, command: Command) -> Result<bool> {
        match command {
            Command::Quit => return Ok(false),
            Command::Timer(on) => self.timer = on,
            Command::Output(form, file) => self.target = Target::new(form, file.as_deref())?,
            Command::Help => {
                self.list(&["command", "does"], COMMANDS.map(|(name, does)| [name, does].map(str::to_owned)))?
            }
            Command::Functions => {
                self.list(&["function", "gives"], FUNCTIONS.map(|(name, gives)| [name, gives].map(str::to_owned)))?;
            }
            Command::Examples(name) => self.examples(name)?,
            Command::Tables(pattern) => {
                let tables = self.session.engine.get().tables()?.into_iter();
                let pattern = pattern.unwrap_or_else(|| "*".to_owned());
                let wanted = tables.filter(|table| crate::arguments::names::matches(&pattern, &table.name));
                self.list(&["table", "columns"], wanted.map(|table| [table.name, table.columns.len().to_string()]))?;
            }
            Command::Schema(name) => self.schema(name.as_deref())?,
        }
        Ok(true)
    }

    fn schema(&mut self, name: Option<&str>) -> Result<()> {
        let tables = self.session.engine.get().tables()?;
        let wanted = |table: &str| name.is_none_or(|name| name.eq_ignore_ascii_case(table));
        if let Some(name) = name.filter(|_| !tables.iter().any(|table| wanted(&table.name))) {
            let known = tables.iter().map(|table| table.name.as_str());
            anyhow::bail!(crate::arguments::names::unknown_or("table", name, known, ".tables shows all"));
        }
        let wanted = tables.into_iter().filter(|table| wanted(&table.name));
        let rows = wanted.flat_map(|table| {
            let row = move |column: analyzer::query::Column| [table.name.clone(), column.name, column.type_name];
            table.columns.into_iter().map(row)
        });
        self.list(&["table", "column", "type"], rows)
    }

    /// The named queries, or what one of them is.
    fn examples(&mut self, name: Option<String>) -> Result<()> {
        if let Some(name) = name {
            let query = self.session.shelf.find(&name)?;
            let lines = query.sql.lines().map(|line| [line.to_owned()]).collect::<Vec<_>>();
            return self.list(&["sql"], lines);
        }
        let names = self.session.shelf.names();
        let queries = names.iter().filter_map(|name| self.session.shelf.find(name).ok());
        let rows: Vec<[String; 3]> =
            queries.map(|query| [format!("@{}", query.name), query.usage(), query.about]).collect();
        self.list(&["query", "parameters", "answers"], rows)
    }

    /// Prints rows of text for people, whatever the format of answers is.
    fn list<const N: usize>(&mut self, columns: &[&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Result<()> {
        let mut answers = Answers::new(Format::Table, Place::Screen(self.screen()));
        answers.begin(&columns.map(str::to_owned))?;
        for row in rows {
            answers.print(row.map(Cell::Text).to_vec())?;
        }
        Ok(answers.end()?)
    }
}
