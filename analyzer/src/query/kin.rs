//! Who descends from whom, for the functions that ask it: as the table `process_ancestors` has it, on every engine. Here is
//! what the answers look like, and where SQLite finds them: by a connection of its own, since a function cannot use the one
//! that calls it.

use rusqlite::{Connection, OptionalExtension, Result};

/// Descendants at the most; beyond, the table is the way to ask.
pub const DESCENDANTS: usize = 100_000;
/// What stands for a name that is not known.
const NAMELESS: &str = "?";
/// What stands for ancestors that a chain goes on to without being known.
const CUT: &str = "...";

/// Keys as a JSON array.
pub fn array(keys: impl IntoIterator<Item = i64>) -> String {
    let keys: Vec<String> = keys.into_iter().map(|key| key.to_string()).collect();
    format!("[{}]", keys.join(","))
}

/// Names from the oldest ancestor to the process itself; `names` begins with its own, then that of its parent. `is_cut` says
/// that the oldest had a parent too.
pub fn chain<'n>(names: impl IntoIterator<Item = Option<&'n str>>, is_cut: bool) -> String {
    let mut names: Vec<&str> = names.into_iter().map(|name| name.unwrap_or(NAMELESS)).collect();
    if is_cut {
        names.push(CUT);
    }
    names.reverse();
    names.join(" > ")
}

/// The processes of a database.
pub(super) struct Kin(Connection);

impl Kin {
    /// By a connection that nothing else uses.
    pub(super) fn new(connection: Connection) -> Kin {
        Kin(connection)
    }

    /// Keys of the ancestors, the parent first.
    pub(super) fn ancestors(&self, key: i64) -> Result<String> {
        let mut ancestors = self
            .0
            .prepare_cached("SELECT ancestor_key FROM process_ancestors WHERE process_key = ?1 ORDER BY depth")?;
        let keys = ancestors.query_map([key], |row| row.get(0))?;
        Ok(array(keys.collect::<Result<Vec<i64>>>()?))
    }

    /// Keys of the descendants, children before grandchildren; `None` when there are too many.
    pub(super) fn descendants(&self, key: i64) -> Result<Option<String>> {
        let mut descendants = self.0.prepare_cached(
            "SELECT process_key FROM process_ancestors WHERE ancestor_key = ?1 ORDER BY depth, process_key LIMIT ?2",
        )?;
        let keys = descendants.query_map([key, DESCENDANTS as i64 + 1], |row| row.get(0))?;
        let keys: Vec<i64> = keys.collect::<Result<_>>()?;
        Ok((keys.len() <= DESCENDANTS).then(|| array(keys)))
    }

    /// Names from the oldest ancestor that is known to the process itself; `None` when the process is not known.
    pub(super) fn callchain(&self, key: i64) -> Result<Option<String>> {
        let mut own = self.0.prepare_cached("SELECT comm FROM processes WHERE process_key = ?1")?;
        let Some(own) = own.query_row([key], |row| row.get::<_, Option<String>>(0)).optional()? else {
            return Ok(None);
        };
        let mut ancestors = self.0.prepare_cached(
            "SELECT p.comm, a.cut FROM process_ancestors a LEFT JOIN processes p ON p.process_key = a.ancestor_key
                WHERE a.process_key = ?1 ORDER BY a.depth",
        )?;
        let found = ancestors.query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let found: Vec<(Option<String>, bool)> = found.collect::<Result<_>>()?;
        let is_cut = found.last().is_some_and(|(_, is_cut)| *is_cut);
        let names = std::iter::once(own.as_deref()).chain(found.iter().map(|(name, _)| name.as_deref()));
        Ok(Some(chain(names, is_cut)))
    }
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[test]
    fn a_chain_says_what_it_does_not_know() {
        assert_eq!(chain([Some("curl"), Some("bash")], false), "bash > curl");
        assert_eq!(chain([Some("curl"), None, Some("sshd")], true), "... > sshd > ? > curl");
        assert_eq!(chain([None], false), "?");
    }
}
