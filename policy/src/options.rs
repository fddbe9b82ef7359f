//! The options `--scope` and `--events` as one policy.

use crate::error::{Error, quoted};
use crate::events;
use crate::limits::MAX_EXPRESSIONS;
use crate::plan::{Policy, Rule};
use crate::scope::{self, Expression};

/// The expressions of `--scope`, one per option; they must all hold.
///
/// # Errors
/// Names the option that is wrong.
pub fn scope<S: AsRef<str>>(options: &[S]) -> Result<Vec<Expression>, Error> {
    if options.len() > MAX_EXPRESSIONS {
        return Err(
            Error::new(format!("{} expressions; there can be {MAX_EXPRESSIONS}", options.len())).field("--scope")
        );
    }
    let option = |written: &str| format!("--scope {}", quoted(written));
    let mut scope = Vec::new();
    for written in options.iter().map(AsRef::as_ref) {
        scope.push(Expression::parse(written).map_err(|why| Error::new(why).field(option(written)))?);
    }
    match scope::contradiction(&scope) {
        Some((at, why)) => Err(Error::new(why).field(option(options.get(at).map(AsRef::as_ref).unwrap_or_default()))),
        None => Ok(scope),
    }
}

/// The policy called `name` that `--scope` and `--events` ask for; `default` is what is recorded when no `--events` chooses
/// anything.
///
/// # Errors
/// Names the option that is wrong.
pub fn policy<S: AsRef<str>, E: AsRef<str>>(
    name: &str,
    scopes: &[S],
    events: &[E],
    default: &[&str],
) -> Result<Policy, Error> {
    let scope = scope(scopes)?;
    let mut rules: Vec<Rule> = events::select(events)?;
    if rules.is_empty() {
        rules = events::select(default)?;
    }
    let policy = Policy { name: name.to_owned(), scope, rules };
    policy.check()?;
    Ok(policy)
}
