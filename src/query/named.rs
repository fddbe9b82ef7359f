//! Queries that have a name: those that tracee has, and files of people's own.
//!
//! A file says in its first lines, which are comments, what it answers and which parameters it has:
//!
//! ```sql
//! -- What a process did to files, in order.
//! -- :pid integer: process id, as the process itself knows it
//! -- :limit integer = 100: rows at the most
//! SELECT ...
//! ```

use std::path::{Path, PathBuf};

use analyzer::query::Cell;
use anyhow::{Context, Result, anyhow, bail};

use super::parameters::{Clock, Kind};
use crate::arguments::names;
use crate::output::escape;

mod shipped;

pub(crate) use shipped::SHIPPED;

/// A query, and what its file says about it.
#[derive(Clone, Debug)]
pub(crate) struct NamedQuery {
    /// What `@` finds it by.
    pub(crate) name: String,
    /// What it answers, in a sentence.
    pub(crate) about: String,
    parameters: Vec<Parameter>,
    /// The whole file.
    pub(super) sql: String,
}

#[derive(Clone, Debug)]
struct Parameter {
    name: String,
    kind: Kind,
    default: Option<String>,
    about: String,
}

impl NamedQuery {
    /// Reads a file's text.
    fn parse(name: &str, sql: &str) -> Result<NamedQuery> {
        let mut lines = sql.lines().map_while(|line| line.trim().strip_prefix("--")).map(str::trim);
        let about = lines.next().filter(|line| !line.is_empty() && !line.starts_with(':'));
        let Some(about) = about else { bail!("query {name}: its first line is no comment that says what it answers") };
        let declared = lines.filter_map(|line| line.strip_prefix(':'));
        let parameters = declared.map(|line| parameter(line).with_context(|| format!("query {name}: \"-- :{line}\"")));
        let parameters = parameters.collect::<Result<_>>()?;
        Ok(NamedQuery { name: name.to_owned(), about: about.to_owned(), parameters, sql: sql.to_owned() })
    }

    /// How it is called: its parameters with their defaults.
    pub(crate) fn usage(&self) -> String {
        let shown = |parameter: &Parameter| match &parameter.default {
            None => format!("{}={}", parameter.name, parameter.kind.name().to_uppercase()),
            Some(default) => format!("[{}={default}]", parameter.name),
        };
        self.parameters.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    /// Whether it has a parameter of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == name)
    }

    /// The values of all its parameters.
    pub(super) fn values(&self, given: &[(String, String)], clock: &Clock) -> Result<Vec<(String, Cell)>> {
        let known = || self.parameters.iter().map(|parameter| parameter.name.as_str());
        if let Some((name, _)) = given.iter().find(|(name, _)| !known().any(|known| known == name)) {
            let all = known().collect::<Vec<_>>().join(", ");
            let all = if all.is_empty() { "it has none".to_owned() } else { format!("it has {all}") };
            bail!("query {}: {}", self.name, names::unknown_or("parameter", name, known(), &all));
        }
        let value = |parameter: &Parameter| {
            let given = given.iter().rev().find(|(name, _)| *name == parameter.name).map(|(_, text)| text);
            let Some(text) = given.or(parameter.default.as_ref()) else {
                let Parameter { name, about, .. } = parameter;
                bail!("query {} needs --param {name}={} ({about})", self.name, parameter.kind.name().to_uppercase());
            };
            if given.is_none() && text == "null" {
                return Ok((parameter.name.clone(), Cell::Null));
            }
            let cell = parameter.kind.read(text, clock);
            let cell = cell.map_err(|why| anyhow!("query {}: parameter {}: {why}", self.name, parameter.name))?;
            Ok((parameter.name.clone(), cell))
        };
        self.parameters.iter().map(value).collect()
    }
}

/// Reads `name type [= default]: what it means`.
fn parameter(line: &str) -> Result<Parameter> {
    let form = "a parameter is declared as \":name type = default: what it means\"";
    let (declaration, about) = line.split_once(": ").context(form)?;
    let (declaration, default) = match declaration.split_once(" = ") {
        Some((declaration, default)) => (declaration, Some(default.trim().to_owned())),
        None => (declaration, None),
    };
    let (name, kind) = declaration.trim().split_once(' ').context(form)?;
    let kind = Kind::named(kind.trim())
        .with_context(|| format!("{kind:?}: a type is integer, real, text, time or duration"))?;
    Ok(Parameter { name: name.to_owned(), kind, default, about: about.trim().to_owned() })
}

/// All queries that have a name.
pub(super) struct Shelf {
    own: Option<PathBuf>,
}

impl Shelf {
    /// Those that tracee has, and those of a directory.
    pub(super) fn new(own: Option<PathBuf>) -> Result<Shelf> {
        if let Some(directory) = own.as_deref().filter(|directory| !directory.is_dir()) {
            bail!("--queries: {} is no directory", directory.display());
        }
        Ok(Shelf { own })
    }

    /// The query of this name, or in this file.
    pub(super) fn find(&self, name: &str) -> Result<NamedQuery> {
        if name.contains('/') || name.ends_with(".sql") {
            return from_file(Path::new(name));
        }
        let own =
            self.own.as_ref().map(|directory| directory.join(format!("{name}.sql"))).filter(|path| path.is_file());
        if let Some(path) = own {
            return from_file(&path);
        }
        if let Some((_, sql)) = SHIPPED.iter().find(|(known, _)| *known == name) {
            return NamedQuery::parse(name, sql);
        }
        let known = self.names();
        let otherwise = "`tracee list queries` shows all; a file's name has a / in it";
        bail!(names::unknown_or("query", name, known.iter().map(String::as_str), otherwise))
    }

    /// The names, in their order.
    pub(super) fn names(&self) -> Vec<String> {
        let entries = self.own.iter().filter_map(|directory| std::fs::read_dir(directory).ok()).flatten();
        let own = entries.filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let name = name.strip_suffix(".sql")?;
            (!name.contains(escape::is_active)).then(|| name.to_owned())
        });
        let mut names: Vec<String> = SHIPPED.iter().map(|(name, _)| (*name).to_owned()).chain(own).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn from_file(path: &Path) -> Result<NamedQuery> {
    let sql = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    NamedQuery::parse(&name, &sql)
}

/// Those that tracee has.
pub(crate) fn shipped() -> Result<Vec<NamedQuery>> {
    SHIPPED.iter().map(|(name, sql)| NamedQuery::parse(name, sql)).collect()
}

#[cfg(test)]
mod tests;
