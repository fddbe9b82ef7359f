//! The engines, each with the same capture before it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::rows::normalized;

/// A query of `tests/engines`.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// `NN-name`.
    pub(crate) name: String,
    /// Its file.
    pub(crate) path: PathBuf,
}

/// Who answers.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    /// SQLite, loaded from the capture by the query itself.
    SqliteDirect(PathBuf),
    /// SQLite, on a database that `tracee replay` made.
    Sqlite(PathBuf),
    /// DataFusion on the capture.
    #[cfg(feature = "columnar")]
    Columnar(PathBuf),
    /// DataFusion on the dataset that `tracee replay --to parquet` made.
    #[cfg(feature = "columnar")]
    Dataset(PathBuf),
    /// DuckDB on the same dataset.
    #[cfg(feature = "columnar")]
    DuckDb(PathBuf, PathBuf),
    /// Spark on the same dataset.
    #[cfg(feature = "columnar")]
    Spark(PathBuf, PathBuf),
}

impl Engine {
    /// All that can answer about a capture; databases and datasets are made in `folder`, where what signatures find is kept
    /// beside a copy of it, unless it is there itself.
    pub(crate) fn all(capture: &Path, folder: &Path) -> Vec<Engine> {
        let signatures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/signatures.yaml");
        let (copied, database) = (folder.join("capture.tracee"), folder.join("capture.db"));
        let is_ours = capture.starts_with(folder);
        if !is_ours {
            fs::copy(capture, &copied).unwrap();
        }
        let capture = if is_ours { capture } else { &copied };
        tracee(&["detect", "--no-builtin", "--save", "--signatures"], &[&signatures, capture]);
        tracee(&["replay", "--to", "sqlite"], &[capture, &database]);
        #[cfg_attr(not(feature = "columnar"), allow(unused_mut, reason = "SQLite alone"))]
        let mut engines = vec![Engine::Sqlite(database)];
        #[cfg(feature = "columnar")]
        {
            let dataset = folder.join("capture.parquet");
            tracee(&["replay", "--to", "parquet"], &[capture, &dataset]);
            engines.push(Engine::Columnar(capture.to_owned()));
            engines.push(Engine::Dataset(dataset.clone()));
            engines.extend(readers().map(|python| Engine::DuckDb(python, dataset)));
        }
        engines
    }

    /// What a message calls it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Engine::SqliteDirect(_) => "SQLite, direct",
            Engine::Sqlite(_) => "SQLite",
            #[cfg(feature = "columnar")]
            Engine::Columnar(_) => "DataFusion on the capture",
            #[cfg(feature = "columnar")]
            Engine::Dataset(_) => "DataFusion on Parquet",
            #[cfg(feature = "columnar")]
            Engine::DuckDb(..) => "DuckDB on Parquet",
            #[cfg(feature = "columnar")]
            Engine::Spark(..) => "Spark on Parquet",
        }
    }

    /// The answer to each query: rows, or what the engine says against it.
    pub(crate) fn answers(&self, queries: &[Query]) -> Vec<String> {
        let each =
            |source: &Path, options: &[&str]| queries.iter().map(|query| asked(source, options, query)).collect();
        match self {
            Engine::SqliteDirect(capture) => each(capture, SQLITE),
            Engine::Sqlite(database) => each(database, &[]),
            #[cfg(feature = "columnar")]
            Engine::Columnar(capture) => each(capture, &["--engine", "columnar"]),
            #[cfg(feature = "columnar")]
            Engine::Dataset(dataset) => each(dataset, &[]),
            #[cfg(feature = "columnar")]
            Engine::DuckDb(python, dataset) => scripted(python, "duckdb_answers.py", dataset, queries),
            #[cfg(feature = "columnar")]
            Engine::Spark(python, dataset) => scripted(python, "spark_answers.py", dataset, queries),
        }
    }
}

/// What makes `tracee query` ask SQLite of a capture.
const SQLITE: &[&str] = if cfg!(feature = "columnar") { &["--engine", "sqlite"] } else { &[] };

/// Runs a command of tracee.
///
/// # Panics
/// When it fails.
pub(crate) fn tracee(arguments: &[&str], paths: &[&Path]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
    let output = command.args(arguments).args(paths).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tracee {arguments:?} {paths:?}: {}: {said}", output.status);
}

fn asked(source: &Path, options: &[&str], query: &Query) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracee"));
    command.arg("query").arg(source).args(options).arg("-f").arg(&query.path).args(["--output", "json"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    if !output.status.success() {
        return format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    normalized(&String::from_utf8(output.stdout).unwrap())
}

/// The Python that has DuckDB.
///
/// # Panics
/// When `TRACEE_READERS` is `required` and there is none.
#[cfg(feature = "columnar")]
fn readers() -> Option<PathBuf> {
    let found = python("readers", "duckdb");
    let is_required = std::env::var("TRACEE_READERS").is_ok_and(|value| value == "required");
    assert!(found.is_some() || !is_required, "target/readers has no module duckdb");
    if found.is_none() {
        eprintln!("DuckDB is not asked: target/readers has no module duckdb");
    }
    found
}

/// The Python of an environment in `target` that has a module.
#[cfg(feature = "columnar")]
pub(crate) fn python(environment: &str, module: &str) -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(environment).join("bin/python");
    let import = Command::new(&python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
    import.is_ok_and(|status| status.success()).then_some(python)
}

/// One process answers all queries: it is its start that takes time.
#[cfg(feature = "columnar")]
fn scripted(python: &Path, script: &str, dataset: &Path, queries: &[Query]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines").join(script);
    let mut command = Command::new(python);
    command.arg(script).arg(dataset).arg(folder.path()).args(queries.iter().map(|query| &query.path));
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer = |query: &Query| match fs::read_to_string(folder.path().join(&query.name).with_extension("error")) {
        Ok(error) => error,
        Err(_) => normalized(&fs::read_to_string(folder.path().join(&query.name).with_extension("json")).unwrap()),
    };
    queries.iter().map(answer).collect()
}
