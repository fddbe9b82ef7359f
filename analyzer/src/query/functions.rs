//! The functions that queries have beside SQLite's own. None has an effect, each takes time and memory by the length of its
//! arguments alone, or, of those about processes, by a fixed number of them. What they work out is here for every engine.

mod entropy;
mod glob;

pub use entropy::bits_per_byte;
pub use glob::Glob;
pub use signatures::network::{Network, address};

pub use super::kin::{DESCENDANTS, array, chain};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use signatures::functions::Regular;

use super::kin::Kin;

/// How each is called, and what it gives.
pub const FUNCTIONS: [(&str, &str); 9] = [
    ("ancestors(process_key)", "JSON array of the keys of its ancestors, its parent first, at most 64"),
    ("descendants(process_key)", "JSON array of the keys of its descendants, children first, at most 100,000"),
    (
        "callchain(process_key)",
        "names from its oldest known ancestor to itself: systemd > sshd > bash > curl; ... for what is cut",
    ),
    (
        "time_bucket(interval, ts_ns)",
        "the beginning, in nanoseconds, of the interval ('5s', '1h30m') that the time is in",
    ),
    (
        "cidr_match(address, cidr)",
        "whether the address, with or without a port, is in the network ('10.0.0.0/8', 'fe80::/10')",
    ),
    (
        "regexp(expression, text)",
        "whether the regular expression, of Rust's regex, is found in the text; also text REGEXP expression",
    ),
    (
        "path_match(path, glob)",
        "whether the whole path fits: * and ? stay within a part, ** does not, [a-z] and [!a-z]",
    ),
    ("hex(value)", "hexadecimal digits of bytes or text"),
    ("entropy(value)", "bits of information in a byte, 0 to 8, of bytes or text"),
];

/// Longest glob, in bytes.
pub const LONGEST_GLOB: usize = 4096;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What is said where a process has more descendants than an answer holds.
pub const TOO_MANY: &str = "descendants: too many; the table process_ancestors has them all";

/// What is said of an argument of `function` that is no key.
pub fn no_key(function: &str) -> String {
    format!("{function}: a process_key is a whole number")
}

/// Makes them known to a connection.
pub(super) fn register(connection: &Connection, kin: &Arc<Mutex<Kin>>) -> Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("time_bucket", 2, pure, bucket)?;
    connection.create_scalar_function("cidr_match", 2, pure, cidr_match)?;
    connection.create_scalar_function("regexp", 2, pure, regexp)?;
    connection.create_scalar_function("path_match", 2, pure, path_match)?;
    connection.create_scalar_function("entropy", 1, pure, |context| {
        Ok(bytes(context.get_raw(0)).map(|bytes| bits_per_byte(&bytes)))
    })?;
    // These read the database, which a view of an enemy's database has no business with.
    let direct = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    let shared = Arc::clone(kin);
    connection.create_scalar_function("ancestors", 1, direct, move |context| {
        key(context, "ancestors")?.map(|key| lock(&shared).ancestors(key).map_err(told)).transpose()
    })?;
    let shared = Arc::clone(kin);
    connection.create_scalar_function("descendants", 1, direct, move |context| {
        let Some(key) = key(context, "descendants")? else { return Ok(None) };
        let keys = lock(&shared).descendants(key).map_err(told)?;
        keys.map(Some).ok_or_else(|| refused(TOO_MANY.to_owned()))
    })?;
    let shared = Arc::clone(kin);
    connection.create_scalar_function("callchain", 1, direct, move |context| {
        let Some(key) = key(context, "callchain")? else { return Ok(None) };
        lock(&shared).callchain(key).map_err(told)
    })
}

fn lock(kin: &Mutex<Kin>) -> MutexGuard<'_, Kin> {
    kin.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error of a function, in words.
fn refused(message: String) -> Error {
    Error::UserFunctionError(message.into())
}

/// What went wrong in the other connection. That it was stopped is told of this one in any case.
fn told(error: Error) -> Error {
    refused(error.to_string())
}

/// The process key that was given; `None` for NULL.
fn key(context: &Context<'_>, function: &str) -> Result<Option<i64>> {
    match context.get_raw(0) {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(key) => Ok(Some(key)),
        _ => Err(refused(no_key(function))),
    }
}

/// The bytes of a value, of a number those of its text; `None` for NULL.
fn bytes(value: ValueRef<'_>) -> Option<Vec<u8>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string().into_bytes()),
        ValueRef::Real(number) => Some(number.to_string().into_bytes()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.to_vec()),
    }
}

/// The text of an argument; `None` for what is no text.
fn text<'c>(context: &'c Context<'_>, index: usize) -> Option<&'c str> {
    context.get_raw(index).as_str().ok()
}

fn bucket(context: &Context<'_>) -> Result<Option<i64>> {
    let ts_ns = match context.get_raw(1) {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(ts_ns) => ts_ns,
        _ => return Err(refused("time_bucket: a time is a whole number of nanoseconds, as in ts_ns".to_owned())),
    };
    time_bucket(text(context, 0).unwrap_or_default(), ts_ns).map_err(refused)
}

/// The beginning, in nanoseconds, of the interval that a time is in; `None` where that is before the first time there is.
///
/// # Errors
/// The text is no interval.
pub fn time_bucket(interval: &str, ts_ns: i64) -> std::result::Result<Option<i64>, String> {
    let interval = policy::duration::parse(interval).map_err(|why| format!("time_bucket: {why}"))?;
    // No duration is longer than i64 nanoseconds.
    let nanoseconds = i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX);
    Ok(ts_ns.checked_sub(ts_ns.rem_euclid(nanoseconds)))
}

fn cidr_match(context: &Context<'_>) -> Result<Option<bool>> {
    let Some(network) = text(context, 1) else { return Ok(None) };
    let network = Network::around(network)
        .map_err(|_| refused("cidr_match: a network is like 10.0.0.0/8 or fe80::/10".to_owned()))?;
    Ok(text(context, 0).and_then(address).map(|address| network.holds(address)))
}

fn regexp(context: &Context<'_>) -> Result<Option<bool>> {
    if text(context, 0).is_none() {
        return Ok(None);
    }
    // Kept from row to row where the expression is the same.
    let regular: Arc<Regular> = context
        .get_or_create_aux(0, |value| -> std::result::Result<_, BoxError> { Ok(Regular::new(value.as_str()?, "")?) })?;
    Ok(text(context, 1).map(|text| regular.is_match(text)))
}

fn path_match(context: &Context<'_>) -> Result<Option<bool>> {
    if text(context, 1).is_some_and(|glob| glob.len() > LONGEST_GLOB) {
        return Err(refused(format!("path_match: a glob has at most {LONGEST_GLOB} bytes")));
    }
    let glob: Option<Arc<Glob>> = match text(context, 1) {
        None => None,
        // Kept from row to row where the glob is the same.
        Some(_) => {
            Some(context.get_or_create_aux(1, |value| -> std::result::Result<_, rusqlite::types::FromSqlError> {
                Ok(Glob::new(value.as_str()?))
            })?)
        }
    };
    Ok(glob.zip(text(context, 0)).map(|(glob, path)| glob.matches(path)))
}
