//! Tables whose rows are in the segments: `events`, and one for each kind. Segments are read beside each other, of each only
//! what the query names.

mod execution;
mod narrowing;
mod statistics;

use std::sync::Arc;

use analyzer::tables::Table;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::arrays;
use crate::source::Source;

pub(crate) use execution::SegmentsExec;
use narrowing::Narrowing;

/// A table of rows that segments hold.
#[derive(Debug)]
pub(crate) struct SegmentTable {
    source: Arc<Source>,
    table: Table,
    /// The event that its rows are of; `None` for all.
    event: Option<String>,
    schema: SchemaRef,
}

impl SegmentTable {
    /// A table of the capture: of the rows of one event, or else of all.
    pub(crate) fn new(source: Arc<Source>, table: &Table, event: Option<&str>) -> SegmentTable {
        let schema = arrays::schema(table);
        SegmentTable { source, table: table.clone(), event: event.map(str::to_owned), schema }
    }

    fn narrowing(&self) -> Narrowing<'_> {
        Narrowing::new(&self.table, self.source.offset_ns())
    }
}

#[async_trait]
impl TableProvider for SegmentTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match self.source.pushes_down() && self.narrowing().take(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut narrowing = self.narrowing();
        for filter in filters {
            narrowing.take(filter);
        }
        let columns = projection.cloned().unwrap_or_else(|| (0..self.table.columns.len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let wanted = narrowing.options();
        let index = if filters.is_empty() && limit.is_none() { self.source.index() } else { None };
        let statistics = index.map(|index| statistics::of(index, self.event.as_deref(), &schema));
        let plan = SegmentsExec::new(Arc::clone(&self.source), self.table.clone(), columns, schema, wanted, limit);
        Ok(Arc::new(match statistics {
            Some(statistics) => plan.with_statistics(statistics),
            None => plan,
        }))
    }
}
