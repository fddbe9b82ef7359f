//! How fast a capture is read, by what the engines are made of: `cargo run --release -p tracee-analyzer --example speed CAPTURE`.
//! One thread; without the engines themselves, which `make bench` measures.

use std::ops::ControlFlow;
use std::time::Instant;

use analyzer::index::Index;
use analyzer::scan::{ScanOptions, Scanner};
use anyhow::{Context, Result};
use formats::capture::Capture;

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("CAPTURE")?;
    let capture = Capture::open(path)?;
    let scanner = Scanner::of(&capture)?;
    let (events, all) = (scanner.catalog().events(), ScanOptions::default());
    let columns = |names: &[&str]| names.iter().filter_map(|name| events.index(name)).collect::<Vec<_>>();
    let count = |names: &[&str], options: &ScanOptions| -> Result<u64> {
        let mut rows = 0;
        scanner.scan_columns(0..scanner.segments(), &columns(names), options, &mut |count, _| {
            rows += count as u64;
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    };
    let mut key = None;
    scanner.scan_columns(
        scanner.segments() / 2..scanner.segments(),
        &columns(&["process_key"]),
        &all,
        &mut |_, values| {
            let analyzer::scan::Values::Numbers(keys) = &values[0] else { return ControlFlow::Continue(()) };
            key = keys.iter().rev().find_map(|key| *key);
            if key.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )?;
    let one = ScanOptions { process_keys: key.map(|key| vec![key]), ..all.clone() };
    report("rows of one process, by column", || count(&["event"], &one))?;
    report("two columns, by column", || count(&["process_key", "ret"], &all))?;
    report("the same, by row", || {
        let mut rows = 0;
        scanner.scan_segments(0..scanner.segments(), events, &columns(&["process_key", "ret"]), &all, &mut |_| {
            rows += 1;
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    })?;
    report("event counts", || {
        let index = Index::gather(&capture)?.context("no index")?;
        let totals = scanner.totals(&index, 1)?.context("not by columns")?.0;
        Ok(totals.values().map(|(rows, _)| rows).sum())
    })?;
    report("every column of every kind", || {
        let mut rows = 0;
        scanner.scan_rows(0..scanner.segments(), None, &["event"], &mut |_, _, _| {
            rows += 1;
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    })
}

fn report(what: &str, work: impl FnOnce() -> Result<u64>) -> Result<()> {
    let (begin, cpu) = (Instant::now(), cpu_s()?);
    let rows = work()?;
    let (wall, cpu) = (begin.elapsed().as_secs_f64(), cpu_s()? - cpu);
    println!("{what}: {rows} rows, {wall:.3} s, {cpu:.3} s of CPU, {:.2} M rows/s of a core", rows as f64 / cpu / 1e6);
    Ok(())
}

/// CPU time of this process, in the hundredths of a second that Linux counts.
fn cpu_s() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / 100.0)
}
