//! Tables of what is known of the whole capture: processes, packets, losses, ... A temporary SQLite database has them, which
//! is made when a query first names one, without the rows of events. What of those cannot be read, and how many there are
//! where the index does not say it, takes reading them all: that is in a database of its own.

mod condition;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use analyzer::query::{self, Database};
use analyzer::sqlite;
use analyzer::tables::{Cell, Table, Type};
use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::kernels::cast_utils::string_to_timestamp_nanos;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result as PlanResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use tempfile::NamedTempFile;

use condition::condition;

use crate::arrays::{self, BatchBuilder};
use crate::source::Source;

/// The table of what cannot be read.
const DAMAGE: &str = "damage";

/// Batches that may wait for their reader.
const BATCHES_AHEAD: usize = 2;

/// A database's file, once it is there.
type Made = Mutex<Option<Arc<NamedTempFile>>>;

/// The databases.
pub(crate) struct Beside {
    source: Arc<Source>,
    counted: Made,
    other: Made,
}

impl fmt::Debug for Beside {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Beside").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Beside {
    /// Databases of this capture, not made yet.
    pub(crate) fn new(source: Arc<Source>) -> Beside {
        Beside { source, counted: Mutex::default(), other: Mutex::default() }
    }

    /// The file of the database that has a table; the first to ask makes it.
    fn database(&self, table: &str) -> Result<Arc<NamedTempFile>> {
        let is_counted = || self.source.index().is_some_and(|index| index.rows().is_some());
        let counts = table == DAMAGE || sqlite::COUNTING.contains(&table) && !is_counted();
        let mut made = if counts { &self.counted } else { &self.other }.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &*made {
            return Ok(Arc::clone(file));
        }
        let file = tempfile::Builder::new().prefix("tracee-").suffix(".db").tempfile();
        let file = Arc::new(file.context("cannot make a temporary file (TMPDIR says where)")?);
        sqlite::load_beside(self.source.capture(), file.path(), self.source.threads(), counts)?;
        *made = Some(Arc::clone(&file));
        Ok(file)
    }
}

/// One table of the database.
#[derive(Debug)]
pub(crate) struct BesideTable {
    beside: Arc<Beside>,
    table: Table,
    schema: SchemaRef,
}

impl BesideTable {
    /// The table as the catalog declares it.
    pub(crate) fn new(beside: Arc<Beside>, table: &Table) -> BesideTable {
        BesideTable { beside, table: table.clone(), schema: arrays::schema(table) }
    }
}

#[async_trait]
impl TableProvider for BesideTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        let support =
            |filter: &&Expr| match self.beside.source.pushes_down() && condition(filter, &self.table).is_some() {
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
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.table.columns.len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let conditions = filters.iter().filter_map(|filter| condition(filter, &self.table)).collect();
        let beside = Arc::clone(&self.beside);
        let rows = Rows { beside, table: self.table.clone(), columns, schema, conditions, limit };
        let schema = Arc::clone(&rows.schema);
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![Arc::new(rows)], None, [], false, limit)?))
    }
}

/// The rows of a query's columns.
#[derive(Clone, Debug)]
struct Rows {
    beside: Arc<Beside>,
    table: Table,
    columns: Vec<usize>,
    schema: SchemaRef,
    /// SQL that is to be true, each.
    conditions: Vec<String>,
    limit: Option<usize>,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), BATCHES_AHEAD);
        let (rows, out) = (self.clone(), stream.tx());
        let batch_rows = context.session_config().batch_size();
        stream.spawn_blocking(move || {
            let mut send = |batch| Ok(out.blocking_send(Ok(batch)).is_ok());
            rows.read(batch_rows, &mut send).map_err(|error| DataFusionError::External(error.into()))
        });
        stream.build()
    }
}

impl Rows {
    /// Gives batches to `send`, until it says that nobody reads any more.
    fn read(&self, batch_rows: usize, send: &mut dyn FnMut(RecordBatch) -> Result<bool>) -> Result<()> {
        let file = self.beside.database(&self.table.name)?;
        let database = Database::open_file(file.path())?;
        let types: Vec<Type> = self.named().map(|column| column.ty).collect();
        let mut batch = BatchBuilder::new(Arc::clone(&self.schema))?;
        let mut is_read = true;
        let result = database.run(&self.sql(), &mut |_| (), &mut |row| {
            // A count needs no column, but a SELECT does.
            let cells = row.iter().zip(&types).map(|(cell, ty)| typed(cell, *ty)).collect::<Result<Vec<_>>>()?;
            batch.append(&cells)?;
            if batch.is_full(batch_rows) {
                is_read = send(batch.finish()?)?;
            }
            if is_read { Ok(()) } else { bail!("nobody reads") }
        });
        if !is_read {
            return Ok(());
        }
        result?;
        if !batch.is_empty() {
            send(batch.finish()?)?;
        }
        Ok(())
    }

    fn named(&self) -> impl Iterator<Item = &analyzer::tables::Column> {
        self.columns.iter().filter_map(|index| self.table.columns.get(*index))
    }

    fn sql(&self) -> String {
        let mut columns: Vec<String> = self.named().map(|column| quoted(&column.name)).collect();
        if columns.is_empty() {
            columns.push("NULL".to_owned());
        }
        let limit = self.limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
        let conditions = match self.conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", self.conditions.join(" AND ")),
        };
        format!("SELECT {} FROM {}{conditions}{limit}", columns.join(","), quoted(&self.table.name))
    }
}

/// A name as SQLite takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A cell of SQLite as one of the column's type: there, truth is a number and time is text.
pub(crate) fn typed(cell: &query::Cell, ty: Type) -> Result<Cell<'_>> {
    Ok(match (cell, ty) {
        (query::Cell::Null, _) => Cell::Null,
        (query::Cell::Integer(number), _) => Cell::Integer(*number),
        (query::Cell::Real(number), _) => Cell::Real(*number),
        // It was made of 64 bits of nanoseconds and rounded down: only the first microsecond of those does not fit again.
        (query::Cell::Text(text), Type::Timestamp) => {
            Cell::Timestamp(string_to_timestamp_nanos(text).unwrap_or(i64::MIN))
        }
        (query::Cell::Text(text), _) => Cell::Text(text.as_str().into()),
        (query::Cell::Blob(bytes), _) => Cell::Bytes(bytes.as_slice().into()),
    })
}
