//! The tables and views of a session by name. Each is made when a query first names it: a capture has hundreds.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use analyzer::prelude;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::internal_datafusion_err;
use datafusion::datasource::ViewTable;
use datafusion::error::Result;
use datafusion::execution::context::SessionContext;
use datafusion::execution::session_state::SessionState;

/// Where the tables that are no views come from.
pub(crate) trait Tables: Send + Sync {
    /// Their names.
    fn names(&self) -> Vec<String>;

    /// Makes the table of this name; `None` when there is none.
    ///
    /// # Errors
    /// It cannot be read.
    fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>>;

    /// The views that there are over them: by default those that all engines share.
    fn views(&self) -> &'static [prelude::View] {
        &prelude::VIEWS
    }
}

impl Tables for HashMap<String, Arc<dyn TableProvider>> {
    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }

    fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.get(name).map(Arc::clone))
    }

    fn views(&self) -> &'static [prelude::View] {
        &[]
    }
}

type State = dyn Fn() -> Option<SessionState> + Send + Sync;

/// The tables, and the views over them that all engines share.
pub(crate) struct Schema {
    tables: Box<dyn Tables>,
    /// Gives what views are planned by, which holds this schema; `None` when that is gone.
    state: OnceLock<Box<State>>,
    made: Mutex<HashMap<String, Arc<dyn TableProvider>>>,
}

impl fmt::Debug for Schema {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Schema").finish_non_exhaustive()
    }
}

impl Schema {
    /// These tables, and views.
    pub(crate) fn new(tables: Box<dyn Tables>) -> Schema {
        Schema { tables, state: OnceLock::new(), made: Mutex::default() }
    }

    /// Says what views are planned by: the context that this schema was put into.
    pub(crate) fn plan_by(&self, context: &SessionContext) {
        let state = context.state_weak_ref();
        // It is said once.
        let _ = self.state.set(Box::new(move || Some(state.upgrade()?.read().clone())));
    }

    async fn view(&self, sql: &str) -> Result<Arc<dyn TableProvider>> {
        let state = self.state.get().and_then(|state| state());
        let state = state.ok_or_else(|| internal_datafusion_err!("a view without a session"))?;
        let plan = state.create_logical_plan(sql).await?;
        Ok(Arc::new(ViewTable::new(plan, Some(sql.to_owned()))))
    }
}

#[async_trait]
impl SchemaProvider for Schema {
    fn table_names(&self) -> Vec<String> {
        let mut names = self.tables.names();
        names.extend(self.tables.views().iter().map(|view| view.name.to_owned()));
        names.sort_unstable();
        names.dedup();
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(table) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        let table = match self.tables.views().iter().find(|view| view.name == name) {
            Some(view) => self.view(&view.select()).await?,
            None => match self.tables.table(name)? {
                Some(table) => table,
                None => return Ok(None),
            },
        };
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), Arc::clone(&table));
        Ok(Some(table))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|known| known == name)
    }
}
