//! Reading segments as batches.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use analyzer::scan::{ScanOptions, Values};
use analyzer::tables::{Cell, Table};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, internal_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};
use tokio::sync::mpsc::Sender;

use crate::arrays::{self, BatchBuilder};
use crate::source::Source;

/// Batches of a partition that may wait for their reader.
const BATCHES_AHEAD: usize = 2;

/// The rows of one table, from all segments. Partition `p` of `n` reads segments `p`, `p + n`, ..., an only one all of them.
#[derive(Debug)]
pub(super) struct SegmentsExec {
    scan: Arc<Scan>,
    statistics: Arc<Statistics>,
    properties: Arc<PlanProperties>,
    partitions: usize,
}

/// What every partition needs.
#[derive(Debug)]
struct Scan {
    source: Arc<Source>,
    table: Table,
    columns: Vec<usize>,
    schema: SchemaRef,
    wanted: ScanOptions,
    limit: Option<usize>,
}

impl SegmentsExec {
    /// A scan for these columns of the rows that `wanted` names, `limit` of each partition at most.
    pub(super) fn new(
        source: Arc<Source>,
        table: Table,
        columns: Vec<usize>,
        schema: SchemaRef,
        wanted: ScanOptions,
        limit: Option<usize>,
    ) -> SegmentsExec {
        let scanner = source.scanner();
        // What goes over segments is read by one.
        let is_one = scanner.reads_earlier_segments(&table, &wanted);
        let partitions = if is_one { 1 } else { scanner.segments().clamp(1, source.threads()) };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        SegmentsExec {
            statistics: Arc::new(Statistics::new_unknown(&schema)),
            scan: Arc::new(Scan { source, table, columns, schema, wanted, limit }),
            properties: Arc::new(properties),
            partitions,
        }
    }

    /// The same, of which so much is known.
    pub(super) fn with_statistics(self, statistics: Statistics) -> SegmentsExec {
        SegmentsExec { statistics: Arc::new(statistics), ..self }
    }
}

impl DisplayAs for SegmentsExec {
    fn fmt_as(&self, _format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scan { table, columns, wanted, limit, .. } = &*self.scan;
        let names = columns.iter().filter_map(|index| table.columns.get(*index)).map(|column| column.name.as_str());
        write!(out, "SegmentsExec: table={}, columns=[{}]", table.name, names.collect::<Vec<_>>().join(", "))?;
        if let Some(since_ns) = wanted.since_ns {
            write!(out, ", since_ns={since_ns}")?;
        }
        if let Some(until_ns) = wanted.until_ns {
            write!(out, ", until_ns={until_ns}")?;
        }
        if let Some(events) = &wanted.events {
            write!(out, ", events=[{}]", events.join(", "))?;
        }
        if let Some(keys) = &wanted.process_keys {
            write!(out, ", process_keys={keys:?}")?;
        }
        if let Some(ids) = &wanted.container_ids {
            write!(out, ", container_ids=[{}]", ids.join(", "))?;
        }
        match limit {
            Some(limit) => write!(out, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for SegmentsExec {
    fn name(&self) -> &'static str {
        "SegmentsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a scan of segments has no children") }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a scan of segments has no children") }
    }

    fn statistics_from_inputs(
        &self,
        _inputs: &[Arc<Statistics>],
        arguments: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        // What the index says is of all partitions.
        Ok(match arguments.partition() {
            None => Arc::clone(&self.statistics),
            Some(_) => Arc::new(Statistics::new_unknown(&self.scan.schema)),
        })
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.scan.schema), BATCHES_AHEAD);
        let (scan, out, partitions) = (Arc::clone(&self.scan), stream.tx(), self.partitions);
        let batch_rows = context.session_config().batch_size();
        stream.spawn_blocking(move || scan.run(partition, partitions, batch_rows, &out));
        Ok(stream.build())
    }
}

/// Where the batches of a partition go.
type Out = Sender<Result<RecordBatch>>;

impl Scan {
    fn run(&self, partition: usize, partitions: usize, batch_rows: usize, out: &Out) -> Result<()> {
        let scanner = self.source.scanner();
        let mut sink = Sink {
            batch: BatchBuilder::new(Arc::clone(&self.schema))?,
            left: self.limit.unwrap_or(usize::MAX),
            batch_rows,
            failed: None,
            out,
        };
        let runs: Vec<_> = match partitions {
            1 => std::iter::once(0..scanner.segments()).collect(),
            _ => (partition..scanner.segments()).step_by(partitions).map(|segment| segment..segment + 1).collect(),
        };
        // The first rows of a limit are to be the first in time.
        let by_column = self.limit.is_none() && scanner.has_columns(&self.table, &self.columns, &self.wanted);
        for segments in runs {
            if sink.is_over() {
                break;
            }
            let damage = match by_column {
                true => scanner.scan_columns(segments, &self.columns, &self.wanted, &mut |rows, columns| {
                    sink.take_columns(&self.schema, rows, columns)
                }),
                false => scanner
                    .scan_segments(segments, &self.table, &self.columns, &self.wanted, &mut |cells| sink.take(cells)),
            };
            self.source.note(damage.map_err(|error| DataFusionError::External(error.into()))?);
        }
        sink.finish()
    }
}

/// Where the rows of a partition go.
struct Sink<'o> {
    batch: BatchBuilder,
    /// Rows that are still wanted.
    left: usize,
    batch_rows: usize,
    failed: Option<DataFusionError>,
    out: &'o Out,
}

impl Sink<'_> {
    fn is_over(&self) -> bool {
        self.left == 0 || self.failed.is_some() || self.out.is_closed()
    }

    fn take(&mut self, cells: &[Cell<'_>]) -> ControlFlow<()> {
        if self.left == 0 {
            return ControlFlow::Break(());
        }
        self.left -= 1;
        match self.batch.append(cells) {
            Ok(()) if self.left > 0 && (!self.batch.is_full(self.batch_rows) || self.send()) => {
                ControlFlow::Continue(())
            }
            Ok(()) => ControlFlow::Break(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn take_columns(&mut self, schema: &SchemaRef, rows: usize, columns: Vec<Values>) -> ControlFlow<()> {
        match arrays::batch(schema, rows, columns) {
            // A reader that has gone away needs no error.
            Ok(batch) => match self.out.blocking_send(Ok(batch)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            },
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Hands the batch on; false when nobody reads any more, or it failed.
    fn send(&mut self) -> bool {
        match self.batch.finish() {
            // A reader that has gone away needs no error.
            Ok(batch) => self.out.blocking_send(Ok(batch)).is_ok(),
            Err(error) => {
                self.failed = Some(error);
                false
            }
        }
    }

    fn finish(mut self) -> Result<()> {
        if self.failed.is_none() && !self.batch.is_empty() {
            self.send();
        }
        self.failed.map_or(Ok(()), Err)
    }
}
