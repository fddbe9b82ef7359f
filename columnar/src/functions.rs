//! The functions that queries have beside DataFusion's own: those of `analyzer`, value by value. As there, none has an effect.
//! Those about processes find them where the session has put them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use analyzer::query::{Cell, functions as pure};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::FormatOptions;
use datafusion::common::{exec_datafusion_err, internal_datafusion_err, internal_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::cells::Column;
use crate::kin::{FUNCTIONS, Kin, SharedKin};

/// Gives what the function makes of a row's values. What was worked out of the row before may serve again.
type Call = Box<dyn FnMut(&[Cell]) -> Result<Cell>>;

/// Begins to be called for the rows of a batch.
type Begin = Box<dyn Fn() -> Call + Send + Sync>;

/// A function without effects.
struct Pure {
    name: &'static str,
    signature: Signature,
    gives: DataType,
    begin: Begin,
}

/// All of them; those about processes find them in `kin`.
pub(crate) fn all(kin: &SharedKin) -> Vec<ScalarUDF> {
    let pure = |name, arguments, gives, begin: fn() -> Call| {
        let signature = Signature::any(arguments, Volatility::Immutable);
        ScalarUDF::from(Pure { name, signature, gives, begin: Box::new(begin) })
    };
    let about = |name: &'static str, of: fn(&Kin, i64) -> Result<Option<String>>| {
        let kin = kin.clone();
        let begin = Box::new(move || about_process(name, of, kin.clone()));
        ScalarUDF::from(Pure {
            name,
            signature: Signature::any(1, Volatility::Stable),
            gives: DataType::Utf8View,
            begin,
        })
    };
    let [ancestors, descendants, callchain] = FUNCTIONS;
    vec![
        about(ancestors, |kin, key| Ok(Some(kin.ancestors(key)))),
        about(descendants, |kin, key| kin.descendants(key).map(Some).ok_or_else(|| refused(pure::TOO_MANY))),
        about(callchain, |kin, key| Ok(kin.callchain(key))),
        pure("time_bucket", 2, DataType::Int64, time_bucket),
        pure("cidr_match", 2, DataType::Boolean, cidr_match),
        pure("path_match", 2, DataType::Boolean, path_match),
        pure("hex", 1, DataType::Utf8View, hex),
        pure("entropy", 1, DataType::Float64, entropy),
    ]
}

fn refused(message: &str) -> DataFusionError {
    exec_datafusion_err!("{message}")
}

fn about_process(name: &'static str, of: fn(&Kin, i64) -> Result<Option<String>>, kin: SharedKin) -> Call {
    let kin = kin.get();
    Box::new(move |cells| match cells.first() {
        None | Some(Cell::Null) => Ok(Cell::Null),
        Some(Cell::Integer(key)) => {
            let kin = kin.as_deref().ok_or_else(|| internal_datafusion_err!("{name}: processes are not read"))?;
            Ok(of(kin, *key)?.map_or(Cell::Null, Cell::Text))
        }
        Some(_) => Err(refused(&pure::no_key(name))),
    })
}

fn time_bucket() -> Call {
    Box::new(|cells| match cells {
        [_, Cell::Null] => Ok(Cell::Null),
        [interval, Cell::Integer(ts_ns)] => {
            let interval = text(interval).unwrap_or_default();
            let begin = pure::time_bucket(interval, *ts_ns).map_err(|why| refused(&why))?;
            Ok(begin.map_or(Cell::Null, Cell::Integer))
        }
        _ => Err(refused("time_bucket: a time is a whole number of nanoseconds, as in ts_ns")),
    })
}

fn cidr_match() -> Call {
    let mut last = Kept::default();
    Box::new(move |cells| {
        let [address, Cell::Text(network)] = cells else { return Ok(Cell::Null) };
        let network = *last.of(network, |network| {
            let network = pure::Network::around(network);
            network.map_err(|_| refused("cidr_match: a network is like 10.0.0.0/8 or fe80::/10"))
        })?;
        Ok(truth(text(address).and_then(pure::address).map(|address| network.holds(address))))
    })
}

