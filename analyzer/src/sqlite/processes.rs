//! The tables of processes: what each was, its threads, and whom it descends from.

use std::collections::HashMap;

use anyhow::Result;
use rusqlite::Connection;

use super::tables::insert_into;
use crate::interval::Interval;
use crate::names::number_name;
use crate::object::FileIdentity;
use crate::origin::Origin;
use crate::processes::{Process, Processes};
use crate::tables::{PROCESS_ANCESTORS, PROCESSES, THREADS};
use crate::{json, text};

/// Generations that `process_ancestors` goes back.
const DEPTH: usize = 64;

/// Stores the processes and their threads, their lives cut to `range`, start and end of the capture in UTC nanoseconds.
/// Sources of artifacts are to be there already: they tell what the programs were.
pub(super) fn insert(database: &Connection, processes: &Processes, origin: &Origin, range: (i64, i64)) -> Result<()> {
    let utc_ns = |boot_ns: u64| (boot_ns != 0).then(|| origin.utc_ns(boot_ns));
    let hashes = executed(database)?;
    let mut insert = insert_into(database, &PROCESSES)?;
    for process in processes.list() {
        let mut at = 0;
        macro_rules! bind {
            ($($value:expr),* $(,)?) => {{ $(at += 1; insert.raw_bind_parameter(at, $value)?;)* }};
        }
        let (started_ns, ended_ns) = (utc_ns(process.start_boot_ns), process.end_boot_ns.and_then(utc_ns));
        let life = Interval::within(range, started_ns, ended_ns);
        let (uid, gid, euid) = match process.ids {
            Some((uid, gid, euid)) => (Some(uid), Some(gid), Some(euid)),
            None => (None, None, None),
        };
        bind!(process.key, process.host_pid, Some(process.pid).filter(|pid| *pid != 0));
        bind!(number(process, process.ppid.into()), process.host_ppid, process.parent_key);
        bind!(life.start_ns, life.end_ns, text::timestamp(life.start_ns), text::timestamp(life.end_ns));
        bind!(life.start_open, life.end_open);
        // Those outside the scope may have their parent's.
        let known = process.ids.and(Some(process));
        bind!(known.and_then(|process| process.exe.as_deref()));
        let hash = known.and_then(|process| hashes.get(&process.exe_file?)).and_then(Option::as_deref);
        bind!(hash, process.comm.as_deref().map(text::escape).as_deref());
        let argv = known.and_then(|process| process.argv.as_deref());
        bind!(argv.map(text::command_line), argv.map(argv_json));
        bind!(process.cwd.as_deref(), uid, gid, euid, process.exit_code());
        bind!(process.exit_signal().map(signal_name), process.exit_signal());
        bind!(process.container_id.as_deref(), number(process, process.cgroup_id as i64));
        bind!(number(process, process.mnt_ns.into()), number(process, process.pid_ns.into()));
        bind!(process.uts_name.as_deref().map(text::escape).as_deref(), started_ns, ended_ns);
        insert.raw_execute()?;
    }
    let mut insert = insert_into(database, &THREADS)?;
    for thread in processes.threads() {
        let life = Interval::within(range, utc_ns(thread.start_boot_ns), thread.end_boot_ns.and_then(utc_ns));
        insert.execute((
            thread.key,
            thread.process_key,
            thread.host_tid,
            Some(thread.tid).filter(|tid| *tid != 0),
            thread.comm.as_deref().map(text::escape).as_deref(),
            life.start_ns,
            life.end_ns,
            life.start_open,
            life.end_open,
        ))?;
    }
    Ok(())
}

