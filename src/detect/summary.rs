//! What each signature found in each capture, which never did, and what each costs.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use detection::report::{identity, tracee_id};
use serde_json::{Value, json};
use signatures::{Set, Signature};

use super::many::{Looked, Tally};
use super::sink::Hits;
use crate::output::amount::counted;
use crate::output::{Cell, Format as Rows, Printer, Stdout};

/// Signatures that are named as the slowest.
const SLOWEST: usize = 10;

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Tables, for people
    Text,
    /// One JSON object
    Json,
}

/// Prints it to standard output.
pub(super) fn print(tally: &Tally, set: &Set, hits: &BTreeMap<usize, Hits>, format: Format) -> Result<()> {
    match format {
        Format::Text => text(tally, set, hits),
        Format::Json => {
            let mut out = Stdout::lock();
            // Names of captures are the caller's own, so there is nothing in it that a terminal must not have.
            writeln!(out, "{}", object(tally, set, hits))?;
            Ok(out.flush()?)
        }
    }
}

/// Signatures that make findings of their own, with their indices.
fn reported(set: &Set) -> impl Iterator<Item = (usize, &Signature)> {
    set.signatures().iter().enumerate().filter(|(_, signature)| signature.is_reported)
}

fn name(signature: &Signature) -> &str {
    tracee_id(signature).unwrap_or_else(|| identity(signature))
}

/// Those that are evaluated and found nothing.
fn silent<'s>(set: &'s Set, hits: &BTreeMap<usize, Hits>) -> Vec<&'s Signature> {
    let is_silent = |(index, signature): &(usize, &Signature)| {
        signature.not_evaluated().is_none() && hits.get(index).is_none_or(|hits| *hits == Hits::default())
    };
    reported(set).filter(is_silent).map(|(_, signature)| signature).collect()
}

/// The slowest, the slowest first, with nanoseconds per row.
fn slowest<'s>(tally: &Tally, set: &'s Set) -> Vec<(&'s Signature, f64)> {
    let all = set.signatures().iter().enumerate();
    let mut costs: Vec<_> = all.filter_map(|(index, signature)| Some((signature, tally.costs.ns(index)?))).collect();
    costs.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    costs.truncate(SLOWEST);
    costs
}

fn text(tally: &Tally, set: &Set, hits: &BTreeMap<usize, Hits>) -> Result<()> {
    let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut printer = Printer::to_stdout(
        Rows::Table,
        &columns(&["signature", "severity", "title", "capture", "hits", "suppressed"]),
    )?;
    for (index, signature) in reported(set) {
        for (looked, hits) in tally.captures.iter().filter_map(|looked| Some((looked, looked.hits.get(&index)?))) {
            printer.row(vec![
                Cell::Text(name(signature).to_owned()),
                Cell::Text(signature.metadata.level.name().to_owned()),
                Cell::Text(signature.metadata.title.clone()),
                Cell::Text(looked.about.capture.clone()),
                number(hits.counted),
                number(hits.suppressed),
            ])?;
        }
    }
    printer.finish()?;
    writeln!(Stdout::lock())?;
    let mut printer = Printer::to_stdout(
        Rows::Table,
        &columns(&["capture", "hits", "suppressed", "rows", "rows_per_s", "lost", "damaged", "error"]),
    )?;
    for looked in &tally.captures {
        let all = sum(&looked.hits);
        printer.row(vec![
            Cell::Text(looked.about.capture.clone()),
            number(all.counted),
            number(all.suppressed),
            number(looked.summary.rows),
            speed(looked).map_or(Cell::Null, number),
            number(looked.summary.lost),
            number(looked.summary.damaged),
            looked.error.clone().map_or(Cell::Null, Cell::Text),
        ])?;
    }
    printer.finish()?;
    writeln!(Stdout::lock())?;
    let mut printer = Printer::to_stdout(Rows::Table, &columns(&["slowest", "ns_per_row", "title"]))?;
    for (signature, ns) in slowest(tally, set) {
        let cells = [name(signature), &format!("{ns:.1}"), &signature.metadata.title];
        printer.row(cells.map(|text| Cell::Text(text.to_owned())).to_vec())?;
    }
    printer.finish()?;
    let silent = silent(set, hits);
    let mut out = Stdout::lock();
    writeln!(out, "\n{} never fired:", counted(silent.len() as u64, "signature"))?;
    for signature in silent {
        writeln!(out, "  {} {}", shown(name(signature)), shown(&signature.metadata.title))?;
    }
    let rows: u64 = tally.captures.iter().map(|looked| looked.summary.rows).sum();
    writeln!(out, "\n{} in {}", counted(rows, "row"), counted(tally.captures.len() as u64, "capture"))?;
    Ok(out.flush()?)
}

fn shown(text: &str) -> std::borrow::Cow<'_, str> {
    crate::output::escape::for_terminal(text)
}

fn number(number: u64) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn sum(hits: &BTreeMap<usize, Hits>) -> Hits {
    hits.values().fold(Hits::default(), |sum, hits| Hits {
        counted: sum.counted + hits.counted,
        suppressed: sum.suppressed + hits.suppressed,
    })
}

/// Rows per second.
fn speed(looked: &Looked) -> Option<u64> {
    let seconds = looked.took.as_secs_f64();
    (seconds > 0.0).then(|| (looked.summary.rows as f64 / seconds) as u64)
}

fn object(tally: &Tally, set: &Set, hits: &BTreeMap<usize, Hits>) -> Value {
    let captures: Vec<Value> = tally
        .captures
        .iter()
        .map(|looked| {
            let all = sum(&looked.hits);
            json!({
                "capture": looked.about.capture,
                "capture_id": looked.about.capture_id,
                "hits": all.counted,
                "suppressed": all.suppressed,
                "rows": looked.summary.rows,
                "seconds": looked.took.as_secs_f64(),
                "lost": looked.summary.lost,
                "damaged": looked.summary.damaged,
                "error": looked.error,
            })
        })
        .collect();
    let signatures: Vec<Value> = reported(set)
        .map(|(index, signature)| {
            let own = hits.get(&index).copied().unwrap_or_default();
            let by_capture: Vec<Value> = tally
                .captures
                .iter()
                .filter_map(|looked| Some((looked, looked.hits.get(&index)?)))
                .map(|(looked, hits)| {
                    json!({ "capture": looked.about.capture, "hits": hits.counted, "suppressed": hits.suppressed })
                })
                .collect();
            json!({
                "signature": identity(signature),
                "tracee_id": tracee_id(signature),
                "title": signature.metadata.title,
                "severity": signature.metadata.level.name(),
                "hits": own.counted,
                "suppressed": own.suppressed,
                "captures": by_capture,
                "ns_per_row": tally.costs.ns(index),
                "not_evaluated": signature.not_evaluated(),
            })
        })
        .collect();
    json!({
        "captures": captures,
        "signatures": signatures,
        "never_fired": silent(set, hits).into_iter().map(identity).collect::<Vec<_>>(),
        "slowest": slowest(tally, set).into_iter().map(|(signature, _)| identity(signature)).collect::<Vec<_>>(),
    })
}
