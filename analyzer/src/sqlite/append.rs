//! Appending: another capture of a host put to those that a database holds already.
//!
//! Ids of contexts and objects, and keys of events, are a capture's own. So each capture keeps its own stored tables and
//! its own views over them, under names that begin with `c2_`, `c3_`, ...; the views that people ask are put together of
//! them, and say in `capture` which a row is of. What is one thing in the world, a process or a container, is one row.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use formats::capture::Capture;
use rusqlite::{Connection, OpenFlags};

use super::identifiers::quoted;
use super::{FIRST_CAPTURE, LoadOptions, LoadSummary, USER_VERSION, load_into, open, processes};
use crate::origin::Origin;
use crate::prelude;
use crate::tables::{ARTIFACT_SOURCES, ARTIFACTS, FIXED};

/// Captures of one database: the views of all of them are read together.
const CAPTURES: i64 = 50;

/// Name under which the capture that is added is attached.
const NEW: &str = "added";

/// Loads the capture into the database at `path`, which [`super::load`] made. `progress` is told how many rows are done and
/// how many there are.
///
/// # Errors
/// The database was not made by this version, holds another host or this capture already, or either cannot be read or
/// written. It is left as it was.
pub fn append(
    capture: &Capture,
    path: &Path,
    options: &LoadOptions,
    progress: &dyn Fn(u64, u64),
) -> Result<LoadSummary> {
    let origin = Origin::gather(capture)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database =
        Connection::open_with_flags(path, flags).with_context(|| format!("cannot open {}", path.display()))?;
    let number = next_number(&database, &origin).with_context(|| format!("cannot append to {}", path.display()))?;
    let alone = tempfile::Builder::new().prefix("tracee-").suffix(".db").tempfile();
    let alone = alone.context("cannot make a temporary file (TMPDIR says where)")?;
    let summary = load_into(&open(alone.path())?, capture, options, progress)
        .with_context(|| format!("cannot load into {}", alone.path().display()))?;
    let attach = || -> Result<()> {
        let text = alone.path().to_str().context("the name of the temporary file is no text")?;
        database.execute(&format!("ATTACH ?1 AS {NEW}"), [text])?;
        Ok(())
    };
    attach()
        .and_then(|()| {
            let transaction = database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            // Another may have appended since.
            let number = next_number(&transaction, &origin)?.max(number);
            put_together(&transaction, number)?;
            Ok(transaction.commit()?)
        })
        .with_context(|| format!("cannot append to {}", path.display()))?;
    Ok(summary)
}

