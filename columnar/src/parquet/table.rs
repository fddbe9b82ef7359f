//! A table of a dataset: which of its files, groups and pages a query reads is decided by what is known of them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use analyzer::tables::Table;
use anyhow::{Context as _, Result};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, DFSchema, ScalarValue, Statistics};
use datafusion::datasource::file_format::FileFormat as _;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as PlanResult;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::object_store::path::Path as Location;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::layout::PARTITION;
use super::manifest::FileEntry;
use crate::arrays;

/// Nanoseconds of a microsecond.
const MICROSECOND_NS: i64 = 1000;

/// A file of a table.
#[derive(Clone, Debug)]
pub(super) struct Part {
    location: Location,
    bytes: u64,
    rows: usize,
    event: Option<String>,
    times_ns: Option<(i64, i64)>,
}

impl Part {
    /// A file that the list of a dataset names.
    ///
    /// # Errors
    /// It is not there.
    pub(super) fn open(directory: &Path, file: &FileEntry) -> Result<Part> {
        let path = directory.join(&file.path);
        let bytes = fs::metadata(&path).with_context(|| format!("cannot open {}", path.display()))?.len();
        Ok(Part {
            location: Location::from_absolute_path(&path).with_context(|| format!("cannot name {}", path.display()))?,
            bytes,
            rows: usize::try_from(file.rows)?,
            event: file.event.clone(),
            times_ns: file.times_ns,
        })
    }

    /// What is known of the values in these columns.
    fn statistics(&self, schema: &Schema) -> Statistics {
        let mut statistics = Statistics::new_unknown(schema);
        statistics.num_rows = Precision::Exact(self.rows);
        for (field, column) in schema.fields().iter().zip(&mut statistics.column_statistics) {
            let bounds = match (field.name().as_str(), &self.event, self.times_ns) {
                (PARTITION, Some(event), _) => {
                    let event = ScalarValue::Utf8View(Some(event.clone()));
                    Some((event.clone(), event))
                }
                ("ts_ns", _, Some((first, last))) => Some((ScalarValue::from(first), ScalarValue::from(last))),
                ("ts", _, Some((first, last))) => {
                    let micros = |ns: i64| {
                        ScalarValue::TimestampMicrosecond(Some(ns.div_euclid(MICROSECOND_NS)), Some("UTC".into()))
                    };
                    Some((micros(first), micros(last)))
                }
                _ => None,
            };
            if let Some((min, max)) = bounds {
                *column = ColumnStatistics {
                    null_count: Precision::Exact(0),
                    min_value: Precision::Exact(min),
                    max_value: Precision::Exact(max),
                    ..ColumnStatistics::new_unknown()
                };
            }
        }
        statistics
    }
}

/// A table.
#[derive(Debug)]
pub(super) struct ParquetTable {
    schema: SchemaRef,
    /// The same as files have it: what is in the folders' names comes last.
    stored: TableSchema,
    parts: Vec<Part>,
}

impl ParquetTable {
    /// A table of these columns and files.
    pub(super) fn new(table: &Table, parts: Vec<Part>) -> ParquetTable {
        let schema = arrays::schema(table);
        let is_partition = parts.first().is_some_and(|part| part.event.is_some());
        let (partition, file): (Vec<_>, Vec<_>) =
            schema.fields().iter().cloned().partition(|field| is_partition && field.name() == PARTITION);
        let stored = TableSchema::builder(Arc::new(Schema::new(file))).with_table_partition_cols(partition).build();
        ParquetTable { schema, stored, parts }
    }

    /// The files that may have rows for which all filters are true.
    fn pruned(&self, state: &dyn Session, filters: &[Expr]) -> PlanResult<Vec<(&Part, Arc<Statistics>)>> {
        let schema = self.stored.table_schema();
        let known = |part| (part, Arc::new(Part::statistics(part, schema)));
        let mut parts: Vec<(&Part, Arc<Statistics>)> = self.parts.iter().map(known).collect();
        if let Some(filter) = conjunction(filters.iter().cloned()) {
            let columns = DFSchema::try_from(Arc::clone(schema))?;
            let filter = state.create_physical_expr(filter, &columns)?;
            // What says nothing about files leaves all of them.
            if let Some(predicate) = PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).build(filter) {
                let statistics = parts.iter().map(|(_, statistics)| Arc::clone(statistics)).collect();
                let keep = predicate.prune(&PrunableStatistics::new(statistics, Arc::clone(schema)))?;
                let mut keep = keep.into_iter();
                parts.retain(|_| keep.next().unwrap_or(true));
            }
        }
        Ok(parts)
    }
}

#[async_trait]
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        // Files, groups and pages without such rows are left out; the others' rows are still to be tested.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let parts = self.pruned(state, filters)?;
        if parts.is_empty() {
            return Ok(Arc::new(EmptyExec::new(Arc::new(self.schema.project(&columns)?))));
        }
        let stored = self.stored.table_schema();
        let mut all = Statistics::new_unknown(stored);
        all.num_rows = Precision::Exact(parts.iter().map(|(part, _)| part.rows).sum());
        let files = parts.into_iter().map(|(part, statistics)| {
            let mut file = PartitionedFile::new("", part.bytes);
            file.object_meta.location = part.location.clone();
            if !self.stored.table_partition_cols().is_empty() {
                file.partition_values = vec![ScalarValue::Utf8View(part.event.clone())];
            }
            file.statistics = Some(statistics);
            file
        });
        let groups = FileGroup::new(files.collect()).split_files(state.config().target_partitions().max(1));
        let indices = columns.iter().map(|index| Ok(stored.index_of(self.schema.field(*index).name())?));
        let indices = indices.collect::<PlanResult<Vec<_>>>()?;
        let options = state.config_options();
        let format = ParquetFormat::default().with_options(state.table_options().parquet.clone());
        let source = ParquetSource::new(self.stored.clone())
            .with_pushdown_filters(options.execution.parquet.pushdown_filters)
            .with_enable_page_index(true)
            .with_bloom_filter_on_read(true);
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(all)
            .with_projection_indices(Some(indices))?
            .with_limit(limit)
            .build();
        format.create_physical_plan(state, config).await
    }
}
