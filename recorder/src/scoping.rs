//! The scope while recording: the policies, those that are in force, and how they change. A policy's bit is its for the
//! whole capture: what is added comes behind, what is removed leaves its place.

use anyhow::{Result, bail};
use policy::{Plan, Policy, Rule};
use serde_json::{Value, json};

use crate::scope::{Host, Scope};

/// What the policy is called that the options are when they name none.
pub const UNNAMED: &str = "command-line";

/// The policies of a recording.
pub(crate) struct Scoping {
    plan: Option<Plan>,
    /// Events that are recorded at all, by name.
    events: Vec<String>,
    /// Bits of the policies that were there from the beginning: with a command, they are of its tree alone.
    first: u64,
    /// Bits of the policies in force.
    active: u64,
    command: Option<u32>,
    /// Whether it has been changed: from then on every task may be in scope.
    changed: bool,
}

impl Scoping {
    /// The policies that a recording of these events begins with.
    pub(crate) fn new(plan: Option<Plan>, events: Vec<String>, command: Option<u32>) -> Scoping {
        let first = plan.as_ref().map_or(1, |plan| u64::MAX >> (64 - plan.policies().len().clamp(1, 64)));
        Scoping { plan, events, first, active: first, command, changed: false }
    }

    /// The policies, with those that are no longer in force; `None` when there never were any.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Whether every task may be in scope, and not only descendants of the command.
    pub(crate) fn is_of_everyone(&self) -> bool {
        self.command.is_none() || self.changed
    }

    /// Bits of the policies in force.
    pub(crate) fn active(&self) -> u64 {
        self.active
    }

    /// The scope for the kernel side; `None` when nothing is narrowed.
    ///
    /// # Errors
    /// What the kernel side cannot test, or what is not there.
    pub(crate) fn compile(&self, host: &dyn Host) -> Result<Option<Scope>> {
        let Some(plan) = &self.plan else { return Ok(None) };
        let of_command = if self.changed && self.command.is_some() { self.first } else { 0 };
        Scope::of(plan, self.active, of_command, self.command, host).map(Some)
    }

    /// Adds a policy for whom all expressions hold; gives its name. The change is in force when it was compiled and set.
    ///
    /// # Errors
    /// An expression is wrong, or there are too many policies.
    pub(crate) fn add(&mut self, expressions: &[String]) -> Result<String> {
        if expressions.is_empty() {
            bail!("there is no scope expression");
        }
        let scope = policy::options::scope(expressions)?;
        let rules = || self.events.iter().map(|event| Rule { event: event.clone(), filters: Vec::new() }).collect();
        let mut policies = match &self.plan {
            Some(plan) => plan.policies().to_vec(),
            None => vec![Policy { name: UNNAMED.to_owned(), scope: Vec::new(), rules: rules() }],
        };
        let name = format!("added-{}", policies.len());
        policies.push(Policy { name: name.clone(), scope, rules: rules() });
        let bit = 1_u64.checked_shl(policies.len() as u32 - 1).unwrap_or(0);
        self.plan = Some(Plan::new(policies)?);
        self.active |= bit;
        self.changed = true;
        Ok(name)
    }

    /// Takes a policy out of force.
    ///
    /// # Errors
    /// There is none of this name in force.
    pub(crate) fn remove(&mut self, name: &str) -> Result<()> {
        let index = match &self.plan {
            Some(plan) => plan.policies().iter().position(|policy| policy.name == name),
            None => (name == UNNAMED).then_some(0),
        };
        let bit = index.and_then(|index| 1_u64.checked_shl(index as u32)).filter(|bit| self.active & bit != 0);
        let Some(bit) = bit else {
            let names: Vec<String> =
                self.list().iter().filter_map(|one| Some(one["name"].as_str()?.to_owned())).collect();
            bail!("there is no policy {name:?} in force; there are: {}", names.join(", "));
        };
        if self.plan.is_none() {
            // Now there is something to be told apart.
            let rules = self.events.iter().map(|event| Rule { event: event.clone(), filters: Vec::new() }).collect();
            self.plan = Some(Plan::new(vec![Policy { name: UNNAMED.to_owned(), scope: Vec::new(), rules }])?);
        }
        self.active &= !bit;
        self.changed = true;
        Ok(())
    }

    /// The policies in force: name, scope, and whether only the command's tree is meant.
    pub(crate) fn list(&self) -> Vec<Value> {
        let shown = |index: usize, name: &str, scope: Vec<String>| {
            let of_command = self.command.is_some() && self.first & (1 << index) != 0;
            json!({ "name": name, "scope": scope, "of_command": of_command })
        };
        match &self.plan {
            None => vec![shown(0, UNNAMED, Vec::new())],
            Some(plan) => plan
                .policies()
                .iter()
                .enumerate()
                .filter(|(index, _)| self.active & (1 << index) != 0)
                .map(|(index, policy)| {
                    shown(index, &policy.name, policy.scope.iter().map(ToString::to_string).collect())
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(scoping: &Scoping) -> Vec<String> {
        scoping.list().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_is_added_comes_behind_and_what_is_removed_leaves_its_place() {
        let mut scoping = Scoping::new(None, vec!["openat".to_owned()], Some(7));
        assert!(!scoping.is_of_everyone() && scoping.plan().is_none());
        assert_eq!(scoping.add(&["comm=a".to_owned()]).unwrap(), "added-1");
        assert_eq!(scoping.add(&["comm=b".to_owned(), "uid=0".to_owned()]).unwrap(), "added-2");
        assert!(scoping.is_of_everyone());
        scoping.remove("added-1").unwrap();
        assert_eq!((names(&scoping), scoping.active()), (vec![UNNAMED.to_owned(), "added-2".to_owned()], 0b101));
        assert_eq!(scoping.plan().unwrap().policies().len(), 3, "rows of before still find their policy");
        assert_eq!(scoping.list()[0]["of_command"], true);
        assert_eq!(scoping.list()[1]["of_command"], false);
        let error = scoping.remove("added-1").unwrap_err().to_string();
        assert!(error.contains("there are: command-line, added-2"), "{error}");
    }

    #[test]
    fn a_wrong_expression_changes_nothing() {
        let mut scoping = Scoping::new(None, vec!["openat".to_owned()], None);
        for wrong in [&["comn=a".to_owned()][..], &[]] {
            assert!(scoping.add(wrong).is_err());
        }
        assert_eq!(names(&scoping), [UNNAMED]);
        assert!(scoping.plan().is_none());
    }
}
