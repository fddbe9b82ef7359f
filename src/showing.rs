//! How rows of events are shown, recorded or just happening: which columns, how much of a long list, under which condition.

use std::io::Write;

use analyzer::filter::Filter;
use analyzer::print::{PRESETS, SHOWN, Shown, TABLE_COLUMNS, json_row};
use analyzer::query;
use analyzer::row::Row;
use analyzer::tables::{self, COMMON, Common};
use anyhow::Result;

use crate::arguments::names;
use crate::follow::Shower;
use crate::output::{Cell, Format, Printer};

/// Arguments about it.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Columns: `readme`, `kubernetes`, or names separated by commas, of the table `events` (ts, comm, args, ...) or as
    /// tables for people are headed (TIME, RET, ARGS, ...)
    #[arg(long, value_name = "LIST", value_parser = columns)]
    columns: Option<Columns>,
    /// Elements of argv, envp and other lists that a column for people shows; JSON has them all
    #[arg(long, value_name = "N", default_value_t = MAX_ARGS)]
    max_args: usize,
    /// Only events of which this SQL condition over the columns of the table `events` is true
    #[arg(long, value_name = "SQL", value_parser = condition)]
    filter: Option<String>,
}

const MAX_ARGS: usize = 20;

impl Arguments {
    /// The first that was given, if any was.
    #[cfg(feature = "record")]
    pub(crate) fn given(&self) -> Option<&'static str> {
        let given = [
            (self.columns.is_some(), "--columns"),
            (self.max_args != MAX_ARGS, "--max-args"),
            (self.filter.is_some(), "--filter"),
        ];
        given.into_iter().find_map(|(is_given, name)| is_given.then_some(name))
    }
}

/// Columns as chosen.
#[derive(Clone)]
pub(crate) struct Columns(Vec<Chosen>);

