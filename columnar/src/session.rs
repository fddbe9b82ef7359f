//! Sessions: questions asked one after the other of one capture.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use analyzer::query::{Answer, Cell, Column as NamedColumn, Engine, Interrupt, Meter, Question, Stopped, Table};
use analyzer::replay::Damage;
use anyhow::{Context as _, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::util::display::FormatOptions;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement;
use formats::capture::Capture;
use futures::StreamExt as _;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinHandle;

use crate::cells::Column;
use crate::failure::{Names, Place, explain};
use crate::functions;
use crate::kin::{self, Kin, SharedKin};
use crate::measure::measure;
use crate::parquet::Dataset;
use crate::schema::{Schema, Tables};
use crate::source::Source;
use crate::statements::{Statements, statements};
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
    threads: usize,
    interrupt: Interrupt,
    meter: Meter,
    kin: SharedKin,
    runtime: Background,
    /// What looks at the time while others work: threads that are all busy look at nothing.
    waiting: Runtime,
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
        let kin = SharedKin::default();
        let context = context(threads, options.memory_limit, &temporary, &kin)?;
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::clone(&schema) as Arc<dyn SchemaProvider>)?;
        context.register_catalog(CATALOG, Arc::new(catalog));
        schema.plan_by(&context);
        Ok(Session {
            context,
            schema,
            source,
            memory_limit: options.memory_limit,
            threads,
            interrupt: Interrupt::default(),
            meter: Meter::default(),
            kin,
            runtime: Background::begin(threads)?,
            waiting: Builder::new_current_thread().enable_time().build().context("cannot wait")?,
            _temporary: temporary,
        })
    }

    /// What scans could not read so far.
    pub fn damage(&self) -> Vec<Damage> {
        self.source.as_ref().map(|source| source.damage()).unwrap_or_default()
    }

    /// Waits for work, unless somebody interrupts it or it takes too long. Meanwhile it is told how far the plan is.
    fn within<T>(
        &self,
        (deadline, plan): (Deadline, Option<&Arc<dyn ExecutionPlan>>),
        work: impl Future<Output = T>,
    ) -> Result<T> {
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
                if let Some(plan) = plan {
                    let (done, total) = measure(plan);
                    self.meter.set(done, total);
                }
            }
        };
        self.waiting.block_on(async {
            tokio::select! {
                biased;
                stopped = stopped => Err(stopped.into()),
                done = work => Ok(done),
            }
        })
    }

    /// Answers a question by batches. All statements are looked at before the first gives any.
    ///
    /// # Errors
    /// As of [`Engine::ask`].
    pub(crate) fn ask_batches(&self, question: &Question<'_>, answer: &mut dyn Batches) -> Result<()> {
        self.interrupt.clear();
        self.meter.clear();
        let deadline = question.timeout.and_then(|timeout| Some((Instant::now().checked_add(timeout)?, timeout)));
        let Statements { all, asks_kin } = statements(question, self)?;
        let answered = (|| {
            if asks_kin && self.kin.get().is_none() {
                self.read_kin(deadline)?;
            }
            all.into_iter().try_for_each(|(statement, begin)| self.answer(statement, begin, deadline, answer))
        })();
        if answered.as_ref().is_err_and(|error| error.is::<Stopped>()) {
            self.runtime.leave(self.threads)?;
        }
        answered
    }

    /// Answers a statement.
    fn answer(&self, statement: Statement, begin: Place, deadline: Deadline, answer: &mut dyn Batches) -> Result<()> {
        let failed = |error: &DataFusionError, is_planned| explain(error, begin, is_planned, self.memory_limit, self);
        let runtime = self.runtime.get()?;
        let planned = runtime.spawn(plan(self.context.clone(), statement));
        let planned = self.within((deadline, None), planned)?.context("planning broke off")?;
        let (plan, stream) = planned.map_err(|error| failed(&error, false))?;
        answer.begin(&stream.schema())?;
        let (out, mut batches) = channel(BATCHES_AHEAD);
        let running = Running(runtime.spawn(forward(stream, out)));
        while let Some(batch) = self.within((deadline, Some(&plan)), batches.recv())? {
            answer.batch(&batch.map_err(|error| failed(&error, true))?)?;
        }
        // Without an error and without an end it broke off.
        self.within((deadline, None), running.end())?
    }

    /// Reads who descends from whom, for functions that say it.
    fn read_kin(&self, deadline: Deadline) -> Result<()> {
        let mut found = Kin::new(self.memory_limit / 2);
        self.rows(kin::ANCESTORS, deadline, &mut |row| found.link(row))?;
        self.rows(kin::NAMES, deadline, &mut |row| found.name(row))?;
        self.kin.set(found.finish());
        Ok(())
    }

    /// Gives the rows of a question of our own.
    fn rows(&self, sql: &str, deadline: Deadline, each: &mut dyn FnMut(&[Cell]) -> Result<()>) -> Result<()> {
        let mut answer = ByCells { answer: &mut Each(each), interrupt: &self.interrupt };
        for (statement, begin) in statements(&Question { sql, ..Question::default() }, self)?.all {
            self.answer(statement, begin, deadline, &mut answer)?;
        }
        Ok(())
    }
}

