//! Who descends from whom, for the functions that ask it: read out of the tables before the first question that does, since a
//! function of a query cannot ask another.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use analyzer::query::functions::{DESCENDANTS, array, chain};
use analyzer::query::{Cell, Stopped};
use anyhow::Result;

/// The functions that need it.
pub(crate) const FUNCTIONS: [&str; 3] = ["ancestors", "descendants", "callchain"];
/// What is read of who descends from whom.
pub(crate) const ANCESTORS: &str = "SELECT process_key, ancestor_key, depth, cut FROM process_ancestors";
/// What is read of each process.
pub(crate) const NAMES: &str = "SELECT process_key, comm FROM processes";

/// A process and one of its ancestors.
#[derive(Clone, Copy, Debug)]
struct Link {
    process_key: i64,
    ancestor_key: i64,
    depth: i64,
    is_cut: bool,
}

/// The processes.
#[derive(Debug)]
pub(crate) struct Kin {
    /// In the order of processes and depth.
    up: Vec<Link>,
    /// The same, in the order of ancestors, depth and processes.
    down: Vec<Link>,
    names: HashMap<i64, Option<String>>,
    /// Bytes that are left for it, and that there are.
    left: usize,
    limit: usize,
}

impl Kin {
    /// None yet; all of them may take so many bytes.
    pub(crate) fn new(limit: usize) -> Kin {
        Kin { up: Vec::new(), down: Vec::new(), names: HashMap::new(), left: limit, limit }
    }

    fn take(&mut self, bytes: usize) -> Result<()> {
        let left = self.left.checked_sub(bytes).ok_or(Stopped::Memory(self.limit as u64))?;
        self.left = left;
        Ok(())
    }

    /// Takes a row of [`ANCESTORS`].
    ///
    /// # Errors
    /// There are more than memory is for.
    pub(crate) fn link(&mut self, row: &[Cell]) -> Result<()> {
        let &[Cell::Integer(process_key), Cell::Integer(ancestor_key), Cell::Integer(depth), Cell::Integer(cut)] = row
        else {
            return Ok(());
        };
        self.take(2 * size_of::<Link>())?;
        self.up.push(Link { process_key, ancestor_key, depth, is_cut: cut != 0 });
        Ok(())
    }

    /// Takes a row of [`NAMES`].
    ///
    /// # Errors
    /// There are more than memory is for.
    pub(crate) fn name(&mut self, row: &[Cell]) -> Result<()> {
        let [Cell::Integer(key), name] = row else { return Ok(()) };
        let name = if let Cell::Text(name) = name { Some(name.clone()) } else { None };
        self.take(2 * size_of::<(i64, Option<String>)>() + name.as_ref().map_or(0, String::len))?;
        self.names.insert(*key, name);
        Ok(())
    }

    /// Ends taking rows.
    pub(crate) fn finish(mut self) -> Kin {
        self.down = self.up.clone();
        self.up.sort_unstable_by_key(|link| (link.process_key, link.depth));
        self.down.sort_unstable_by_key(|link| (link.ancestor_key, link.depth, link.process_key));
        self
    }

    fn above(&self, key: i64) -> &[Link] {
        let begin = self.up.partition_point(|link| link.process_key < key);
        let end = self.up.partition_point(|link| link.process_key <= key);
        self.up.get(begin..end).unwrap_or_default()
    }

    /// Keys of the ancestors as a JSON array, the parent first.
    pub(crate) fn ancestors(&self, key: i64) -> String {
        array(self.above(key).iter().map(|link| link.ancestor_key))
    }

    /// Keys of the descendants as a JSON array, children before grandchildren; `None` when there are too many.
    pub(crate) fn descendants(&self, key: i64) -> Option<String> {
        let begin = self.down.partition_point(|link| link.ancestor_key < key);
        let end = self.down.partition_point(|link| link.ancestor_key <= key);
        let below = self.down.get(begin..end).unwrap_or_default();
        (below.len() <= DESCENDANTS).then(|| array(below.iter().map(|link| link.process_key)))
    }

    /// Names from the oldest ancestor that is known to the process itself; `None` when the process is not known.
    pub(crate) fn callchain(&self, key: i64) -> Option<String> {
        let own = self.names.get(&key)?;
        let above = self.above(key);
        let names = above.iter().map(|link| self.names.get(&link.ancestor_key)?.as_deref());
        let is_cut = above.last().is_some_and(|link| link.is_cut);
        Some(chain(std::iter::once(own.as_deref()).chain(names), is_cut))
    }
}

/// What a session's functions share.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedKin(Arc<RwLock<Option<Arc<Kin>>>>);

impl SharedKin {
    /// The processes; `None` when no question has asked for them.
    pub(crate) fn get(&self) -> Option<Arc<Kin>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps them.
    pub(crate) fn set(&self, kin: Kin) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(kin));
    }
}
