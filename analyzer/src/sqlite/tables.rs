//! The tables beside the events: processes, losses, captures, clock steps, open files, damage.

use anyhow::Result;
use rusqlite::{CachedStatement, Connection};

use super::{FIRST_CAPTURE, artifacts};
use crate::container::Container;
use crate::definitions::Definitions;
use crate::info::Info;
use crate::interval::Interval;
use crate::loss::Loss;
use crate::origin::Origin;
use crate::replay::Damage;
use crate::tables::{
    CAPTURES, CLOCK_STEPS, CONTAINERS, DAMAGE, DNS_QUERIES, Declared, EVENT_COUNTS, EXECUTIONS, Fixed, LOSSES,
    OPEN_FILES, PODS, PROCESS_ANCESTORS, PROCESSES, THREADS, Type,
};
use crate::text;

/// Makes the tables.
pub(super) fn create(database: &Connection) -> Result<()> {
    for table in [
        &PROCESSES,
        &THREADS,
        &PROCESS_ANCESTORS,
        &EXECUTIONS,
        &DNS_QUERIES,
        &EVENT_COUNTS,
        &LOSSES,
        &CAPTURES,
        &CLOCK_STEPS,
        &OPEN_FILES,
        &CONTAINERS,
        &DAMAGE,
    ] {
        create_table(database, table)?;
    }
    let columns = PODS.names().map(|name| {
        let sql = match name {
            "pod_uid" => name,
            "containers" => "count(*) - coalesce(sum(is_sandbox), 0)",
            "sandbox_id" => "max(iif(is_sandbox, container_id, NULL))",
            "first_seen_ns" => "min(first_seen_ns)",
            name => &format!("max({name})"),
        };
        format!("{sql} AS {name}")
    });
    let columns: Vec<String> = columns.collect();
    database.execute_batch(&format!(
        "CREATE VIEW pods AS SELECT {} FROM containers WHERE pod_uid IS NOT NULL GROUP BY pod_uid",
        columns.join(",")
    ))?;
    artifacts::create(database)
}

/// Makes a table as it is declared.
pub(super) fn create_table(database: &Connection, table: &Fixed) -> Result<()> {
    let column = |(index, (name, ty, _)): (usize, &Declared)| {
        let ty = match ty {
            Type::Integer | Type::Boolean => "INTEGER",
            Type::Real => "REAL",
            Type::Text | Type::Timestamp => "TEXT",
            Type::Bytes => "BLOB",
        };
        let key = if index == 0 && table.is_keyed { " PRIMARY KEY" } else { "" };
        format!("{name} {ty}{key}")
    };
    let columns: Vec<String> = table.columns.iter().enumerate().map(column).collect();
    Ok(database.execute_batch(&format!("CREATE TABLE {} ({})", table.name, columns.join(",")))?)
}

/// A statement that stores a whole row of a table; one whose key is there is left out.
pub(super) fn insert_into<'c>(database: &'c Connection, table: &Fixed) -> Result<CachedStatement<'c>> {
    let places = vec!["?"; table.columns.len()].join(",");
    Ok(database.prepare_cached(&format!("INSERT OR IGNORE INTO {} VALUES ({places})", table.name))?)
}

/// Stores what a segment tells beside its rows.
pub(super) fn insert_segment(database: &Connection, definitions: &Definitions, origin: &Origin) -> Result<()> {
    let mut insert = insert_into(database, &LOSSES)?;
    for loss in &definitions.losses {
        for (event, count) in &loss.kinds {
            insert.execute((
                definitions.segment as i64,
                loss.lane_name(),
                loss.cpu,
                loss.reason_words(),
                sequence(loss, loss.sequences.0),
                sequence(loss, loss.sequences.1),
                origin.utc_ns(loss.boot_ns.0),
                origin.utc_ns(loss.boot_ns.1),
                event_name(definitions, *event),
                *count as i64,
            ))?;
        }
    }
    let mut insert = insert_into(database, &CLOCK_STEPS)?;
    for clock in definitions.statements.clocks.iter().filter(|clock| clock.step_ns != 0) {
        let ts_ns = origin.utc_ns(clock.boot_ns);
        insert.execute((
            clock.boot_ns as i64,
            ts_ns,
            text::timestamp(ts_ns),
            clock.realtime_ns,
            clock.step_ns,
            clock.uncertainty_ns as i64,
        ))?;
    }
    let mut insert = insert_into(database, &OPEN_FILES)?;
    for open in &definitions.open_files {
        let context = definitions.context(open.context);
        insert.execute((
            definitions.segment as i64,
            context.and_then(|context| context.process_key),
            context.map(|context| context.host_pid),
            open.fd,
            Some(open.object as i64).filter(|id| *id != 0),
            definitions.object_name(open.object),
            origin.utc_ns(open.read_boot_ns),
        ))?;
    }
    Ok(())
}

