//! Asking an engine, and comparing what two of them say.

use std::path::Path;

use analyzer::query::{Answer, Cell, Engine, Question};
use columnar::{Options, Session};
use formats::capture::Capture;

/// What an engine answered.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Asked {
    /// The answer to one statement.
    pub(crate) fn of(engine: &dyn Engine, sql: &str) -> Asked {
        let mut asked = Asked::default();
        engine
            .ask(&Question { sql, ..Question::default() }, &mut asked)
            .unwrap_or_else(|error| panic!("{sql}: {error:#}"));
        asked
    }
}

impl Answer for Asked {
    fn columns(&mut self, names: &[&str]) -> anyhow::Result<()> {
        self.columns = names.iter().map(|name| (*name).to_owned()).collect();
        self.rows.clear();
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        self.rows.push(cells.to_vec());
        Ok(())
    }
}

/// Why a question is not answered.
pub(crate) fn refusal(engine: &dyn Engine, question: &Question<'_>) -> anyhow::Error {
    let mut asked = Asked::default();
    match engine.ask(question, &mut asked) {
        Ok(()) => panic!("{} is answered: {asked:?}", question.sql),
        Err(error) => error,
    }
}

/// The recorded captures.
pub(crate) fn fixtures() -> Vec<Capture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "tracee"));
    paths.sort();
    assert!(paths.len() >= 4);
    paths.iter().map(|path| Capture::open(path).unwrap()).collect()
}

/// A session as it is when nobody says otherwise.
pub(crate) fn columnar(capture: &Capture) -> Session {
    Session::over_capture(capture, &Options::default()).unwrap()
}

/// Rows in an order of their own.
pub(crate) fn sorted(rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
    let mut keyed: Vec<(String, Vec<Cell>)> = rows.into_iter().map(|row| (format!("{row:?}"), row)).collect();
    keyed.sort_by(|one, other| one.0.cmp(&other.0));
    keyed.into_iter().map(|(_, row)| row).collect()
}
