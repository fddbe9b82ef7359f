//! The tables beside the events: processes, losses, captures, clock steps, open files, damage.

use anyhow::Result;
use rusqlite::{CachedStatement, Connection};

use super::artifacts;
use crate::definitions::Definitions;
use crate::info::Info;
use crate::loss::Loss;
use crate::origin::Origin;
use crate::processes::{Process, Processes};
use crate::replay::Damage;
use crate::tables::{
    CAPTURES, CLOCK_STEPS, CONTAINERS, DAMAGE, Declared, Fixed, LOSSES, OPEN_FILES, PODS, PROCESSES, Type,
};
use crate::{json, text};

/// Makes the tables.
pub(super) fn create(database: &Connection) -> Result<()> {
    for table in [&PROCESSES, &LOSSES, &CAPTURES, &CLOCK_STEPS, &OPEN_FILES, &CONTAINERS, &DAMAGE] {
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
        "INSERT INTO containers (container_key, container_id, runtime, pod_uid, first_seen_ns, is_new, pid_ns, cgroup_id,
            hierarchy_id, cgroup_path) VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
    )?;
    for container in definitions.containers.values() {
        insert.execute((
            container.key as i64,
            &container.id,
            container.runtime(),
            container.pod_uid(),
            origin.utc_ns(container.seen_boot_ns),
            container.is_new,
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

/// Stores the processes.
pub(super) fn insert_processes(database: &Connection, processes: &Processes, origin: &Origin) -> Result<()> {
    let mut insert = insert_into(database, &PROCESSES)?;
    for process in processes.list() {
        let mut at = 0;
        macro_rules! bind {
            ($($value:expr),* $(,)?) => {{ $(at += 1; insert.raw_bind_parameter(at, $value)?;)* }};
        }
        let start_ns = (process.start_boot_ns != 0).then(|| origin.utc_ns(process.start_boot_ns));
        let end_ns = process.end_boot_ns.map(|boot_ns| origin.utc_ns(boot_ns));
        let (uid, gid, euid) = match process.ids {
            Some((uid, gid, euid)) => (Some(uid), Some(gid), Some(euid)),
            None => (None, None, None),
        };
        bind!(process.key, process.host_pid, Some(process.pid).filter(|pid| *pid != 0));
        bind!(number(process, process.ppid.into()), process.host_ppid, process.parent_key);
        bind!(start_ns, end_ns, start_ns.map(text::timestamp), end_ns.map(text::timestamp));
        // Those outside the scope may have their parent's.
        let known = process.ids.and(Some(process));
        bind!(known.and_then(|process| process.exe.as_deref()));
        bind!(process.comm.as_deref().map(text::escape).as_deref());
        let argv = known.and_then(|process| process.argv.as_deref());
        bind!(argv.map(text::command_line), argv.map(argv_json));
        bind!(process.cwd.as_deref(), uid, gid, euid, process.exit_code(), process.exit_signal());
        bind!(
            process.end_boot_ns.is_none(),
            process.container_id.as_deref(),
            number(process, process.cgroup_id as i64)
        );
        bind!(number(process, process.mnt_ns.into()), number(process, process.pid_ns.into()));
        bind!(process.uts_name.as_deref().map(text::escape).as_deref());
        insert.raw_execute()?;
    }
    Ok(())
}

/// A number that is only known of processes inside the scope.
fn number(process: &Process, number: i64) -> Option<i64> {
    process.ids.map(|_| number)
}

fn argv_json(argv: &[u8]) -> String {
    let mut out = String::new();
    json::array(&mut out, text::strings(argv), |out, argument| json::string(out, &text::escape(argument)));
    out
}

/// Stores what could not be read.
pub(super) fn insert_damage(database: &Connection, damage: &[Damage]) -> Result<()> {
    let mut insert = insert_into(database, &DAMAGE)?;
    for damage in damage {
        insert.execute((damage.segment as i64, damage.offset as i64, damage.length as i64, &damage.what))?;
    }
    Ok(())
}

/// Stores what is known of the capture as a whole.
pub(super) fn insert_capture(database: &Connection, info: &Info, events: u64) -> Result<()> {
    let mut insert = insert_into(database, &CAPTURES)?;
    let mut at = 0;
    macro_rules! bind {
        ($($value:expr),* $(,)?) => {{ $(at += 1; insert.raw_bind_parameter(at, $value)?;)* }};
    }
    bind!(&info.capture_id, &info.host_id, &info.boot_id, &info.host, &info.kernel, &info.command);
    bind!(info.segments.len() as i64, info.start_ns, info.end_ns);
    bind!(text::timestamp(info.start_ns), text::timestamp(info.end_ns), events as i64, info.lost() as i64);
    bind!(info.is_complete(), info.problems.join("; "), info.stop_reason(), info.exit_status());
    bind!(info.missing_hooks.join("; "), &info.recorder);
    insert.raw_execute()?;
    Ok(())
}
