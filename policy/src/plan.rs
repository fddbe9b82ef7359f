//! A plan: the policies of one recording. It is kept in the capture's manifest as JSON, expressions and filters as people
//! write them, and is checked as hostile input when it comes back.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Error, quoted};
use crate::filter::Filter;
use crate::limits::{MAX_EXPRESSIONS, MAX_FILTERS, MAX_NAME_BYTES, MAX_PLAN_VALUES, MAX_POLICIES, MAX_RULES};
use crate::matcher::Matcher;
use crate::scope::{self, Expression};

/// The policies of a recording, one to 64. The place of a policy is its bit in masks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Plan {
    policies: Vec<Policy>,
}

/// Whose events are recorded, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// As it is shown in the column `policies`.
    pub name: String,
    /// Expressions that must all hold; none is everything.
    #[serde(default, deserialize_with = "bounded::<_, _, MAX_EXPRESSIONS>")]
    pub scope: Vec<Expression>,
    /// Events, each at most once.
    #[serde(deserialize_with = "bounded::<_, _, MAX_RULES>")]
    pub rules: Vec<Rule>,
}

/// One event of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub event: String,
    /// Filters that must all hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "bounded::<_, _, MAX_FILTERS>")]
    pub filters: Vec<Filter>,
}

#[derive(Deserialize)]
struct Stored {
    #[serde(deserialize_with = "bounded::<_, _, MAX_POLICIES>")]
    policies: Vec<Policy>,
}

impl TryFrom<Stored> for Plan {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Plan, Error> {
        Plan::new(stored.policies)
    }
}

impl Plan {
    /// The plan of these policies, if it is within the limits and makes sense. Events and fields are not looked up: a plan
    /// may come from a newer build.
    ///
    /// # Errors
    /// Says which policy is wrong and why.
    pub fn new(policies: Vec<Policy>) -> Result<Plan, Error> {
        if policies.is_empty() {
            return Err(Error::new("there is no policy"));
        }
        if policies.len() > MAX_POLICIES {
            return Err(Error::new(format!("{} policies; there can be {MAX_POLICIES} at once", policies.len())));
        }
        // First, as it bounds what the rest costs.
        let scopes = policies.iter().flat_map(|policy| &policy.scope).map(Expression::count);
        let filters =
            policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.filters).map(Filter::count);
        let values = scopes.chain(filters).fold(0, usize::saturating_add);
        if values > MAX_PLAN_VALUES {
            return Err(Error::new(format!("{values} values in all; there can be {MAX_PLAN_VALUES}")));
        }
        let mut names = HashSet::new();
        for policy in &policies {
            policy.check().map_err(|error| error.in_policy(&policy.name))?;
            if !names.insert(policy.name.as_str()) {
                return Err(Error::new(format!("two policies are called {}", quoted(&policy.name))));
            }
        }
        Ok(Plan { policies })
    }

    /// The policies, in the order of their bits.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Names of the events that any policy has a rule for, in alphabetical order.
    pub fn events(&self) -> BTreeSet<&str> {
        self.policies.iter().flat_map(|policy| &policy.rules).map(|rule| rule.event.as_str()).collect()
    }

    /// What each policy that has a rule for the event filters it by: the policy's place and its filters. A policy without
    /// filters wants every row of the event.
    pub fn filters<'a>(&'a self, event: &'a str) -> impl Iterator<Item = (usize, &'a [Filter])> {
        self.policies.iter().enumerate().filter_map(move |(place, policy)| {
            let rule = policy.rules.iter().find(|rule| rule.event == event)?;
            Some((place, rule.filters.as_slice()))
        })
    }

    /// Prepares the plan for asking which policies a row matches.
    pub fn compile(&self) -> Matcher {
        Matcher::new(self)
    }

    /// Names of the policies whose bits are set, in the order of their bits.
    pub fn names(&self, mask: u64) -> impl Iterator<Item = &str> {
        let is_set = move |place: usize| mask.checked_shr(place as u32).is_some_and(|bits| bits & 1 != 0);
        self.policies
            .iter()
            .enumerate()
            .filter(move |(place, _)| is_set(*place))
            .map(|(_, policy)| policy.name.as_str())
    }
}

impl Policy {
    /// Whether it is within the limits and makes sense in itself.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_name(&self.name).map_err(|why| Error::new(why).field("name"))?;
        if self.scope.len() > MAX_EXPRESSIONS {
            let why = format!("{} expressions; there can be {MAX_EXPRESSIONS}", self.scope.len());
            return Err(Error::new(why).field("scope"));
        }
        if let Some((at, why)) = scope::contradiction(&self.scope) {
            return Err(Error::new(why).field(format!("scope[{at}]")));
        }
        if self.rules.is_empty() {
            return Err(Error::new("there is no rule").field("rules"));
        }
        if self.rules.len() > MAX_RULES {
            let why = format!("{} rules; there can be {MAX_RULES}", self.rules.len());
            return Err(Error::new(why).field("rules"));
        }
        let mut events = HashSet::new();
        for (at, rule) in self.rules.iter().enumerate() {
            if !is_event_name(&rule.event) {
                let why = format!("{} is no name of an event", quoted(&rule.event));
                return Err(Error::new(why).field(format!("rules[{at}].event")));
            }
            if !events.insert(rule.event.as_str()) {
                return Err(Error::new(twice(&rule.event)).field(format!("rules[{at}].event")));
            }
            if rule.filters.len() > MAX_FILTERS {
                let why = format!("{} filters; there can be {MAX_FILTERS}", rule.filters.len());
                return Err(Error::new(why).field(format!("rules[{at}].filters")));
            }
        }
        Ok(())
    }
}

impl Error {
    fn in_policy(mut self, name: &str) -> Error {
        self.message = format!("{} (policy {})", self.message, quoted(name));
        self
    }
}

/// What is wrong when an event has two rules.
pub(crate) fn twice(event: &str) -> String {
    format!("a second rule of {event}; a policy has one rule per event, with all its filters")
}

/// Why a policy cannot be called so.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("the policy has no name".to_owned());
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(format!("a name has at most {MAX_NAME_BYTES} bytes, not {}", name.len()));
    }
    // The column `policies` separates names by commas.
    if name.trim() != name || name.chars().any(|c| c == ',' || c.is_control()) {
        return Err(format!(
            "{}: a name holds no commas, no control characters and no blanks at its ends",
            quoted(name)
        ));
    }
    Ok(())
}

/// Whether an event may be called so: the rule of captures' own schemas.
fn is_event_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// A list of which no more than `MAX` members are ever held.
fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct List<T, const MAX: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for List<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = list.next_element()? {
                if members.len() == MAX {
                    return Err(serde::de::Error::invalid_length(MAX.saturating_add(1), &self));
                }
                members.push(member);
            }
            Ok(members)
        }
    }

    deserializer.deserialize_seq(List::<T, MAX>(PhantomData))
}

#[cfg(test)]
mod tests;