/// When a question is given up, and how long it may take.
type Deadline = Option<(Instant, Duration)>;

/// What the batches of an answer are given to.
pub(crate) trait Batches {
    /// An answer begins, with these columns.
    ///
    /// # Errors
    /// Ends the question.
    fn begin(&mut self, schema: &SchemaRef) -> Result<()>;

    /// Its next rows.
    ///
    /// # Errors
    /// Ends the question.
    fn batch(&mut self, batch: &RecordBatch) -> Result<()>;
}

/// Gives batches on as rows.
struct ByCells<'a> {
    answer: &'a mut dyn Answer,
    interrupt: &'a Interrupt,
}

impl Batches for ByCells<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        self.answer.columns(&schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let options = FormatOptions::default();
        let columns: Vec<Column<'_>> =
            batch.columns().iter().map(|array| Column::new(array, &options)).collect::<Result<_>>()?;
        let mut cells = Vec::with_capacity(columns.len());
        for index in 0..batch.num_rows() {
            cells.clear();
            for column in &columns {
                cells.push(column.cell(index)?);
            }
            self.answer.row(&cells)?;
            if self.interrupt.is_asked() {
                return Err(Stopped::Interrupted.into());
            }
        }
        Ok(())
    }
}

/// An answer of which only the rows matter.
pub(crate) struct Each<'e>(pub(crate) &'e mut dyn FnMut(&[Cell]) -> Result<()>);

impl Answer for Each<'_> {
    fn columns(&mut self, _: &[&str]) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        (self.0)(cells)
    }
}

/// Threads that are not waited for: what was given up may still work on its last piece.
struct Background(Mutex<Option<Arc<Runtime>>>);

impl Background {
    fn begin(threads: usize) -> Result<Background> {
        Ok(Background(Mutex::new(Some(Arc::new(workers(threads)?)))))
    }

    fn get(&self) -> Result<Arc<Runtime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().context("the session is over")
    }

    /// Leaves threads to what was given up, which may keep all of them busy, and begins new ones for the next question.
    fn leave(&self, threads: usize) -> Result<()> {
        let fresh = Arc::new(workers(threads)?);
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(fresh);
        end(left);
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        end(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Ends threads when they have done what they are at.
fn end(runtime: Option<Arc<Runtime>>) {
    if let Some(runtime) = runtime.and_then(Arc::into_inner) {
        runtime.shutdown_background();
    }
}

fn workers(threads: usize) -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_stack_size(STACK_BYTES)
        .thread_name("tracee-query")
        .enable_time()
        .build()
        .context("cannot start threads")
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
async fn plan(
    context: SessionContext,
    statement: Statement,
) -> Result<(Arc<dyn ExecutionPlan>, SendableRecordBatchStream), DataFusionError> {
    let state = context.state();
    let plan = state.statement_to_plan(statement).await?;
    // Statements that are no questions were refused before; this is for those within others.
    let questions = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    questions.verify_plan(&plan)?;
    let plan = state.create_physical_plan(&plan).await?;
    let stream = execute_stream(Arc::clone(&plan), context.task_ctx())?;
    Ok((plan, stream))
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
        self.ask_batches(question, &mut ByCells { answer, interrupt: &self.interrupt })
    }

    fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    fn meter(&self) -> Meter {
        self.meter.clone()
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

fn context(threads: usize, memory_limit: usize, temporary: &TempDir, kin: &SharedKin) -> Result<SessionContext> {
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
    for function in functions::all(kin) {
        context.register_udf(function);
    }
    Ok(context)
}
