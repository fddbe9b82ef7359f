//! Which policies a row matches, prepared once: replay asks for every row.
//!
//! Of a policy the kernel has decided the scope (its bit is in the row's mask); here its filters are decided. What a row
//! has no value of makes a test false, and its contrary true.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use memchr::memmem::Finder;

use crate::column::Column;
use crate::filter::{Filter, Target, Value};
use crate::operator::Operator;
use crate::plan::Plan;
use crate::scope::ContainerPattern;
use crate::text::Text;

/// What a filter may ask of a row.
///
/// `number` is the value as it is stored, `text` as it is shown; of a field that is shown by a name (flags, signals) there
/// are both, and `=` takes either. Fields are named as in the event table.
pub trait Row {
    /// The number in a field.
    fn number(&self, field: &str) -> Option<i128>;
    /// A field's value as it is shown.
    fn text(&self, field: &str) -> Option<Cow<'_, [u8]>>;
    /// What the system call returned.
    fn ret(&self) -> Option<i64>;
    /// The number in a column.
    fn column_number(&self, column: Column) -> Option<i128>;
    /// The text in a column. A container is asked for as [`Column::ContainerId`] and [`Column::ContainerName`].
    fn column_text(&self, column: Column) -> Option<Cow<'_, [u8]>>;
}

/// A plan, prepared.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    events: HashMap<String, EventMatcher>,
}

/// What the policies want of one event.
#[derive(Clone, Debug, Default)]
pub struct EventMatcher {
    /// Policies that have a rule for it.
    policies: u64,
    /// What must hold for some of them, by what is compared: each value is asked for once, each distinct filter decided once.
    groups: Vec<Group>,
}

/// Filters that compare the same.
#[derive(Clone, Debug)]
struct Group {
    target: Target,
    /// Policies that have one of them.
    needed_by: u64,
    /// With the policies that have each.
    checks: Vec<(u64, Check)>,
}

/// A prepared filter.
#[derive(Clone, Debug)]
enum Check {
    IsThere(bool),
    Order(Operator, i128),
    OneOf { negated: bool, values: Values },
}

/// What a row has of a target, asked for when it is first needed.
struct Got<'a> {
    row: &'a dyn Row,
    target: &'a Target,
    number: Option<Option<i128>>,
    text: Option<Option<Cow<'a, [u8]>>>,
}

/// The values of `=` and `!=`.
#[derive(Clone, Debug, Default)]
struct Values {
    /// Ascending.
    numbers: Vec<i128>,
    exact: HashSet<Vec<u8>>,
    begins: Vec<Vec<u8>>,
    ends: Vec<Vec<u8>>,
    within: Vec<Finder<'static>>,
    containers: Vec<ContainerPattern>,
}

impl Matcher {
    pub(crate) fn new(plan: &Plan) -> Matcher {
        let mut events: HashMap<String, EventMatcher> = HashMap::new();
        let mut rules: HashMap<&str, Vec<(u64, &[Filter])>> = HashMap::new();
        for (place, policy) in plan.policies().iter().enumerate() {
            let bit = 1_u64.checked_shl(place as u32).unwrap_or_default();
            for rule in &policy.rules {
                rules.entry(&rule.event).or_default().push((bit, &rule.filters));
            }
        }
        for (name, rules) in rules {
            let mut matcher = EventMatcher::default();
            let mut filters: Vec<(&Filter, u64)> = Vec::new();
            let mut places: HashMap<&Filter, usize> = HashMap::new();
            for (bit, rule) in rules {
                matcher.policies |= bit;
                for filter in rule {
                    let at = *places.entry(filter).or_insert(filters.len());
                    match filters.get_mut(at) {
                        Some((_, bits)) => *bits |= bit,
                        None => filters.push((filter, bit)),
                    }
                }
            }
            for (filter, bits) in filters {
                matcher.add(filter, bits);
            }
            events.insert(name.to_owned(), matcher);
        }
        Matcher { events }
    }

    /// What the policies want of this event; `None` when no policy has a rule for it. Look it up once per event.
    pub fn event(&self, name: &str) -> Option<&EventMatcher> {
        self.events.get(name)
    }

    /// Bits of the policies that a row of this event matches, out of those in `scope_mask`.
    pub fn matched(&self, scope_mask: u64, event: &str, row: &dyn Row) -> u64 {
        self.event(event).map_or(0, |event| event.matched(scope_mask, row))
    }
}

