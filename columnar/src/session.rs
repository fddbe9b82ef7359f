//! Sessions: questions asked one after the other of one capture.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use analyzer::query::{Answer, Column as NamedColumn, Engine, Interrupt, Question, Stopped, Table};
use analyzer::replay::Damage;
use anyhow::{Context as _, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::FormatOptions;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement;
use formats::capture::Capture;
use futures::StreamExt as _;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinHandle;

use crate::cells::Column;
use crate::failure::{Names, explain};
use crate::functions;
use crate::parquet::Dataset;
use crate::schema::{Schema, Tables};
use crate::source::Source;
use crate::statements::statements;
use crate::tables::CaptureTables;

/// What a session may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of memory for sorting, grouping and joining; what needs more goes through temporary files.
    pub memory_limit: usize,
    /// Segments that are read, and parts of a query that are worked on, at once; 0 for as many as there are processors.
    pub threads: usize,
    /// Whether conditions, limits and counts are answered by indexes as far as they can be; without, every row is read.
    pub pushdown: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { memory_limit: MEMORY_LIMIT, threads: 0, pushdown: true }
    }
}

impl Options {
    fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, |count| count.get()),
            threads => threads,
        }
    }
}

/// Bytes of memory when nobody says: with what reading segments takes it stays under 512 MiB.
const MEMORY_LIMIT: usize = 256 << 20;
/// Consumers of memory that an error names.
const TOP_CONSUMERS: NonZeroUsize = NonZeroUsize::MIN;
/// Batches that may wait for who asked.
const BATCHES_AHEAD: usize = 2;
/// How often it is looked whether to go on.
const PACE: Duration = Duration::from_millis(20);
/// Plans nest as deep as the SQL.
const STACK_BYTES: usize = 8 << 20;
/// The name before those of tables, in `tracee.capture.events`.
const CATALOG: &str = "tracee";
const SCHEMA: &str = "capture";

/// Questions to a capture.
pub struct Session {
    context: SessionContext,
    schema: Arc<Schema>,
    /// The capture, when it is asked itself.
    source: Option<Arc<Source>>,
    memory_limit: usize,
    interrupt: Interrupt,
    runtime: Background,
    /// Where what does not fit into memory goes; removed when it is dropped.
    _temporary: TempDir,
}

impl Session {
    /// Begins to ask a capture. Reads the segments' indexes.
    ///
    /// # Errors
    /// No segment can be opened, or there can be no temporary directory.
    pub fn over_capture(capture: &Capture, options: &Options) -> Result<Session> {
        let threads = options.threads();
        let source = Arc::new(Source::new(capture, threads, options.pushdown)?);
        Session::over(Box::new(CaptureTables::new(Arc::clone(&source))), Some(source), threads, options)
    }

    /// Begins to ask a dataset of Parquet files.
    ///
    /// # Errors
    /// There can be no temporary directory.
    pub fn over_dataset(dataset: Dataset, options: &Options) -> Result<Session> {
        Session::over(Box::new(dataset), None, options.threads(), options)
    }

    /// Begins to ask tables that somebody else has, by their names.
    ///
    /// # Errors
    /// There can be no temporary directory.
    pub fn over_tables(tables: HashMap<String, Arc<dyn TableProvider>>, options: &Options) -> Result<Session> {
        Session::over(Box::new(tables), None, options.threads(), options)
    }

    fn over(
        tables: Box<dyn Tables>,
        source: Option<Arc<Source>>,
        threads: usize,
        options: &Options,
    ) -> Result<Session> {
        let schema = Arc::new(Schema::new(tables));
        let temporary = tempfile::Builder::new().prefix("tracee-").tempdir();
        let temporary = temporary.context("cannot make a temporary directory (TMPDIR says where)")?;
        let context = context(threads, options.memory_limit, &temporary)?;
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::clone(&schema) as Arc<dyn SchemaProvider>)?;
        context.register_catalog(CATALOG, Arc::new(catalog));
        schema.plan_by(&context);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_stack_size(STACK_BYTES)
            .thread_name("tracee-query")
            .enable_time()
            .build()
            .context("cannot start threads")?;
        Ok(Session {
            context,
            schema,
            source,
            memory_limit: options.memory_limit,
            interrupt: Interrupt::default(),
            runtime: Background(Some(runtime)),
            _temporary: temporary,
        })
    }

    /// What scans could not read so far.
    pub fn damage(&self) -> Vec<Damage> {
        self.source.as_ref().map(|source| source.damage()).unwrap_or_default()
    }

    /// Waits for work, unless somebody interrupts it or it takes too long.
    fn within<T>(&self, deadline: Option<(Instant, Duration)>, work: impl Future<Output = T>) -> Result<T> {
        let stopped = async {
            let mut pace = tokio::time::interval(PACE);
            loop {
                pace.tick().await;
                if self.interrupt.is_asked() {
                    return Stopped::Interrupted;
                }
                if let Some((_, timeout)) = deadline.filter(|(deadline, _)| Instant::now() >= *deadline) {
                    return Stopped::TimedOut(timeout);
                }
            }
        };
        self.runtime.get()?.block_on(async {
            tokio::select! {
                biased;
                stopped = stopped => Err(stopped.into()),
                done = work => Ok(done),
            }
        })
    }

    /// Gives a batch's rows, cell by cell.
    fn give(&self, batch: &RecordBatch, answer: &mut dyn Answer) -> Result<()> {
        let options = FormatOptions::default();
        let columns: Vec<Column<'_>> =
            batch.columns().iter().map(|array| Column::new(array, &options)).collect::<Result<_>>()?;
        let mut cells = Vec::with_capacity(columns.len());
        for index in 0..batch.num_rows() {
            cells.clear();
            for column in &columns {
                cells.push(column.cell(index)?);
            }
            answer.row(&cells)?;
            if self.interrupt.is_asked() {
                return Err(Stopped::Interrupted.into());
            }
        }
        Ok(())
    }
}

