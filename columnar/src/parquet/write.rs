//! Making a dataset of a capture, or adding one to it.

use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use analyzer::info::Info;
use analyzer::scan::{Scanner, time_range};
use anyhow::{Result, anyhow, bail};
use formats::capture::Capture;

use super::dataset::Dataset;
use super::manifest::{CaptureEntry, FORMAT, FileEntry, Manifest, TableEntry};
use super::others::{is_other, is_shared, write_others};
use super::part::{PART_BYTES, Written, parts, write_decoded, write_part};
use super::publish::Staging;
use super::views;

/// How to write.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// Parts of the capture that are worked on at once; 0 for as many as there are processors.
    pub threads: usize,
    /// Whether to add the capture to a dataset that is there, if one is.
    pub append: bool,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct WriteSummary {
    /// Rows of events.
    pub events: u64,
    /// Files.
    pub files: u64,
    /// Parts of the capture that could not be read.
    pub damaged: u64,
}

/// Parts that are worked on at once at most: each takes some 60 MiB.
const WORKERS: usize = 6;

/// Writes a capture as a dataset at `directory`, which must not be there unless it is added to. Until all of it is written,
/// nothing is at `directory`. `progress` is told how many rows are done and how many there are.
///
/// # Errors
/// Something else is there, the dataset has this capture or is of another host, the capture cannot be read, or files cannot be
/// written; what was written is then removed.
pub fn write(
    capture: &Capture,
    directory: &Path,
    options: &WriteOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<WriteSummary> {
    write_in_parts(capture, directory, options, &PART_BYTES, progress)
}

fn write_in_parts(
    capture: &Capture,
    directory: &Path,
    options: &WriteOptions,
    part_bytes: &Range<u64>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<WriteSummary> {
    let staging = Staging::begin(directory, options.append)?;
    let scanner = Scanner::of(capture)?;
    let mut manifest = match staging.existing() {
        Some(manifest) => manifest.clone(),
        None => Manifest {
            format: FORMAT,
            written_by: String::new(),
            host_id: scanner.origin().host_id.clone(),
            captures: Vec::new(),
            tables: Vec::new(),
        },
    };
    manifest.written_by = concat!("tracee ", env!("CARGO_PKG_VERSION")).to_owned();
    check(&manifest, &scanner, directory)?;
    let number = u32::try_from(manifest.captures.len())?.saturating_add(1);
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, |count| count.get()),
        threads => threads,
    };
    let total = Info::gather(capture)?.rows();
    let parts = parts(&scanner, part_bytes);
    let written = write_events(&scanner, &parts, staging.folder(), number, threads.min(WORKERS), total, progress)?;
    let mut files = Vec::new();
    let mut damaged = 0;
    for part in written {
        files.extend(part.files);
        damaged += part.damage.len() as u64;
    }
    let events = files.iter().map(|(_, file)| file.rows).sum();
    // What cannot be read was found by the first reading.
    files.extend(write_decoded(&scanner, staging.folder(), number)?.files);
    let earlier = staging.existing().map(|_| Dataset::open(directory)).transpose()?;
    files.extend(write_others(&scanner, staging.folder(), (number, earlier), threads)?);
    let summary = WriteSummary { events, files: files.len() as u64, damaged };
    list(&mut manifest, &scanner, files)?;
    manifest.captures.push(CaptureEntry {
        capture: number,
        capture_id: scanner.origin().capture_id.clone(),
        boot_id: scanner.origin().boot_id.clone(),
        rows: events,
        damaged,
        times_ns: time_range(capture)?,
    });
    views::write(&manifest, staging.folder())?;
    manifest.write(staging.folder())?;
    staging.publish(&manifest, number)?;
    Ok(summary)
}

/// Whether the capture may be added.
fn check(manifest: &Manifest, scanner: &Scanner, directory: &Path) -> Result<()> {
    let origin = scanner.origin();
    if manifest.host_id != origin.host_id {
        bail!("{}: it is of the host {}, the capture of {}", directory.display(), manifest.host_id, origin.host_id);
    }
    if let Some(known) = manifest.captures.iter().find(|known| known.capture_id == origin.capture_id) {
        bail!("{}: it has the capture {} already", directory.display(), known.capture_id);
    }
    let start_ns = time_range(scanner.capture())?.0;
    if manifest.captures.iter().any(|known| known.times_ns.0 > start_ns) {
        bail!("{}: it has a later capture; captures are added in the order of time", directory.display());
    }
    Ok(())
}