fn signal_name(number: i32) -> String {
    number_name("signal", number.into()).map_or_else(|| number.to_string(), |name| name.into_owned())
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

/// SHA-256 of the files that were executed, as sources of artifacts have them; `None` where two of them contradict.
pub(super) fn executed(database: &Connection) -> Result<HashMap<FileIdentity, Option<String>>> {
    let mut found: HashMap<FileIdentity, Option<String>> = HashMap::new();
    let mut select = database.prepare(
        "SELECT dev, inode, ctime_ns, sha256 FROM artifact_sources WHERE kind IN ('exec', 'interpreter') AND complete
            AND sha256 IS NOT NULL AND dev IS NOT NULL AND inode IS NOT NULL AND ctime_ns IS NOT NULL",
    )?;
    let mut rows = select.query(())?;
    while let Some(row) = rows.next()? {
        let (dev, inode, ctime_ns): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let hash: String = row.get(3)?;
        let Some(dev) = device(&dev) else { continue };
        let file = FileIdentity { dev, inode: inode as u64, ctime_ns: ctime_ns as u64 };
        let known = found.entry(file).or_insert_with(|| Some(hash.clone()));
        if known.as_ref() != Some(&hash) {
            *known = None;
        }
    }
    Ok(found)
}

/// A device as its column shows it, `major:minor`, as the number that the kernel keeps.
fn device(shown: &str) -> Option<u32> {
    let (major, minor) = shown.split_once(':')?;
    Some(major.parse::<u32>().ok()?.checked_mul(1 << 20)? | minor.parse::<u32>().ok()?)
}

/// Fills `process_ancestors` anew from `processes`.
pub(super) fn insert_ancestors(database: &Connection) -> Result<()> {
    database.execute_batch("DELETE FROM process_ancestors")?;
    let mut parents: HashMap<i64, (Option<i64>, i64)> = HashMap::new();
    let mut select = database.prepare("SELECT process_key, parent_key, coalesce(host_ppid, 0) FROM processes")?;
    let mut rows = select.query(())?;
    while let Some(row) = rows.next()? {
        parents.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
    }
    let mut keys: Vec<i64> = parents.keys().copied().collect();
    keys.sort_unstable();
    let mut insert = insert_into(database, &PROCESS_ANCESTORS)?;
    let mut chain = Vec::with_capacity(DEPTH);
    for key in keys {
        let is_cut = ancestors(&parents, key, &mut chain);
        for (index, ancestor) in chain.iter().enumerate() {
            insert.execute((key, ancestor, index as i64 + 1, is_cut && index + 1 == chain.len()))?;
        }
    }
    Ok(())
}

/// Replaces `chain` by the ancestors of a process, nearest first; whether the chain goes on beyond them. `parents` has each
/// known process's parent, and the process id of that, which is 0 when there is none. What is forged may go in circles.
fn ancestors(parents: &HashMap<i64, (Option<i64>, i64)>, key: i64, chain: &mut Vec<i64>) -> bool {
    chain.clear();
    let mut last = key;
    loop {
        let Some((parent, parent_pid)) = parents.get(&last) else { return true };
        let Some(parent) = *parent else { return *parent_pid != 0 };
        if chain.len() == DEPTH || parent == key || chain.contains(&parent) {
            return true;
        }
        chain.push(parent);
        last = parent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(pairs: &[(i64, Option<i64>, i64)], key: i64) -> (Vec<i64>, bool) {
        let parents = pairs.iter().map(|(key, parent, pid)| (*key, (*parent, *pid))).collect();
        let mut chain = Vec::new();
        let is_cut = ancestors(&parents, key, &mut chain);
        (chain, is_cut)
    }

    #[test]
    fn a_chain_ends_where_a_process_has_no_parent() {
        let pairs = [(1, None, 0), (2, Some(1), 1), (3, Some(2), 2)];
        assert_eq!(chain(&pairs, 3), (vec![2, 1], false));
        assert_eq!(chain(&pairs, 1), (vec![], false));
    }

    #[test]
    fn an_unknown_parent_cuts_the_chain() {
        assert_eq!(chain(&[(3, Some(2), 2)], 3), (vec![2], true));
        assert_eq!(chain(&[(3, Some(2), 2), (2, None, 77)], 3), (vec![2], true));
    }

    #[test]
    fn a_loop_ends() {
        assert_eq!(chain(&[(1, Some(1), 1)], 1), (vec![], true));
        let pairs = [(1, Some(2), 2), (2, Some(3), 3), (3, Some(2), 2)];
        assert_eq!(chain(&pairs, 1), (vec![2, 3], true));
        assert_eq!(chain(&pairs, 2), (vec![3], true));
    }

    #[test]
    fn a_deep_chain_is_cut_at_its_limit() {
        let mut pairs = vec![(0, None, 0)];
        pairs.extend((1..=70).map(|key| (key, Some(key - 1), key - 1)));
        assert_eq!(chain(&pairs, 64), ((0..64).rev().collect(), false));
        assert_eq!(chain(&pairs, 70), ((6..70).rev().collect(), true));
    }

    #[test]
    fn a_device_is_read_as_it_is_shown() {
        for number in [0x0080_0001u32, 0xfff0_0000, 5] {
            let shown = number_name("dev", number.into()).unwrap();
            assert_eq!(device(&shown), Some(number), "{shown}");
        }
        assert_eq!(device("1"), None);
        assert_eq!(device("99999:1"), None);
    }
}
