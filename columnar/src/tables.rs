//! The tables of a raw capture: those of events from its segments, the others from beside.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::error::Result;

use crate::beside::{Beside, BesideTable};
use crate::counts::{CountsTable, EVENT_COUNTS};
use crate::schema::Tables;
use crate::segments::SegmentTable;
use crate::source::Source;

/// Makes the tables of a capture.
pub(crate) struct CaptureTables {
    source: Arc<Source>,
    beside: Arc<Beside>,
}

impl CaptureTables {
    /// The tables that the capture's catalog lists.
    pub(crate) fn new(source: Arc<Source>) -> CaptureTables {
        CaptureTables { beside: Arc::new(Beside::new(Arc::clone(&source))), source }
    }
}

impl Tables for CaptureTables {
    fn names(&self) -> Vec<String> {
        self.source.catalog().tables().iter().map(|table| table.name.clone()).collect()
    }

    fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let catalog = self.source.catalog();
        let Some(table) = catalog.table(name) else { return Ok(None) };
        let event = catalog.event_of(table);
        let beside = || BesideTable::new(Arc::clone(&self.beside), table);
        Ok(Some(if event.is_some() || table.name == catalog.events().name {
            Arc::new(SegmentTable::new(Arc::clone(&self.source), table, event))
        } else if table.name == EVENT_COUNTS {
            Arc::new(CountsTable::new(Arc::clone(&self.source), beside(), table))
        } else {
            Arc::new(beside())
        }))
    }
}