/// Threads that are not waited for: what was given up may still work on its last piece.
struct Background(Option<Runtime>);

impl Background {
    fn get(&self) -> Result<&Runtime> {
        self.0.as_ref().context("the session is over")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A query that runs, until it is dropped: work that takes long between two looks at whether to go on must not keep the
/// thread that asked.
struct Running(JoinHandle<()>);

impl Running {
    async fn end(mut self) -> Result<()> {
        (&mut self.0).await.context("the query broke off")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins a statement.
async fn plan(context: SessionContext, statement: Statement) -> Result<SendableRecordBatchStream, DataFusionError> {
    let state = context.state();
    let plan = state.statement_to_plan(statement).await?;
    // Statements that are no questions were refused before; this is for those within others.
    let questions = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    questions.verify_plan(&plan)?;
    DataFrame::new(state, plan).execute_stream().await
}

/// Hands batches on until nobody takes them any more.
async fn forward(mut stream: SendableRecordBatchStream, out: Sender<Result<RecordBatch, DataFusionError>>) {
    while let Some(batch) = stream.next().await {
        if out.send(batch).await.is_err() {
            break;
        }
    }
}

impl Engine for Session {
    fn tables(&self) -> Result<Vec<Table>> {
        let mut tables = Vec::new();
        for name in self.schema.table_names() {
            // A view that cannot be planned is no reason to show none.
            let Ok(Some(table)) = self.runtime.get()?.block_on(self.schema.table(&name)) else { continue };
            let columns = table
                .schema()
                .fields()
                .iter()
                .map(|field| NamedColumn { name: field.name().clone(), type_name: field.data_type().to_string() })
                .collect();
            tables.push(Table { name, columns });
        }
        Ok(tables)
    }

    fn functions(&self) -> Result<Vec<String>> {
        Ok(Names::functions(self))
    }

    /// Answers with the same cells as SQLite: truth as 1 and 0, times as text.
    fn ask(&self, question: &Question<'_>, answer: &mut dyn Answer) -> Result<()> {
        self.interrupt.clear();
        let deadline = question.timeout.and_then(|timeout| Some((Instant::now().checked_add(timeout)?, timeout)));
        for (statement, begin) in statements(question, self)? {
            let failed =
                |error: &DataFusionError, is_planned| explain(error, begin, is_planned, self.memory_limit, self);
            let planned = self.runtime.get()?.spawn(plan(self.context.clone(), statement));
            let stream = self.within(deadline, planned)?.context("planning broke off")?;
            let stream = stream.map_err(|error| failed(&error, false))?;
            let schema = stream.schema();
            answer.columns(&schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>())?;
            let (out, mut batches) = channel(BATCHES_AHEAD);
            let running = Running(self.runtime.get()?.spawn(forward(stream, out)));
            while let Some(batch) = self.within(deadline, batches.recv())? {
                self.give(&batch.map_err(|error| failed(&error, true))?, answer)?;
            }
            // Without an error and without an end it broke off.
            self.within(deadline, running.end())??;
        }
        Ok(())
    }

    fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }
}

impl Names for Session {
    fn tables(&self) -> Vec<String> {
        self.schema.table_names()
    }

    fn functions(&self) -> Vec<String> {
        let state = self.context.state();
        let scalar = state.scalar_functions().keys();
        let all = scalar.chain(state.aggregate_functions().keys()).chain(state.window_functions().keys());
        // Names with signs in them are operators.
        let is_name = |name: &&String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let mut names: Vec<String> = all.filter(is_name).cloned().collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn context(threads: usize, memory_limit: usize, temporary: &TempDir) -> Result<SessionContext> {
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![temporary.path().into()]));
    let pool = TrackConsumersPool::new(FairSpillPool::new(memory_limit), TOP_CONSUMERS);
    let runtime =
        RuntimeEnvBuilder::new().with_disk_manager_builder(disk).with_memory_pool(Arc::new(pool)).build_arc()?;
    let mut config = SessionConfig::new()
        .with_target_partitions(threads)
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA);
    let parser = &mut config.options_mut().sql_parser;
    parser.collect_spans = true;
    // As SQLite has it: NULL is less than anything.
    parser.default_null_ordering = "nulls_min".to_owned();
    // A part of a sort that is kept back for merging spilled parts must itself fit into the limit.
    let execution = &mut config.options_mut().execution;
    execution.sort_spill_reservation_bytes = execution.sort_spill_reservation_bytes.min(memory_limit / 8);
    let state =
        SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features().build();
    let context = SessionContext::new_with_state(state);
    for function in functions::all() {
        context.register_udf(function);
    }
    Ok(context)
}
