//! `tracee query`: SQL over a capture, or over a database that `tracee replay` made.

mod answers;
mod coverage;
mod engine;
mod form;
mod named;
mod parameters;
mod prompt;
mod watch;

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use analyzer::query::{Cell, Question};
use anyhow::{Context, Result, bail};

use crate::arguments::{duration, size};
use crate::failure::say;

use answers::{Answers, Place};
use engine::{Answering, Opened};
use form::Form;
pub(crate) use named::shipped;
use named::{NamedQuery, Shelf};
use parameters::Clock;
use watch::Watch;

/// Memory that a question may take unless told otherwise, in bytes.
const MEMORY: u64 = 512 << 20;

/// Arguments of `tracee query`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A capture, or a database or dataset that `replay` made
    #[arg(value_name = "CAPTURE|DB")]
    source: PathBuf,
    /// The question, several statements may follow each other; or @NAME for one that has a name (`tracee list queries`),
    /// @./FILE for one of your own. Without, a prompt, or what standard input says where that is no terminal
    #[arg(value_name = "SQL|@NAME", conflicts_with = "file")]
    sql: Option<String>,
    /// Read the question from a file, - for standard input
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The value for :NAME in the question
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameters::pair)]
    parameters: Vec<(String, String)>,
    /// A directory of queries (NAME.sql) that @NAME finds before those that tracee has
    #[arg(long, value_name = "DIR")]
    queries: Option<PathBuf>,
    /// How rows are printed, or the file of columns that they become
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Table)]
    output: Form,
    /// How long a question may take
    #[arg(long, value_name = "T", value_parser = duration::parse)]
    timeout: Option<Duration>,
    /// How much memory it may take, beside what it puts into temporary files [default: 512MiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    memory: Option<u64>,
    /// What answers: SQLite on all rows, loaded first, or the columnar engine on the capture as it is
    #[cfg(feature = "columnar")]
    #[arg(long, value_name = "ENGINE", value_enum, default_value_t = engine::Choice::Sqlite)]
    engine: engine::Choice,
    /// Do not say whether what was asked is complete
    #[arg(short, long)]
    quiet: bool,
    /// Segments that are replayed at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// What is asked once: the SQL, or a query that has a name.
enum Asked {
    Sql(String),
    Named(NamedQuery),
}

/// Prints the answers.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let shelf = Shelf::new(arguments.queries.clone())?;
    // A question that cannot be asked is refused before anything is loaded.
    let asked = asked(&arguments, &shelf)?;
    arguments.output.check(asked.is_none() || io::stdout().is_terminal())?;
    let Opened { engine, covered, is_written } = engine::open(&arguments)?;
    let coverage = (!arguments.quiet).then(|| coverage::sentence(covered.as_ref(), is_written));
    let clock = Clock::of(covered.as_ref());
    let session = Session { engine: &engine, shelf, clock, timeout: arguments.timeout, coverage };
    let Some(asked) = asked else {
        return prompt::run(&session, arguments.output, &arguments.parameters);
    };
    let (sql, values) = match &asked {
        Asked::Sql(sql) => (sql, parameters::guessed(&arguments.parameters)),
        Asked::Named(query) => (&query.sql, query.values(&arguments.parameters, &session.clock)?),
    };
    match arguments.output.printed() {
        Some(format) => session.ask(sql, &values, &mut Answers::new(format, Place::Stdout))?,
        None => _ = session.write(sql, &values, arguments.output, None)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What one engine is asked with.
struct Session<'e> {
    engine: &'e Answering,
    shelf: Shelf,
    clock: Clock,
    timeout: Option<Duration>,
    /// What is said of every result; `None` for nothing.
    coverage: Option<String>,
}

impl Session<'_> {
    /// Prints the answers, and says what they rest on.
    fn ask(&self, sql: &str, values: &[(String, Cell)], answers: &mut Answers) -> Result<()> {
        let question = Question { sql, parameters: values, timeout: self.timeout };
        let engine = self.engine.get();
        answers.watch(Watch::begin(engine.meter()));
        let asked = engine.ask(&question, answers);
        // What came before an error is shown all the same.
        let ended = answers.end();
        asked?;
        ended?;
        self.cover();
        Ok(())
    }

    /// Writes the answer as a file of columns, to `path` or to standard output, and says what it rests on. Gives the number of
    /// rows.
    fn write(&self, sql: &str, values: &[(String, Cell)], form: Form, path: Option<&Path>) -> Result<u64> {
        let question = Question { sql, parameters: values, timeout: self.timeout };
        let watch = Watch::begin(self.engine.get().meter());
        let rows = form::write(self.engine, &question, form, path);
        drop(watch);
        let rows = rows?;
        self.cover();
        Ok(rows)
    }

    /// Says what answers rest on.
    fn cover(&self) {
        if let Some(coverage) = &self.coverage {
            say(coverage);
        }
    }
}

/// The question; `None` when it is to be asked for.
fn asked(arguments: &Arguments, shelf: &Shelf) -> Result<Option<Asked>> {
    let sql = match (&arguments.sql, &arguments.file) {
        (Some(sql), _) => sql.clone(),
        (None, Some(file)) => read(file)?,
        (None, None) if io::stdin().is_terminal() => return Ok(None),
        (None, None) => read(Path::new("-"))?,
    };
    if let Some(name) = sql.trim().strip_prefix('@') {
        return shelf.find(name).map(|query| Some(Asked::Named(query)));
    }
    if sql.trim().is_empty() {
        bail!("the SQL is empty");
    }
    Ok(Some(Asked::Sql(sql)))
}

fn read(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut sql = String::new();
        io::stdin().read_to_string(&mut sql).context("cannot read SQL from standard input")?;
        return Ok(sql);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
