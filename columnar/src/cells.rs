//! From arrays to the cells that the outputs print: the same that SQLite gives for the same value.

use std::fmt::Display;

use analyzer::query::Cell;
use analyzer::text;
use anyhow::{Context as _, Result, anyhow};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// Gives a column's cells by row.
pub(crate) struct Column<'a> {
    array: &'a ArrayRef,
    /// For values that no table has, but that a query can make of them (intervals, lists).
    formatter: ArrayFormatter<'a>,
}

impl<'a> Column<'a> {
    /// The cells of an array.
    ///
    /// # Errors
    /// Its type cannot be shown.
    pub(crate) fn new(array: &'a ArrayRef, options: &'a FormatOptions<'a>) -> Result<Column<'a>> {
        Ok(Column { array, formatter: ArrayFormatter::try_new(array.as_ref(), options)? })
    }

    /// The cell of a row.
    ///
    /// # Errors
    /// The value cannot be shown.
    pub(crate) fn cell(&self, row: usize) -> Result<Cell> {
        let array = self.array;
        if array.is_null(row) {
            return Ok(Cell::Null);
        }
        Ok(match array.data_type() {
            DataType::Null => Cell::Null,
            DataType::Boolean => Cell::Integer(array.as_boolean().value(row).into()),
            DataType::Int8 => Cell::Integer(array.as_primitive::<Int8Type>().value(row).into()),
            DataType::Int16 => Cell::Integer(array.as_primitive::<Int16Type>().value(row).into()),
            DataType::Int32 => Cell::Integer(array.as_primitive::<Int32Type>().value(row).into()),
            DataType::Int64 => Cell::Integer(array.as_primitive::<Int64Type>().value(row)),
            DataType::UInt8 => Cell::Integer(array.as_primitive::<UInt8Type>().value(row).into()),
            DataType::UInt16 => Cell::Integer(array.as_primitive::<UInt16Type>().value(row).into()),
            DataType::UInt32 => Cell::Integer(array.as_primitive::<UInt32Type>().value(row).into()),
            DataType::UInt64 => {
                let number = array.as_primitive::<UInt64Type>().value(row);
                i64::try_from(number).map_or_else(|_| Cell::Text(number.to_string()), Cell::Integer)
            }
            DataType::Float32 => Cell::Real(array.as_primitive::<Float32Type>().value(row).into()),
            DataType::Float64 => Cell::Real(array.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal128(_, scale) => {
                decimal(array.as_primitive::<Decimal128Type>().value(row), *scale, || self.text(row))?
            }
            DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
            DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row).to_owned()),
            DataType::Utf8View => Cell::Text(array.as_string_view().value(row).to_owned()),
            DataType::Binary => Cell::Blob(array.as_binary::<i32>().value(row).to_vec()),
            DataType::LargeBinary => Cell::Blob(array.as_binary::<i64>().value(row).to_vec()),
            DataType::BinaryView => Cell::Blob(array.as_binary_view().value(row).to_vec()),
            DataType::Timestamp(unit, _) => Cell::Text(text::timestamp(self.nanoseconds(*unit, row)?)),
            _ => Cell::Text(self.text(row)?),
        })
    }

    fn text(&self, row: usize) -> Result<String> {
        fn written(value: impl Display) -> String {
            value.to_string()
        }
        let value = self.formatter.value(row);
        // Writing fails where the value is beyond what a calendar has.
        value.try_to_string().map(written).with_context(|| format!("row {row} cannot be shown"))
    }

    fn nanoseconds(&self, unit: TimeUnit, row: usize) -> Result<i64> {
        let array = self.array;
        let (value, factor) = match unit {
            TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().value(row), 1_000_000_000),
            TimeUnit::Millisecond => (array.as_primitive::<TimestampMillisecondType>().value(row), 1_000_000),
            TimeUnit::Microsecond => (array.as_primitive::<TimestampMicrosecondType>().value(row), 1_000),
            TimeUnit::Nanosecond => (array.as_primitive::<TimestampNanosecondType>().value(row), 1),
        };
        value.checked_mul(factor).ok_or_else(|| anyhow!("a time is beyond what can be shown"))
    }
}

/// A decimal number: whole numbers as such, others as text, without loss.
fn decimal(value: i128, scale: i8, text: impl FnOnce() -> Result<String>) -> Result<Cell> {
    match i64::try_from(value) {
        Ok(number) if scale == 0 => Ok(Cell::Integer(number)),
        _ => text().map(Cell::Text),
    }
}
