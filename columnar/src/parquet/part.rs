//! Parts: consecutive segments whose rows go into files of their own, so that parts can be written beside each other.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::Arc;

use analyzer::replay::Damage;
use analyzer::scan::{ScanOptions, Scanner};
use analyzer::tables::{Cell, Column, Table, Type};
use anyhow::{Result, anyhow};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::file::properties::WriterPropertiesPtr;

use super::file::FileWriter;
use super::layout::{self, PARTITION};
use super::manifest::FileEntry;
use super::properties::{GROUP_ROWS, properties};
use crate::arrays::{self, BatchBuilder};

/// Bytes of a capture that become one part, at least and at most: fewer parts make fewer files, more can be written at once.
pub(super) const PART_BYTES: Range<u64> = 16 << 20..256 << 20;
/// Parts of a capture, about, where that leaves them large enough.
const PARTS: u64 = 16;
/// Bytes of rows that wait to become a group, of all kinds of a part together.
const WAITING_BYTES: usize = 24 << 20;
/// Bytes that a kind takes without rows.
const KIND_BYTES: usize = 32 << 10;
/// The column with the number of the capture.
const CAPTURE: &str = "capture";

/// The parts of a capture, of so many bytes: the same whatever works on them.
pub(super) fn parts(scanner: &Scanner, bytes: &Range<u64>) -> Vec<Range<usize>> {
    // Events that are read out of packets need all segments from the first on.
    if scanner.reads_earlier_segments(scanner.catalog().events(), &ScanOptions::default()) {
        return std::iter::once(0..scanner.segments()).collect();
    }
    let lengths = || scanner.capture().segments().iter().map(|segment| segment.length);
    let enough = (lengths().sum::<u64>() / PARTS).clamp(bytes.start, bytes.end);
    let mut parts = Vec::new();
    let (mut first, mut bytes) = (0, 0u64);
    for (segment, length) in lengths().enumerate() {
        bytes = bytes.saturating_add(length);
        if bytes >= enough {
            parts.push(first..segment + 1);
            (first, bytes) = (segment + 1, 0);
        }
    }
    if first < scanner.segments() {
        parts.push(first..scanner.segments());
    }
    parts
}

/// What was written of a part.
#[derive(Default)]
pub(super) struct Written {
    /// The files, with the position of their table in the catalog.
    pub(super) files: Vec<(usize, FileEntry)>,
    /// What could not be read.
    pub(super) damage: Vec<Damage>,
}