/// Writes the parts beside each other, and gives what was written in their order.
fn write_events(
    scanner: &Scanner,
    parts: &[Range<usize>],
    folder: &Path,
    capture: u32,
    threads: usize,
    total: u64,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Vec<Written>> {
    let done: Vec<Mutex<Option<Result<Option<Written>>>>> = parts.iter().map(|_| Mutex::new(None)).collect();
    let (next, rows, is_failed) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let count = |more: u64| {
        let rows = rows.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        progress(rows, total.max(rows));
        !is_failed.load(Ordering::Relaxed)
    };
    progress(0, total);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(parts.len()) {
            scope.spawn(|| {
                while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < parts.len())
                {
                    let (Some(part), Some(slot)) = (parts.get(index), done.get(index)) else { break };
                    let written = write_part(scanner, part.clone(), folder, capture, &count);
                    if written.is_err() {
                        is_failed.store(true, Ordering::Relaxed);
                        next.store(parts.len(), Ordering::Relaxed);
                    }
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(written);
                    }
                }
            });
        }
    });
    let mut written = Vec::new();
    let mut failed = None;
    for slot in done {
        match slot.into_inner().map_err(|_| anyhow!("a thread that writes stopped"))? {
            Some(Ok(Some(part))) => written.push(part),
            Some(Err(error)) => failed = failed.or(Some(error)),
            // It was not begun or not ended for the sake of one that failed.
            Some(Ok(None)) | None => {}
        }
    }
    failed.map_or(Ok(written), Err)
}

/// Puts the capture's tables and the files into the list.
fn list(manifest: &mut Manifest, scanner: &Scanner, files: Vec<(usize, FileEntry)>) -> Result<()> {
    let catalog = scanner.catalog();
    let mut positions = Vec::new();
    for table in catalog.tables() {
        if !is_other(table) {
            positions.push(None);
            continue;
        }
        let entry = TableEntry::new(table, catalog.event_of(table));
        let known = manifest.tables.iter().position(|known| known.name == entry.name && known.event == entry.event);
        match known {
            Some(position) => manifest.tables.get_mut(position).map_or(Ok(()), |known| known.widen(entry))?,
            None if manifest.tables.iter().any(|known| known.name == entry.name) => {
                bail!("the table {} is of another event than in the captures before", entry.name)
            }
            None => manifest.tables.push(entry),
        }
        positions.push(Some(known.unwrap_or(manifest.tables.len() - 1)));
    }
    for (position, file) in files {
        let table = positions.get(position).copied().flatten().and_then(|table| manifest.tables.get_mut(table));
        let table = table.ok_or_else(|| anyhow!("{} is of no table", file.path))?;
        // It has what the file before had.
        if is_shared(&table.name) && table.event.is_none() {
            table.files.clear();
        }
        table.files.push(file);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    /// Every file below a folder, with its bytes.
    fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>, root: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files(&path, found, root),
                false => _ = found.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read(&path).unwrap()),
            }
        }
    }

    #[test]
    fn parts_that_are_written_beside_each_other_are_the_same() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/losses.tracee");
        let capture = Capture::open(path).unwrap();
        let written = |threads| {
            let directory = tempfile::tempdir().unwrap();
            let dataset = directory.path().join("dataset");
            let options = WriteOptions { threads, append: false };
            // Every segment is a part.
            write_in_parts(&capture, &dataset, &options, &(1..1), &|_, _| ()).unwrap();
            let mut found = BTreeMap::new();
            files(&dataset, &mut found, &dataset);
            found
        };
        let one = written(1);
        let parts = one.keys().filter(|path| path.starts_with("events/event=write")).count();
        // One of the three segments has no writes.
        assert_eq!(parts, 2);
        for threads in [2, 4] {
            assert!(one == written(threads), "{threads} threads");
        }
    }
}