/// Stores what a segment tells of containers; a later one adds what earlier ones did not know.
pub(super) fn insert_containers(database: &Connection, definitions: &Definitions, origin: &Origin) -> Result<()> {
    let mut insert = database.prepare_cached(
        "INSERT INTO containers (container_key, container_id, runtime, pod_uid, first_seen_ns, is_new, start_ns, pid_ns,
            cgroup_id, hierarchy_id, cgroup_path) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
    )?;
    for container in definitions.containers.values() {
        insert.execute((
            container.key as i64,
            &container.id,
            container.runtime(),
            container.pod_uid(),
            origin.utc_ns(container.seen_boot_ns),
            container.is_new,
            start_boot_ns(container).map(|boot_ns| origin.utc_ns(boot_ns)),
            Some(container.pid_ns).filter(|inode| *inode != 0),
            container.cgroup_id as i64,
            container.hierarchy_id,
            text::escape(&container.cgroup_path),
        ))?;
    }
    let mut update = database.prepare_cached(
        "UPDATE containers SET created_ns = ?2, is_sandbox = ?3, runtime_id = ?4, runtime = coalesce(?5, runtime), name = ?6,
            image = ?7, image_id = ?8, image_digest = ?9, pod_name = ?10, pod_uid = coalesce(?11, pod_uid),
            pod_namespace = ?12, labels = ?13, why_not = ?14 WHERE container_key = ?1 AND (?14 IS NULL OR runtime_id IS NULL)",
    )?;
    for description in &definitions.descriptions {
        let mut at = 0;
        macro_rules! bind {
            ($($value:expr),* $(,)?) => {{ $(at += 1; update.raw_bind_parameter(at, $value)?;)* }};
        }
        bind!(description.key as i64, description.created_ns, description.is_sandbox);
        for text in &description.texts {
            bind!(text.as_deref().map(text::escape).as_deref());
        }
        update.raw_execute()?;
    }
    let mut remove = database.prepare_cached(
        "UPDATE containers SET removed_ns = ?2 WHERE cgroup_id = ?1 AND hierarchy_id = ?3 AND pid_ns IS NULL AND removed_ns IS NULL",
    )?;
    for (cgroup_id, hierarchy_id, boot_ns) in &definitions.removed_cgroups {
        remove.execute((*cgroup_id as i64, origin.utc_ns(*boot_ns), hierarchy_id))?;
    }
    Ok(())
}

/// When a container began, as far as it is known; boot-time nanoseconds.
fn start_boot_ns(container: &Container) -> Option<u64> {
    match container.pid_ns_start_boot_ns {
        0 => Some(container.seen_boot_ns).filter(|_| container.is_new),
        start_boot_ns => Some(start_boot_ns),
    }
}

/// Now that all is known of containers, tells how long each was there within `range`, UTC nanoseconds.
pub(super) fn bound_containers(database: &Connection, range: (i64, i64)) -> Result<()> {
    let mut known: Vec<(i64, Interval)> = Vec::new();
    let mut select = database.prepare("SELECT container_key, start_ns, removed_ns FROM containers")?;
    let mut rows = select.query(())?;
    while let Some(row) = rows.next()? {
        known.push((row.get(0)?, Interval::within(range, row.get(1)?, row.get(2)?)));
    }
    let mut update = database.prepare(
        "UPDATE containers SET start_ns = ?2, end_ns = ?3, start_open = ?4, end_open = ?5 WHERE container_key = ?1",
    )?;
    for (key, life) in known {
        update.execute((key, life.start_ns, life.end_ns, life.start_open, life.end_open))?;
    }
    Ok(())
}

fn sequence(loss: &Loss, number: u64) -> Option<i64> {
    (loss.sequences.1 != 0).then_some(number as i64)
}

/// Name of a lost kind: losses may be of kinds that the segment has no row of, so the build's own table is asked too.
fn event_name(definitions: &Definitions, event: u16) -> Option<String> {
    let schema = definitions.schema.get(event).or_else(|| formats::schema::Schema::builtin().get(event));
    match (event, schema) {
        (0, _) => None,
        (_, Some(schema)) => Some(schema.name.clone()),
        (number, None) => Some(format!("event_{number}")),
    }
}

/// Stores what could not be read.
pub(super) fn insert_damage(database: &Connection, damage: &[Damage]) -> Result<()> {
    let mut insert = insert_into(database, &DAMAGE)?;
    for damage in damage {
        insert.execute((damage.segment as i64, damage.offset as i64, damage.length as i64, &damage.what))?;
    }
    Ok(())
}

/// Counts the rows of each event, and those that were lost, once every table has its rows. What a forged capture lost may be
/// more than a number holds.
pub(super) fn count_events(database: &Connection) -> Result<()> {
    database.execute(
        "INSERT INTO event_counts SELECT ?1, event, sum(rows), CAST(total(lost) AS INTEGER) FROM (
            SELECT event, rows, 0 AS lost FROM event_kinds
            UNION ALL SELECT event, count(*), 0 FROM raw_other GROUP BY event
            UNION ALL SELECT event, 0, count FROM losses) GROUP BY event ORDER BY event",
        [FIRST_CAPTURE],
    )?;
    Ok(())
}

/// Stores what is known of the capture as a whole.
pub(super) fn insert_capture(database: &Connection, info: &Info, origin: &Origin, events: u64) -> Result<()> {
    let mut insert = insert_into(database, &CAPTURES)?;
    let mut at = 0;
    macro_rules! bind {
        ($($value:expr),* $(,)?) => {{ $(at += 1; insert.raw_bind_parameter(at, $value)?;)* }};
    }
    bind!(FIRST_CAPTURE, &info.capture_id, &info.host_id, &info.boot_id, &info.host, &info.kernel, &info.command);
    bind!(info.segments.len() as i64, info.start_ns, info.end_ns);
    bind!(text::timestamp(info.start_ns), text::timestamp(info.end_ns), events as i64, info.lost() as i64);
    bind!(info.is_complete(), info.problems.join("; "), info.stop_reason(), info.exit_status());
    bind!(info.missing_hooks.join("; "), origin.arch.name(), origin.offset_ns(), &info.recorder);
    insert.raw_execute()?;
    Ok(())
}