impl EventMatcher {
    fn add(&mut self, filter: &Filter, bits: u64) {
        let (target, check) = match filter {
            Filter::InContainer(is) => (&Target::Column(Column::ContainerId), Check::IsThere(*is)),
            Filter::Test { target, operator, values } => (target, Check::new(target, *operator, values)),
        };
        let group = match self.groups.iter_mut().position(|group| group.target == *target) {
            Some(at) => self.groups.get_mut(at),
            None => {
                self.groups.push(Group { target: target.clone(), needed_by: 0, checks: Vec::new() });
                self.groups.last_mut()
            }
        };
        if let Some(group) = group {
            group.needed_by |= bits;
            group.checks.push((bits, check));
        }
    }

    /// Bits of the policies that a row of the event matches, out of those in `scope_mask`.
    #[inline]
    pub fn matched(&self, scope_mask: u64, row: &dyn Row) -> u64 {
        let mut matched = scope_mask & self.policies;
        for group in &self.groups {
            if matched & group.needed_by == 0 {
                continue;
            }
            let mut got = Got { row, target: &group.target, number: None, text: None };
            for (bits, check) in &group.checks {
                if matched & bits != 0 && !check.holds(&mut got) {
                    matched &= !bits;
                }
            }
        }
        matched
    }

    /// Bits of the policies that have a rule for the event.
    pub fn policies(&self) -> u64 {
        self.policies
    }

    /// Whether any policy filters the event, so that the row is looked at.
    pub fn has_filters(&self) -> bool {
        !self.groups.is_empty()
    }
}

impl Check {
    fn new(target: &Target, operator: Operator, values: &[Value]) -> Check {
        if !operator.is_order() {
            return Check::OneOf { negated: operator == Operator::NotEqual, values: Values::new(target, values) };
        }
        // A filter that was not made by reading one may lack its number: then nothing is less or more.
        match values.first().and_then(|value| value.number) {
            Some(number) => Check::Order(operator, number),
            None => Check::OneOf { negated: false, values: Values::default() },
        }
    }

    fn holds(&self, got: &mut Got<'_>) -> bool {
        match self {
            Check::IsThere(is) => got.text().is_some() == *is,
            Check::Order(operator, number) => got.number().is_some_and(|value| operator.holds(value, *number)),
            Check::OneOf { negated, values } => values.hold(got) != *negated,
        }
    }
}

impl Got<'_> {
    fn number(&mut self) -> Option<i128> {
        *self.number.get_or_insert_with(|| self.target.number(self.row))
    }

    fn text(&mut self) -> Option<&[u8]> {
        self.text.get_or_insert_with(|| self.target.text(self.row)).as_deref()
    }
}

impl Target {
    fn number(&self, row: &dyn Row) -> Option<i128> {
        match self {
            Target::Data(field) => row.number(field),
            Target::Return => row.ret().map(i128::from),
            Target::Column(column) => row.column_number(*column),
            Target::Container => None,
        }
    }

    fn text<'a>(&self, row: &'a dyn Row) -> Option<Cow<'a, [u8]>> {
        match self {
            Target::Data(field) => row.text(field),
            Target::Column(column) => row.column_text(*column),
            Target::Return | Target::Container => None,
        }
    }
}

impl Values {
    fn new(target: &Target, written: &[Value]) -> Values {
        let mut values = Values::default();
        for Value { text, number } in written {
            if *target == Target::Container {
                values.containers.push(ContainerPattern(text.clone()));
                continue;
            }
            values.numbers.extend(number);
            let Text { bytes, starts, ends } = text.clone();
            match (starts, ends) {
                (true, true) => drop(values.exact.insert(bytes)),
                (true, false) => values.begins.push(bytes),
                (false, true) => values.ends.push(bytes),
                (false, false) => values.within.push(Finder::new(&bytes).into_owned()),
            }
        }
        values.numbers.sort_unstable();
        values.numbers.dedup();
        values
    }

    fn hold(&self, got: &mut Got<'_>) -> bool {
        if !self.containers.is_empty() {
            return self.hold_container(got.row);
        }
        if !self.numbers.is_empty() && got.number().is_some_and(|number| self.numbers.binary_search(&number).is_ok()) {
            return true;
        }
        got.text().is_some_and(|text| {
            let text: &[u8] = text;
            self.exact.contains(text)
                || self.begins.iter().any(|bytes| text.starts_with(bytes))
                || self.ends.iter().any(|bytes| text.ends_with(bytes))
                || self.within.iter().any(|finder| finder.find(text).is_some())
        })
    }

    fn hold_container(&self, row: &dyn Row) -> bool {
        let id = row.column_text(Column::ContainerId);
        let name = row.column_text(Column::ContainerName);
        let Some(id) = id else { return false };
        self.containers.iter().any(|container| container.matches(&id, name.as_deref()))
    }
}

#[cfg(test)]
mod tests;
