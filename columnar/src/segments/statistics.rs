//! Statistics for the planner, which answers from them what it can.

use analyzer::index::Index;
use datafusion::arrow::datatypes::{DataType, Schema, TimeUnit};
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, Statistics};

/// Nanoseconds of a microsecond.
const MICROSECOND_NS: i64 = 1000;

/// What the index says of these columns of a table: of the rows of one event, or else of all.
pub(super) fn of(index: &Index, event: Option<&str>, schema: &Schema) -> Statistics {
    let mut statistics = Statistics::new_unknown(schema);
    let rows = event.map_or_else(|| index.rows(), |event| index.rows_of(event));
    if let Some(rows) = rows.and_then(|rows| usize::try_from(rows).ok()) {
        statistics.num_rows = Precision::Exact(rows);
    }
    let Some((first_ns, last_ns)) = index.times().filter(|_| event.is_none()) else { return statistics };
    for (field, column) in schema.fields().iter().zip(&mut statistics.column_statistics) {
        let value = |ns: i64| match (field.name().as_str(), field.data_type()) {
            ("ts_ns", DataType::Int64) => Some(ScalarValue::Int64(Some(ns))),
            ("ts", DataType::Timestamp(TimeUnit::Microsecond, zone)) => {
                Some(ScalarValue::TimestampMicrosecond(Some(ns.div_euclid(MICROSECOND_NS)), zone.clone()))
            }
            _ => None,
        };
        if let (Some(first), Some(last)) = (value(first_ns), value(last_ns)) {
            column.null_count = Precision::Exact(0);
            column.min_value = Precision::Exact(first);
            column.max_value = Precision::Exact(last);
        }
    }
    statistics
}
