//! What SQL may do: ask.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// What tells of a database and its tables, and sets nothing.
const HARMLESS: [&str; 5] = ["table_info", "table_xinfo", "table_list", "function_list", "integrity_check"];

/// What was refused last.
#[derive(Clone, Debug, Default)]
pub(super) struct Refused(Arc<Mutex<Option<String>>>);

impl Refused {
    /// What was refused since this was asked, in a word of SQL.
    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
    }
}

/// Has the connection refuse everything but questions.
pub(super) fn only_questions(connection: &mut Connection) -> rusqlite::Result<Refused> {
    let refused = Refused::default();
    let told = refused.clone();
    let decide = move |context: AuthContext<'_>| match forbidden(context.action) {
        None => Authorization::Allow,
        Some(what) => {
            told.set(what);
            Authorization::Deny
        }
    };
    connection.authorizer(Some(decide))?;
    Ok(refused)
}

/// The word for an action that is not asking.
fn forbidden(action: AuthAction<'_>) -> Option<String> {
    let word = match action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => return None,
        AuthAction::Function { function_name } if function_name.eq_ignore_ascii_case("load_extension") => function_name,
        AuthAction::Function { .. } => return None,
        AuthAction::Pragma { pragma_name, .. } if HARMLESS.contains(&pragma_name) => return None,
        AuthAction::Pragma { pragma_name: "user_version", pragma_value: None } => return None,
        AuthAction::Pragma { pragma_name, .. } => return Some(format!("PRAGMA {pragma_name}")),
        AuthAction::Insert { .. } => "INSERT",
        AuthAction::Update { .. } => "UPDATE",
        AuthAction::Delete { .. } => "DELETE",
        AuthAction::Attach { .. } => "ATTACH",
        AuthAction::Detach { .. } => "DETACH",
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => "transactions",
        _ => "changes",
    };
    Some(word.to_owned())
}
