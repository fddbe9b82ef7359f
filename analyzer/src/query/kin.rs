//! Who descends from whom, for the functions that ask it: by a connection of their own, since a function cannot use the one
//! that calls it.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Result};

/// Generations that are gone through at the most, as by the table `process_ancestors`.
const DEPTH: usize = 64;
/// Descendants at the most; beyond, the table is the way to ask.
const DESCENDANTS: usize = 100_000;

/// The processes of a database.
pub(super) struct Kin(Connection);

impl Kin {
    /// By a connection that nothing else uses.
    pub(super) fn new(connection: Connection) -> Kin {
        Kin(connection)
    }

    /// Keys of the ancestors, the parent first. A loop ends where it closes.
    pub(super) fn ancestors(&self, key: i64) -> Result<Vec<i64>> {
        let mut found: Vec<i64> = Vec::new();
        while found.len() < DEPTH {
            let Some((Some(parent), _)) = self.process(*found.last().unwrap_or(&key))? else { break };
            if parent == key || found.contains(&parent) {
                break;
            }
            found.push(parent);
        }
        Ok(found)
    }

    /// Keys of the descendants, children before grandchildren; `None` when there are too many.
    pub(super) fn descendants(&self, key: i64) -> Result<Option<Vec<i64>>> {
        let mut children =
            self.0.prepare_cached("SELECT process_key FROM processes WHERE parent_key = ?1 ORDER BY 1")?;
        let mut known = HashSet::from([key]);
        let mut found = Vec::new();
        let mut generation = vec![key];
        for _ in 0..DEPTH {
            let mut next = Vec::new();
            for parent in generation {
                let mut rows = children.query([parent])?;
                while let Some(row) = rows.next()? {
                    let child = row.get(0)?;
                    if known.insert(child) {
                        next.push(child);
                    }
                    if known.len() > DESCENDANTS {
                        return Ok(None);
                    }
                }
            }
            found.extend_from_slice(&next);
            generation = next;
        }
        Ok(Some(found))
    }

    /// Names from the oldest ancestor that is known to the process itself; `None` when the process is not known.
    pub(super) fn callchain(&self, key: i64) -> Result<Option<String>> {
        let Some((_, own)) = self.process(key)? else { return Ok(None) };
        let mut names = vec![own];
        for ancestor in self.ancestors(key)? {
            match self.process(ancestor)? {
                Some((_, name)) => names.push(name),
                None => break,
            }
        }
        let names: Vec<String> = names.into_iter().rev().map(|name| name.unwrap_or_else(|| "?".to_owned())).collect();
        Ok(Some(names.join(" > ")))
    }

    /// Parent and name.
    fn process(&self, key: i64) -> Result<Option<(Option<i64>, Option<String>)>> {
        let mut statement = self.0.prepare_cached("SELECT parent_key, comm FROM processes WHERE process_key = ?1")?;
        statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }
}
