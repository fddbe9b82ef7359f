//! The table `event_counts`, by the index: a session need not read rows for it, nor all that is known of the capture.

use std::sync::Arc;

use analyzer::scan::Totals;
use analyzer::tables::{Cell, Table};
use anyhow::Result;
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result as PlanResult};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::arrays::{self, BatchBuilder};
use crate::beside::BesideTable;
use crate::source::Source;

/// Its name.
pub(crate) const EVENT_COUNTS: &str = "event_counts";

/// The table.
#[derive(Debug)]
pub(crate) struct CountsTable {
    source: Arc<Source>,
    /// The same, where the index does not know it.
    beside: BesideTable,
    table: Table,
    schema: SchemaRef,
}

impl CountsTable {
    /// The table as the catalog declares it.
    pub(crate) fn new(source: Arc<Source>, beside: BesideTable, table: &Table) -> CountsTable {
        CountsTable { source, beside, table: table.clone(), schema: arrays::schema(table) }
    }

    /// Its rows, where they are known.
    fn rows(&self) -> Result<Option<RecordBatch>> {
        let Some(index) = self.source.index() else { return Ok(None) };
        let Some((totals, damage)) = self.source.scanner().totals(index, self.source.threads())? else {
            return Ok(None);
        };
        // What cannot be read was not counted: what tells of it has counted the same.
        self.source.note(damage);
        self.batch(&totals).map(Some)
    }

    fn batch(&self, totals: &Totals) -> Result<RecordBatch> {
        let mut batch = BatchBuilder::new(Arc::clone(&self.schema))?;
        for (event, (rows, lost)) in totals {
            let cell = |name: &str| match name {
                "capture" => Cell::Integer(1),
                "event" => event.as_deref().map_or(Cell::Null, |event| Cell::Text(event.into())),
                "rows" => Cell::Integer((*rows).cast_signed()),
                "lost" => Cell::Integer((*lost).cast_signed()),
                _ => Cell::Null,
            };
            let cells: Vec<Cell<'_>> = self.table.columns.iter().map(|column| cell(&column.name)).collect();
            batch.append(&cells)?;
        }
        Ok(batch.finish()?)
    }
}

#[async_trait]
impl TableProvider for CountsTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        match self.rows().map_err(|error| DataFusionError::External(error.into()))? {
            Some(rows) => {
                let schema = Arc::clone(&self.schema);
                Ok(MemorySourceConfig::try_new_exec(&[vec![rows]], schema, projection.cloned())?)
            }
            None => self.beside.scan(state, projection, filters, limit).await,
        }
    }
}
