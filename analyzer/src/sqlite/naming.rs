//! Names of numbers in the database: rows hold the number, the table `names` what it is called, and views look it up. A
//! name is stored when its number first occurs.

use std::borrow::Cow;
use std::collections::HashSet;

use anyhow::Result;
use formats::arch::Arch;
use rusqlite::{Connection, Statement};

use crate::names::{Naming, naming};
use crate::numbers::Keyed;
use crate::row::{MARKED, Row};

/// Numbers of which it is remembered that they are stored. Beyond it the memory is cleared: storing twice is harmless.
const REMEMBERED: usize = 1 << 20;

/// A display hint's number in the table `names`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Domain {
    pub(super) number: u16,
    naming: Naming,
}

impl Domain {
    /// What a value of this domain is stored under.
    pub(super) fn key(&self, value: i64, flags: u16) -> i64 {
        self.naming.key(value, flags)
    }

    /// SQL for the name of the value in `column` of the event `e`; NULL when it has none.
    pub(super) fn name_sql(&self, column: &str) -> String {
        name_sql(self.number, &self.naming.key_sql(column, "e.flags"))
    }

    /// Whether it names calls of another table than the architecture's own.
    pub(super) fn is_compat_calls(&self) -> bool {
        matches!(self.naming, Naming::CompatCalls(_))
    }
}

/// What is in the table `names`.
pub(super) struct NameTable<'c> {
    insert: Statement<'c>,
    arch: Arch,
    hints: Vec<String>,
    stored: HashSet<(u16, i64), Keyed>,
    /// The last number stored of each domain: the next is often the same.
    last: Vec<Option<i64>>,
}

/// The domain of [`crate::row::marks`].
pub(super) const MARKS: u16 = 0;
/// The domain of errors, by their positive numbers.
pub(super) const ERRORS: u16 = 1;

impl<'c> NameTable<'c> {
    /// Makes the table.
    pub(super) fn create(database: &'c Connection, arch: Arch) -> Result<NameTable<'c>> {
        database.execute_batch(
            "CREATE TABLE names (domain INTEGER NOT NULL, value INTEGER NOT NULL, name TEXT NOT NULL,
                PRIMARY KEY (domain, value)) WITHOUT ROWID",
        )?;
        let insert = database.prepare("INSERT OR IGNORE INTO names VALUES (?, ?, ?)")?;
        // Of what has no hint: marks and errors.
        let hints = vec![String::new(); 2];
        let last = vec![None; hints.len()];
        Ok(NameTable { insert, arch, hints, stored: HashSet::default(), last })
    }

    /// The domain of a display hint; `None` when the hint names no numbers.
    pub(super) fn domain(&mut self, hint: &str) -> Option<Domain> {
        let naming = naming(hint, self.arch)?;
        let known = self.hints.iter().position(|known| known == hint);
        let number = known.unwrap_or_else(|| {
            self.hints.push(hint.to_owned());
            self.last.push(None);
            self.hints.len() - 1
        });
        Some(Domain { number: number as u16, naming })
    }

    /// Sees to it that the number's name is stored, if it has one.
    pub(super) fn store(&mut self, domain: Domain, value: i64) -> Result<()> {
        let last = &mut self.last[usize::from(domain.number)];
        if *last == Some(value) {
            return Ok(());
        }
        *last = Some(value);
        if !self.stored.contains(&(domain.number, value)) {
            self.store_as(domain.number, value, domain.naming.name(value))?;
        }
        Ok(())
    }

    /// Sees to it that the words for a frame's flags are stored.
    pub(super) fn store_marks(&mut self, flags: u16) -> Result<()> {
        let flags = flags & marked();
        if flags != 0 && !self.stored.contains(&(MARKS, flags.into())) {
            self.store_as(MARKS, flags.into(), crate::row::marks(flags).map(Cow::from))?;
        }
        Ok(())
    }

    /// Sees to it that the name of the error that a row says is stored.
    pub(super) fn store_error(&mut self, row: &Row<'_>) -> Result<()> {
        match (row.error(), row.ret()) {
            (Some(error), Some(ret)) if !self.stored.contains(&(ERRORS, -ret)) => {
                self.store_as(ERRORS, -ret, Some(error.into_owned().into()))
            }
            _ => Ok(()),
        }
    }

    fn store_as(&mut self, domain: u16, value: i64, name: Option<Cow<'static, str>>) -> Result<()> {
        if self.stored.len() >= REMEMBERED {
            self.stored.clear();
        }
        self.stored.insert((domain, value));
        if let Some(name) = name {
            self.insert.execute((domain, value, name))?;
        }
        Ok(())
    }
}

/// The bits of a frame's flags that have words.
pub(super) fn marked() -> u16 {
    MARKED.iter().fold(0, |mask, (bit, _)| mask | bit)
}

/// SQL for the name of the number in `column`; NULL when it has none.
pub(super) fn name_sql(domain: u16, column: &str) -> String {
    format!("(SELECT n.name FROM names n WHERE n.domain={domain} AND n.value={column})")
}