fn path_match() -> Call {
    let mut last = Kept::default();
    Box::new(move |cells| {
        let [path, Cell::Text(glob)] = cells else { return Ok(Cell::Null) };
        let glob = last.of(glob, |glob| {
            let is_short = glob.len() <= pure::LONGEST_GLOB;
            is_short
                .then(|| pure::Glob::new(glob))
                .ok_or_else(|| refused(&format!("path_match: a glob has at most {} bytes", pure::LONGEST_GLOB)))
        })?;
        Ok(truth(text(path).map(|path| glob.matches(path))))
    })
}

fn hex() -> Call {
    // As SQLite has it: of NULL the digits are none.
    Box::new(|cells| {
        Ok(Cell::Text(analyzer::text::hex(&cells.first().and_then(bytes).unwrap_or_default()).to_uppercase()))
    })
}

fn entropy() -> Call {
    Box::new(|cells| {
        let bytes = cells.first().and_then(bytes);
        Ok(bytes.map_or(Cell::Null, |bytes| Cell::Real(pure::bits_per_byte(&bytes))))
    })
}

fn text(cell: &Cell) -> Option<&str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

fn truth(value: Option<bool>) -> Cell {
    value.map_or(Cell::Null, |value| Cell::Integer(value.into()))
}

/// The bytes of a value, of a number those of its text; `None` for NULL.
fn bytes(cell: &Cell) -> Option<Vec<u8>> {
    Some(match cell {
        Cell::Null => return None,
        Cell::Integer(number) => number.to_string().into_bytes(),
        Cell::Real(number) => number.to_string().into_bytes(),
        Cell::Text(text) => text.clone().into_bytes(),
        Cell::Blob(bytes) => bytes.clone(),
    })
}

/// What was read out of an argument that is mostly the same.
struct Kept<T>(Option<(String, T)>);

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept(None)
    }
}

impl<T> Kept<T> {
    fn of(&mut self, text: &str, read: impl FnOnce(&str) -> Result<T>) -> Result<&T> {
        let kept = match self.0.take() {
            Some((kept, value)) if kept == text => (kept, value),
            _ => (text.to_owned(), read(text)?),
        };
        Ok(&self.0.insert(kept).1)
    }
}

impl ScalarUDFImpl for Pure {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.gives.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_one = arguments.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if is_one { 1 } else { arguments.number_rows };
        let arrays: Vec<ArrayRef> =
            arguments.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<_>>()?;
        let options = FormatOptions::default();
        let shown = |error: anyhow::Error| DataFusionError::External(error.into());
        let columns: Vec<Column<'_>> =
            arrays.iter().map(|array| Column::new(array, &options).map_err(shown)).collect::<Result<_>>()?;
        let mut call = (self.begin)();
        let mut cells = Vec::with_capacity(columns.len());
        let mut made = Vec::with_capacity(rows);
        for row in 0..rows {
            cells.clear();
            for column in &columns {
                cells.push(column.cell(row).map_err(shown)?);
            }
            made.push(call(&cells)?);
        }
        Ok(ColumnarValue::Array(self.array(made)?))
    }
}

impl Pure {
    fn array(&self, cells: Vec<Cell>) -> Result<ArrayRef> {
        let number = |cell: &Cell| if let Cell::Integer(number) = cell { Some(*number) } else { None };
        let real = |cell: &Cell| if let Cell::Real(number) = cell { Some(*number) } else { None };
        Ok(match self.gives {
            DataType::Int64 => Arc::new(cells.iter().map(number).collect::<Int64Array>()),
            DataType::Boolean => {
                Arc::new(cells.iter().map(|cell| number(cell).map(|number| number != 0)).collect::<BooleanArray>())
            }
            DataType::Float64 => Arc::new(cells.iter().map(real).collect::<Float64Array>()),
            DataType::Utf8View => Arc::new(cells.iter().map(text).collect::<StringViewArray>()),
            ref other => return internal_err!("{} gives {other}", self.name),
        })
    }
}

impl fmt::Debug for Pure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Pure").field(&self.name).finish()
    }
}

impl PartialEq for Pure {
    fn eq(&self, other: &Pure) -> bool {
        self.name == other.name
    }
}

impl Eq for Pure {}

impl Hash for Pure {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