/// The number that the capture gets.
fn next_number(database: &Connection, origin: &Origin) -> Result<i64> {
    let version: i32 = database.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    if version != USER_VERSION {
        bail!("its layout is {version}, not {USER_VERSION}: it was not made by this version of tracee");
    }
    let count = |column: &str, value: &str| {
        database.query_row(&format!("SELECT count(*) FROM captures WHERE {column} = ?1"), [value], |row| {
            row.get::<_, i64>(0)
        })
    };
    let (all, last): (i64, i64) =
        database.query_row("SELECT count(*), coalesce(max(capture), 0) FROM captures", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if count("host_id", &origin.host_id)? != all {
        bail!("it holds captures of another host");
    }
    if count("capture_id", &origin.capture_id)? != 0 {
        bail!("it holds this capture already");
    }
    if last >= CAPTURES {
        bail!("it holds {CAPTURES} captures already");
    }
    Ok(last + 1)
}

/// Tables and views of a schema, with the SQL that made them.
struct Schema {
    tables: BTreeMap<String, String>,
    /// Name of the table, and SQL.
    indexes: Vec<(String, String, String)>,
    views: BTreeMap<String, String>,
}

impl Schema {
    fn of(database: &Connection, name: &str) -> Result<Schema> {
        let mut schema = Schema { tables: BTreeMap::new(), indexes: Vec::new(), views: BTreeMap::new() };
        let mut select = database.prepare(&format!(
            "SELECT type, name, tbl_name, sql FROM {name}.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        ))?;
        let mut rows = select.query(())?;
        while let Some(row) = rows.next()? {
            let (kind, name, table, sql): (String, String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            match kind.as_str() {
                "table" => _ = schema.tables.insert(name, sql),
                "index" => schema.indexes.push((name, table, sql)),
                "view" => _ = schema.views.insert(name, sql),
                _ => bail!("it has a {kind} that is not tracee's"),
            }
        }
        Ok(schema)
    }
}

/// Name of a table or view of one capture.
fn own_name(capture: i64, name: &str) -> String {
    format!("c{capture}_{name}")
}

/// Puts the attached database to the main one, as the capture with this number.
fn put_together(database: &Connection, number: i64) -> Result<()> {
    let added = Schema::of(database, NEW)?;
    let main = Schema::of(database, "main")?;
    let is_shared = |name: &str| FIXED.iter().any(|fixed| fixed.name == name);
    let is_own_view = |name: &str| name != "pods" && !prelude::VIEWS.iter().any(|view| view.name == name);
    copy_stored(database, &added, number, &is_shared)?;
    let views =
        |schema: &Schema| -> Vec<String> { schema.views.keys().filter(|name| is_own_view(name)).cloned().collect() };
    if number == FIRST_CAPTURE + 1 {
        // The first capture's tables keep their names, its views make room for those of all.
        let names = views(&main);
        let renamed: HashMap<&str, String> =
            names.iter().map(|name| (name.as_str(), own_name(FIRST_CAPTURE, name))).collect();
        copy_views(database, &main, &names, &renamed)?;
    }
    let names = views(&added);
    let renamed: HashMap<&str, String> = added
        .tables
        .keys()
        .filter(|name| !is_shared(name))
        .chain(&names)
        .map(|name| (name.as_str(), own_name(number, name)))
        .collect();
    copy_views(database, &added, &names, &renamed)?;
    join_views(database, number)?;
    share(database, number)?;
    processes::insert_ancestors(database)
}

/// Copies the tables that rows are stored in, with their indexes.
fn copy_stored(database: &Connection, added: &Schema, number: i64, is_shared: &dyn Fn(&str) -> bool) -> Result<()> {
    let columns = |sql: &str| sql.find('(').and_then(|at| sql.get(at..)).map(str::to_owned);
    for (name, sql) in added.tables.iter().filter(|(name, _)| !is_shared(name)) {
        let own = quoted(&own_name(number, name));
        let columns = columns(sql).with_context(|| format!("{name}: a table without columns"))?;
        database.execute_batch(&format!(
            "CREATE TABLE main.{own} {columns}; INSERT INTO main.{own} SELECT * FROM {NEW}.{}",
            quoted(name)
        ))?;
    }
    for (name, table, sql) in added.indexes.iter().filter(|(_, table, _)| !is_shared(table)) {
        let columns = columns(sql).with_context(|| format!("{name}: an index without columns"))?;
        let (own, table) = (quoted(&own_name(number, name)), quoted(&own_name(number, table)));
        database.execute_batch(&format!("CREATE INDEX main.{own} ON {table} {columns}"))?;
    }
    Ok(())
}

/// Makes views of one capture's own, which read what is renamed by its new name.
fn copy_views(database: &Connection, schema: &Schema, names: &[String], renamed: &HashMap<&str, String>) -> Result<()> {
    for name in names {
        let (Some(sql), Some(own)) = (schema.views.get(name), renamed.get(name.as_str())) else { continue };
        let (_, select) = sql.split_once(" AS ").with_context(|| format!("{name}: a view of nothing"))?;
        let select = retarget(select, renamed);
        database.execute_batch(&format!("CREATE VIEW main.{} AS {select}", quoted(own)))?;
    }
    Ok(())
}

/// Makes the views of all captures anew.
fn join_views(database: &Connection, last: i64) -> Result<()> {
    let schema = Schema::of(database, "main")?;
    let mut own: BTreeMap<&str, Vec<(i64, &String)>> = BTreeMap::new();
    for capture in FIRST_CAPTURE..=last {
        let prefix = own_name(capture, "");
        for (view, sql) in &schema.views {
            if let Some(name) = view.strip_prefix(&prefix) {
                own.entry(name).or_default().push((capture, sql));
            }
        }
    }
    for (name, captures) in own {
        // A kind without rows adds nothing but its columns.
        let with_rows: Vec<i64> =
            captures.iter().filter(|(_, sql)| !sql.ends_with(" WHERE 0")).map(|(capture, _)| *capture).collect();
        let captures: Vec<i64> = captures.iter().map(|(capture, _)| *capture).collect();
        let columns: Vec<Vec<String>> =
            captures.iter().map(|capture| columns(database, &own_name(*capture, name))).collect::<Result<_>>()?;
        let mut all: Vec<&String> = Vec::new();
        let mut seen = HashSet::new();
        all.extend(columns.iter().flatten().filter(|column| *column != "capture" && seen.insert(*column)));
        let parts = captures.iter().zip(&columns).filter(|(capture, _)| {
            with_rows.contains(capture) || with_rows.is_empty() && Some(*capture) == captures.first()
        });
        let parts = parts.map(|(capture, there)| {
            let shown = all.iter().map(|column| match there.contains(column) {
                true => quoted(column),
                false => format!("NULL AS {}", quoted(column)),
            });
            let shown: Vec<String> = shown.chain([format!("{capture} AS capture")]).collect();
            format!("SELECT {} FROM {}", shown.join(","), quoted(&own_name(*capture, name)))
        });
        let select = parts.collect::<Vec<_>>().join(" UNION ALL ");
        let name = quoted(name);
        database.execute_batch(&format!("DROP VIEW IF EXISTS main.{name}; CREATE VIEW main.{name} AS {select}"))?;
    }
    Ok(())
}

/// Names of a view's columns.
fn columns(database: &Connection, view: &str) -> Result<Vec<String>> {
    let mut select = database.prepare("SELECT name FROM pragma_table_info(?1, 'main')")?;
    Ok(select.query_map([view], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Puts what the tables that all captures share have of the new one to what they have.
fn share(database: &Connection, number: i64) -> Result<()> {
    let later: bool = database.query_row(
        &format!("SELECT (SELECT max(end_ns) FROM {NEW}.captures) >= (SELECT max(end_ns) FROM main.captures)"),
        (),
        |row| row.get(0),
    )?;
    for table in ["processes", "threads"] {
        merge(database, table, later)?;
    }
    // Keys of containers are a boot's own, their ids are not.
    database.execute_batch(&format!(
        "UPDATE {NEW}.containers SET container_key = (SELECT max(container_key) FROM (
                SELECT container_key FROM {NEW}.containers UNION ALL SELECT container_key FROM main.containers
            )) + (SELECT count(*) FROM {NEW}.containers c WHERE c.container_key <= containers.container_key)
            WHERE EXISTS (SELECT 1 FROM main.containers c WHERE c.container_key = containers.container_key
                AND c.container_id IS NOT containers.container_id)"
    ))?;
    merge(database, "containers", later)?;
    let shift: i64 =
        database.query_row("SELECT coalesce(max(artifact_key), 0) FROM main.artifacts", (), |row| row.get(0))?;
    for table in [&ARTIFACTS, &ARTIFACT_SOURCES] {
        let shown = table.names().map(|name| match name {
            "artifact_key" => format!("artifact_key + {shift}"),
            name => name.to_owned(),
        });
        let shown = shown.collect::<Vec<_>>().join(",");
        database.execute_batch(&format!("INSERT INTO main.{0} SELECT {shown} FROM {NEW}.{0}", table.name))?;
    }
    for table in [
        "executions",
        "dns_queries",
        "losses",
        "clock_steps",
        "open_files",
        "damage",
        "captures",
        "event_counts",
        "findings",
        "finding_events",
    ] {
        let shown = columns(database, table)?.into_iter().map(|name| match name.as_str() {
            "capture" => number.to_string(),
            name => quoted(name),
        });
        let shown = shown.collect::<Vec<_>>().join(",");
        database.execute_batch(&format!("INSERT OR IGNORE INTO main.{table} SELECT {shown} FROM {NEW}.{table}"))?;
    }
    Ok(database.execute_batch(&format!(
        "UPDATE main.event_kinds SET rows = event_kinds.rows + k.rows FROM {NEW}.event_kinds k WHERE k.view = event_kinds.view;
         INSERT INTO main.event_kinds SELECT * FROM {NEW}.event_kinds k
            WHERE k.view NOT IN (SELECT view FROM main.event_kinds)"
    ))?)
}

/// Merges a table of what has a life: of what is in both, the interval is that of both together, and the facts are those of
/// the capture that ended last, as far as it knows them.
fn merge(database: &Connection, table: &str, later: bool) -> Result<()> {
    let columns = columns(database, table)?;
    let Some((key, facts)) = columns.split_first() else { return Ok(()) };
    // A bound that is not open is a fact.
    let bound = |of: &str, name: &str, extreme: &str| {
        format!(
            "CASE WHEN NOT {table}.{of}_open THEN {table}.{name} WHEN NOT excluded.{of}_open THEN excluded.{name}
                ELSE {extreme}({table}.{name}, excluded.{name}) END"
        )
    };
    let sets = facts.iter().map(|name| {
        let sql = match name.as_str() {
            "start_ns" | "start_ts" => bound("start", name, "min"),
            "end_ns" | "end_ts" => bound("end", name, "max"),
            "start_open" | "end_open" => format!("min({table}.{name}, excluded.{name})"),
            "first_seen_ns" => format!("min({table}.{name}, excluded.{name})"),
            "is_new" => format!("max({table}.{name}, excluded.{name})"),
            // What it was in the beginning.
            "parent_key" | "ppid" | "host_ppid" | "pid" | "tid" if later => {
                format!("coalesce({table}.{name}, excluded.{name})")
            }
            _ if later => format!("coalesce(excluded.{name}, {table}.{name})"),
            "parent_key" | "ppid" | "host_ppid" | "pid" | "tid" => {
                format!("coalesce(excluded.{name}, {table}.{name})")
            }
            _ => format!("coalesce({table}.{name}, excluded.{name})"),
        };
        format!("{name} = {sql}")
    });
    let sets = sets.collect::<Vec<_>>().join(", ");
    Ok(database.execute_batch(&format!(
        "INSERT INTO main.{table} SELECT * FROM {NEW}.{table} WHERE true ON CONFLICT ({key}) DO UPDATE SET {sets}"
    ))?)
}

/// The SQL with what stands behind FROM and JOIN called by its new name. It is SQL that tracee made: no other place names a
/// table, and columns that are called like one are not touched.
fn retarget(sql: &str, renamed: &HashMap<&str, String>) -> String {
    let mut out = String::with_capacity(sql.len() + 1024);
    let mut rest = sql;
    let mut names_table = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => quoted_length(rest, first),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        rest = behind;
        if first.is_whitespace() {
            out.push_str(token);
            continue;
        }
        let plain = token.strip_prefix('"').and_then(|token| token.strip_suffix('"')).unwrap_or(token);
        match renamed.get(plain).filter(|_| names_table && first != '\'') {
            Some(name) => out.push_str(&quoted(name)),
            None => out.push_str(token),
        }
        names_table = token.eq_ignore_ascii_case("from") || token.eq_ignore_ascii_case("join");
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

/// Length of what is quoted at the start, with its quotation marks.
fn quoted_length(text: &str, mark: char) -> usize {
    let mut inside = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = inside.next() {
        if c == mark && inside.next_if(|(_, next)| *next == mark).is_none() {
            return at + mark.len_utf8();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests;
