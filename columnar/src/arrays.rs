//! From cells to arrays: what Arrow calls each type of the logical schema, and batches as they are filled.

use std::sync::Arc;

use analyzer::scan::Values;
use analyzer::tables::{Cell, Table, Type};
use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BinaryViewBuilder, BooleanArray, BooleanBuilder, Float64Builder, Int64Array, Int64Builder,
    RecordBatch, RecordBatchOptions, StringViewArray, StringViewBuilder, TimestampMicrosecondArray,
    TimestampMicrosecondBuilder, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::error::{DataFusionError, Result};

/// Name of the time zone of timestamps.
const UTC: &str = "UTC";

/// Nanoseconds of a microsecond: no engine but some has timestamps of nanoseconds.
const MICROSECOND_NS: i64 = 1000;

/// Arrow's type for one of the logical schema.
pub(crate) fn data_type(ty: Type) -> DataType {
    match ty {
        Type::Integer => DataType::Int64,
        Type::Boolean => DataType::Boolean,
        Type::Real => DataType::Float64,
        Type::Text => DataType::Utf8View,
        Type::Bytes => DataType::BinaryView,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
    }
}

/// The table's columns as Arrow has them. Any of them may be NULL.
pub(crate) fn schema(table: &Table) -> SchemaRef {
    let field = |column: &analyzer::tables::Column| Field::new(&column.name, data_type(column.ty), true);
    Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()))
}

/// One column being filled.
enum Builder {
    Integer(Int64Builder),
    Boolean(BooleanBuilder),
    Real(Float64Builder),
    Text(StringViewBuilder),
    Bytes(BinaryViewBuilder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Builder {
    fn new(data_type: &DataType) -> Result<Builder> {
        Ok(match data_type {
            DataType::Int64 => Builder::Integer(Int64Builder::new()),
            DataType::Boolean => Builder::Boolean(BooleanBuilder::new()),
            DataType::Float64 => Builder::Real(Float64Builder::new()),
            DataType::Utf8View => Builder::Text(StringViewBuilder::new()),
            DataType::BinaryView => Builder::Bytes(BinaryViewBuilder::new()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Builder::Timestamp(TimestampMicrosecondBuilder::new().with_timezone(UTC))
            }
            other => return Err(DataFusionError::Internal(format!("no column has type {other}"))),
        })
    }

    fn append(&mut self, cell: &Cell<'_>) -> Result<()> {
        match (self, cell) {
            (Builder::Integer(builder), Cell::Integer(number)) => builder.append_value(*number),
            (Builder::Integer(builder), Cell::Boolean(truth)) => builder.append_value((*truth).into()),
            (Builder::Boolean(builder), Cell::Boolean(truth)) => builder.append_value(*truth),
            (Builder::Boolean(builder), Cell::Integer(number)) => builder.append_value(*number != 0),
            (Builder::Real(builder), Cell::Real(number)) => builder.append_value(*number),
            (Builder::Real(builder), Cell::Integer(number)) => builder.append_value(*number as f64),
            (Builder::Text(builder), Cell::Text(text)) => builder.append_value(text),
            (Builder::Bytes(builder), Cell::Bytes(bytes)) => builder.append_value(bytes),
            (Builder::Timestamp(builder), Cell::Timestamp(ns)) => builder.append_value(ns.div_euclid(MICROSECOND_NS)),
            (builder, Cell::Null) => builder.append_null(),
            (builder, cell) => {
                let wanted = builder.name();
                return Err(DataFusionError::Internal(format!("{cell:?} is no {wanted}")));
            }
        }
        Ok(())
    }

    fn name(&self) -> &'static str {
        match self {
            Builder::Integer(_) => "integer",
            Builder::Boolean(_) => "truth value",
            Builder::Real(_) => "number",
            Builder::Text(_) => "text",
            Builder::Bytes(_) => "bytes",
            Builder::Timestamp(_) => "time",
        }
    }

    fn append_null(&mut self) {
        match self {
            Builder::Integer(builder) => builder.append_null(),
            Builder::Boolean(builder) => builder.append_null(),
            Builder::Real(builder) => builder.append_null(),
            Builder::Text(builder) => builder.append_null(),
            Builder::Bytes(builder) => builder.append_null(),
            Builder::Timestamp(builder) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Integer(builder) => ArrayBuilder::finish(builder),
            Builder::Boolean(builder) => ArrayBuilder::finish(builder),
            Builder::Real(builder) => ArrayBuilder::finish(builder),
            Builder::Text(builder) => ArrayBuilder::finish(builder),
            Builder::Bytes(builder) => ArrayBuilder::finish(builder),
            Builder::Timestamp(builder) => ArrayBuilder::finish(builder),
        }
    }
}

/// Rows that come by column.
///
/// # Errors
/// A column is not of its type.
pub(crate) fn batch(schema: &SchemaRef, rows: usize, columns: Vec<Values>) -> Result<RecordBatch> {
    let arrays = schema.fields().iter().zip(columns).map(|(field, values)| array(field.data_type(), values));
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays.collect::<Result<_>>()?, &options)?)
}