#[derive(Clone, Copy)]
enum Chosen {
    Stored(&'static Common),
    Shown(&'static Shown),
}

impl Chosen {
    fn named(name: &str) -> Option<Chosen> {
        let stored = COMMON.iter().find(|column| column.name == name).map(Chosen::Stored);
        stored.or_else(|| SHOWN.iter().find(|column| column.name == name).map(Chosen::Shown))
    }

    fn name(self) -> &'static str {
        match self {
            Chosen::Stored(column) => column.name,
            Chosen::Shown(column) => column.name,
        }
    }

    fn cell(self, row: &Row<'_>, max_args: usize) -> Cell {
        match self {
            Chosen::Shown(column) => (column.value)(row, max_args).into(),
            Chosen::Stored(column) => match (column.value)(row) {
                tables::Cell::Text(json) if column.is_json() => Cell::Json(json.into_owned()),
                tables::Cell::Boolean(is_true) => Cell::Bool(is_true),
                cell => query::Cell::from(cell).into(),
            },
        }
    }
}

fn columns(text: &str) -> Result<Columns, String> {
    let preset = PRESETS.iter().find(|(name, _)| *name == text).map(|(_, columns)| columns.to_vec());
    let names: Vec<&str> = preset.unwrap_or_else(|| text.split(',').map(str::trim).collect());
    let chosen = |name: &&str| {
        let known = || COMMON.iter().map(|column| column.name).chain(SHOWN.iter().map(|column| column.name));
        Chosen::named(name).ok_or_else(|| {
            let all: Vec<&str> = known().collect();
            names::unknown_or("column", name, known(), &format!("there are {}", all.join(", ")))
        })
    };
    names.iter().map(chosen).collect::<Result<Vec<Chosen>, String>>().map(Columns)
}

/// Refuses a wrong condition before anything else is done.
fn condition(text: &str) -> Result<String, String> {
    Filter::new(text).map(|_| text.to_owned()).map_err(|error| format!("{error:#}"))
}

/// Shows rows on an output.
pub(crate) struct Rows<W: Write> {
    shape: Shape<W>,
    filter: Option<Filter>,
    max_args: usize,
}

enum Shape<W: Write> {
    /// Every column of the table `events`, as JSON.
    Objects {
        out: W,
        line: String,
    },
    Columns {
        printer: Printer<W>,
        columns: Vec<Chosen>,
    },
}

impl<W: Write> Rows<W> {
    /// Begins. `is_live`: rows are to be seen when they come, so nothing waits for a table's columns to be wide enough.
    pub(crate) fn new(
        arguments: &Arguments,
        format: Format,
        out: W,
        to_terminal: bool,
        is_live: bool,
    ) -> Result<Rows<W>> {
        let filter = arguments.filter.as_deref().map(Filter::new).transpose()?;
        let default = || TABLE_COLUMNS.iter().filter_map(|name| Chosen::named(name)).collect();
        let shape = match (&arguments.columns, format) {
            (None, Format::Json) => Shape::Objects { out, line: String::new() },
            (columns, format) => {
                let columns: Vec<Chosen> = columns.as_ref().map_or_else(default, |columns| columns.0.clone());
                let names: Vec<String> = columns.iter().map(|column| column.name().to_owned()).collect();
                let mut printer = Printer::new(format, &names, out, to_terminal)?;
                if is_live {
                    printer.widen(&names.iter().map(|name| usual_width(name)).collect::<Vec<_>>());
                }
                Shape::Columns { printer, columns }
            }
        };
        Ok(Rows { shape, filter, max_args: arguments.max_args })
    }
}

impl<W: Write> Shower for Rows<W> {
    /// Shows a row, if the condition is true of it.
    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        if let Some(filter) = &self.filter
            && !filter.accepts(row)?
        {
            return Ok(());
        }
        match &mut self.shape {
            Shape::Objects { out, line } => {
                line.clear();
                json_row(row, line);
                line.push('\n');
                Ok(out.write_all(line.as_bytes())?)
            }
            Shape::Columns { printer, columns } => {
                let cells = columns.iter().map(|column| column.cell(row, self.max_args)).collect();
                Ok(printer.row(cells)?)
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        match &mut self.shape {
            Shape::Objects { out, .. } => Ok(out.flush()?),
            Shape::Columns { printer, .. } => Ok(printer.flush()?),
        }
    }
}

/// About as wide as a column's values are.
fn usual_width(name: &str) -> usize {
    match name {
        "TIME" | "TIME_STAMP" | "ts" => 26,
        "EVENT" | "SYSCALL" | "event" | "syscall" | "ts_ns" => 19,
        "COMM" | "UTS_NAME" | "comm" | "uts_name" | "TIME(s)" | "boot_ns" => 15,
        "MNT_NS" | "PID_NS" | "mnt_ns" | "pid_ns" => 10,
        "PID" | "TID" | "PPID" | "UID" | "RET" | "pid" | "tid" | "ppid" | "uid" | "ret" => 7,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{columns, condition};

    fn names(text: &str) -> Vec<&'static str> {
        columns(text).unwrap_or_else(|error| panic!("{error}")).0.iter().map(|column| column.name()).collect()
    }

    #[test]
    fn columns_are_presets_or_names_of_either_kind() {
        assert_eq!(names("kubernetes"), ["TIME_STAMP", "COMM", "PID", "TID", "SYSCALL", "ARGS"]);
        assert_eq!(names("readme").len(), 12);
        assert_eq!(names("readme")[0], "TIME(s)");
        assert_eq!(names("ts, comm,RET,args"), ["ts", "comm", "RET", "args"]);
    }

    #[test]
    fn an_unknown_column_gives_the_nearest() {
        let wrong = |text| columns(text).err().expect("an error");
        assert!(wrong("comn").contains("did you mean COMM or comm?"), "{}", wrong("comn"));
        assert!(wrong("ts,,comm").contains("unknown column \"\""));
        assert!(wrong("zzzzzzzzzz").contains("there are ts, "), "{}", wrong("zzzzzzzzzz"));
    }

    #[test]
    fn a_wrong_condition_is_refused_on_the_command_line() {
        assert!(condition("ret < 0").is_ok());
        assert!(condition("ret <").unwrap_err().contains("line 1"));
    }
}
