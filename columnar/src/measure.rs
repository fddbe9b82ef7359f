//! How far a plan is: by what its scans have read of what they have before them.

use std::sync::Arc;

use datafusion::common::stats::Precision;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::statistics::StatisticsArgs;

use crate::segments::SegmentsExec;

/// What is read, and of how much: bytes of segments, rows of files. What says nothing of itself is not counted.
pub(crate) fn measure(plan: &Arc<dyn ExecutionPlan>) -> (u64, u64) {
    let (mut done, mut total) = (0u64, 0u64);
    let mut add = |of: (u64, u64)| {
        done = done.saturating_add(of.0.min(of.1));
        total = total.saturating_add(of.1);
    };
    if let Some(segments) = plan.downcast_ref::<SegmentsExec>() {
        add(segments.read());
    } else if plan.children().is_empty() {
        let rows = plan.metrics().and_then(|metrics| metrics.output_rows()).unwrap_or(0);
        let all = plan.statistics_from_inputs(&[], &StatisticsArgs::new()).map(|statistics| statistics.num_rows);
        if let Ok(Precision::Exact(all) | Precision::Inexact(all)) = all {
            add((rows as u64, all as u64));
        }
    }
    for child in plan.children() {
        add(measure(child));
    }
    (done, total)
}