fn array(data_type: &DataType, values: Values) -> Result<ArrayRef> {
    Ok(match (data_type, values) {
        (DataType::Int64, Values::Numbers(numbers)) => Arc::new(Int64Array::from(numbers)),
        (DataType::Boolean, Values::Numbers(numbers)) => {
            Arc::new(numbers.into_iter().map(|number| number.map(|number| number != 0)).collect::<BooleanArray>())
        }
        (DataType::Timestamp(TimeUnit::Microsecond, _), Values::Numbers(numbers)) => {
            let micros = numbers.into_iter().map(|ns| ns.map(|ns| ns.div_euclid(MICROSECOND_NS)));
            Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone(UTC))
        }
        (DataType::Utf8View, Values::Texts { dictionary, indexes }) => {
            let dictionary: StringViewArray = dictionary.into_iter().collect();
            take(&dictionary, &UInt32Array::from(indexes), None)?
        }
        (other, _) => return Err(DataFusionError::Internal(format!("a column that is no {other}"))),
    })
}

/// A batch being filled, row by row.
pub(crate) struct BatchBuilder {
    schema: SchemaRef,
    columns: Vec<Builder>,
    rows: usize,
    /// Bytes of text and the like, of which one row can have many.
    bytes: usize,
}

/// Bytes of values of no fixed size that a batch holds, about: rows are counted, but one can be as large as thousands.
const BATCH_BYTES: usize = 4 << 20;

impl BatchBuilder {
    /// An empty batch of these columns.
    ///
    /// # Errors
    /// A column's type is none of the logical schema.
    pub(crate) fn new(schema: SchemaRef) -> Result<BatchBuilder> {
        let columns = schema.fields().iter().map(|field| Builder::new(field.data_type())).collect::<Result<_>>()?;
        Ok(BatchBuilder { schema, columns, rows: 0, bytes: 0 })
    }

    /// Bytes of text and the like in the batch.
    pub(crate) fn text_bytes(&self) -> usize {
        self.bytes
    }

    /// Whether nothing is in the batch.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Whether it is large enough to be handed on, where so many rows are asked for.
    pub(crate) fn is_full(&self, rows: usize) -> bool {
        self.rows >= rows || self.bytes >= BATCH_BYTES
    }

    /// Appends a row, which has a cell for each column.
    ///
    /// # Errors
    /// A cell is not of its column's type.
    pub(crate) fn append(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.append(cell)?;
            self.bytes += match cell {
                Cell::Text(text) => text.len(),
                Cell::Bytes(bytes) => bytes.len(),
                _ => 0,
            };
        }
        self.rows += 1;
        Ok(())
    }

    /// The batch; what follows begins the next one.
    ///
    /// # Errors
    /// Rows had fewer cells than there are columns.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch> {
        let arrays = self.columns.iter_mut().map(Builder::finish).collect();
        self.bytes = 0;
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?)
    }
}