/// Writes the rows of a part's events into files below `folder`. `count` is told of rows, some at a time; what it answers says
/// whether to go on. `None` when it was not to go on.
///
/// # Errors
/// The capture cannot be read, or a file not be written.
pub(super) fn write_part(
    scanner: &Scanner,
    segments: Range<usize>,
    folder: &Path,
    capture: u32,
    count: &(dyn Fn(u64) -> bool + Sync),
) -> Result<Option<Written>> {
    let first_segment = segments.start;
    let mut part = Part {
        scanner,
        folder,
        capture,
        first_segment,
        own: scanner.catalog().tables().iter().map(|_| None).collect(),
        foreign: BTreeMap::new(),
        waiting_bytes: 0,
    };
    let mut ended = Ok(true);
    let mut uncounted = 0;
    let damage = scanner.scan_rows(segments, &[PARTITION], &mut |event, table, cells| {
        uncounted += 1;
        ended =
            part.take(event, table, cells).map(|()| uncounted < COUNT_ROWS || count(std::mem::take(&mut uncounted)));
        if matches!(ended, Ok(true)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if !ended? || !count(uncounted) {
        return Ok(None);
    }
    Ok(Some(Written { files: part.finish()?, damage }))
}

/// Rows that are counted together.
const COUNT_ROWS: u64 = 4096;

struct Part<'s> {
    scanner: &'s Scanner,
    folder: &'s Path,
    capture: u32,
    first_segment: usize,
    /// The files of kinds' tables, by position in the catalog.
    own: Vec<Option<Kind>>,
    /// The files of rows that are of no kind's table, by event.
    foreign: BTreeMap<String, Kind>,
    waiting_bytes: usize,
}

impl Part<'_> {
    fn take(&mut self, event: &str, table: usize, cells: &mut [Cell<'_>]) -> Result<()> {
        let catalog = self.scanner.catalog();
        let declared = catalog.tables().get(table).ok_or_else(|| anyhow!("no table {table}"))?;
        let new = || {
            let path = layout::of_events(event, &declared.name, &self.scanner.origin().capture_id, self.first_segment);
            Kind::new(declared, event, path)
        };
        let is_new;
        let kind = match self.own.get_mut(table) {
            Some(own) if catalog.event_of(declared).is_some() => {
                is_new = own.is_none();
                match own {
                    Some(kind) => kind,
                    None => own.insert(new()?),
                }
            }
            _ => {
                is_new = !self.foreign.contains_key(event);
                if is_new {
                    self.foreign.insert(event.to_owned(), new()?);
                }
                self.foreign.get_mut(event).ok_or_else(|| anyhow!("no files of {event}"))?
            }
        };
        if let Some(cell) = kind.capture.and_then(|index| cells.get_mut(index)) {
            *cell = Cell::Integer(self.capture.into());
        }
        let before = kind.bytes;
        kind.append(cells)?;
        self.waiting_bytes += kind.bytes - before + if is_new { KIND_BYTES } else { 0 };
        if kind.rows >= GROUP_ROWS {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(kind.bytes);
            kind.write(self.folder)?;
        }
        if self.waiting_bytes >= WAITING_BYTES {
            let largest = self.own.iter_mut().flatten().chain(self.foreign.values_mut()).max_by_key(|kind| kind.bytes);
            if let Some(kind) = largest {
                self.waiting_bytes = self.waiting_bytes.saturating_sub(kind.bytes);
                kind.write(self.folder)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<(usize, FileEntry)>> {
        let mut files = Vec::new();
        for (table, kind) in self.own.into_iter().enumerate() {
            if let Some(kind) = kind {
                files.push((table, kind.finish(self.folder, self.capture)?));
            }
        }
        for kind in self.foreign.into_values() {
            files.push((0, kind.finish(self.folder, self.capture)?));
        }
        Ok(files)
    }
}

/// The rows of one file.
struct Kind {
    path: String,
    event: String,
    schema: SchemaRef,
    properties: WriterPropertiesPtr,
    file: Option<FileWriter>,
    batch: BatchBuilder,
    /// Position of the column with the number of the capture.
    capture: Option<usize>,
    /// Position of the time.
    time: Option<usize>,
    /// Bytes of a row without text.
    row_bytes: usize,
    /// Rows and bytes that wait.
    rows: usize,
    bytes: usize,
    written_rows: u64,
    /// First and last, UTC nanoseconds.
    times: Option<(i64, i64)>,
}

impl Kind {
    fn new(table: &Table, event: &str, path: String) -> Result<Kind> {
        let columns: Vec<Column> = table.columns.iter().filter(|column| column.name != PARTITION).cloned().collect();
        let position = |name: &str| columns.iter().position(|column| column.name == name);
        let row_bytes = columns.iter().map(|column| match column.ty {
            Type::Integer | Type::Real | Type::Timestamp => 8,
            Type::Boolean => 1,
            Type::Text | Type::Bytes => 16,
        });
        let (capture, time, row_bytes) = (position(CAPTURE), position("ts_ns"), row_bytes.sum());
        let schema = arrays::schema(&Table { columns: columns.clone(), ..table.clone() });
        Ok(Kind {
            path,
            event: event.to_owned(),
            properties: properties(&columns),
            file: None,
            batch: BatchBuilder::new(Arc::clone(&schema))?,
            schema,
            capture,
            time,
            row_bytes,
            rows: 0,
            bytes: 0,
            written_rows: 0,
            times: None,
        })
    }

    fn append(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let before = self.batch.text_bytes();
        self.batch.append(cells)?;
        self.bytes += self.row_bytes + self.batch.text_bytes() - before;
        self.rows += 1;
        if let Some(Cell::Integer(ts_ns)) = self.time.and_then(|index| cells.get(index)) {
            let (first, last) = self.times.unwrap_or((*ts_ns, *ts_ns));
            self.times = Some((first.min(*ts_ns), last.max(*ts_ns)));
        }
        Ok(())
    }

    /// Writes what waits as a group.
    fn write(&mut self, folder: &Path) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            file => file.insert(FileWriter::create(&folder.join(&self.path), &self.schema, &self.properties)?),
        };
        file.append(&self.batch.finish()?)?;
        self.written_rows += self.rows as u64;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    fn finish(mut self, folder: &Path, capture: u32) -> Result<FileEntry> {
        if self.rows > 0 {
            self.write(folder)?;
        }
        if let Some(file) = self.file {
            file.finish()?;
        }
        let (path, event, rows) = (self.path, Some(self.event), self.written_rows);
        Ok(FileEntry { path, rows, capture, event, times_ns: self.times })
    }
}
