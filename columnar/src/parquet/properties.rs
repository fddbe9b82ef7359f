//! How each column is stored.

use std::sync::Arc;

use analyzer::tables::{Column, Type};
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use datafusion::parquet::schema::types::ColumnPath;

/// Rows that are stored together at most: what a reader that wants one of them reads.
pub(super) const GROUP_ROWS: usize = 128 << 10;
/// Rows that a page's bounds are of, about.
const PAGE_ROWS: usize = 16 << 10;
/// How often a bloom filter may say that something is there which is not.
const FALSE_POSITIVES: f64 = 0.01;
/// Who made the files: nothing that differs from one run to the next.
const CREATED_BY: &str = concat!("tracee version ", env!("CARGO_PKG_VERSION"));

/// Numbers that grow from row to row, or nearly so: their differences are stored.
fn grows(column: &Column) -> bool {
    let name = column.name.as_str();
    let is_time = column.ty == Type::Timestamp || name.ends_with("_ns");
    is_time || column.ty == Type::Integer && ["event_key", "seq"].contains(&name)
}

/// Columns that are asked for by one value, which is in few of the groups.
fn is_looked_up(column: &Column) -> bool {
    let name = column.name.as_str();
    match column.ty {
        Type::Integer => name.ends_with("process_key") || name == "parent_key",
        Type::Text => {
            let is_path = name.contains("path") || ["exe", "cwd", "filename"].contains(&name);
            is_path || ["container_id", "sha256", "remote_addr", "addr", "query", "host"].contains(&name)
        }
        _ => false,
    }
}

/// Text that is hardly ever the same twice, and that nobody compares.
fn is_free(column: &Column) -> bool {
    column.ty == Type::Bytes || ["args", "data", "info"].contains(&column.name.as_str())
}

/// What says how the columns of a table's files are stored.
pub(super) fn properties(columns: &[Column]) -> WriterPropertiesPtr {
    let mut builder = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_data_page_row_count_limit(PAGE_ROWS)
        // Groups end where the rows are counted.
        .set_max_row_group_row_count(None);
    for column in columns {
        let path = || ColumnPath::from(column.name.as_str());
        if grows(column) {
            builder = builder
                .set_column_dictionary_enabled(path(), false)
                .set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED);
        }
        if is_free(column) {
            builder = builder
                .set_column_dictionary_enabled(path(), false)
                .set_column_statistics_enabled(path(), EnabledStatistics::None);
        }
        if is_looked_up(column) {
            builder = builder
                .set_column_bloom_filter_enabled(path(), true)
                .set_column_bloom_filter_fpp(path(), FALSE_POSITIVES)
                .set_column_bloom_filter_max_ndv(path(), GROUP_ROWS as u64);
        }
    }
    Arc::new(builder.build())
}
