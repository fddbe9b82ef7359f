//! Filters as the kernel side tests them: what policies want of each event, as far as it can be told off a frame. The rest
//! is decided at replay, which looks at every row once more; so a filter that is left out here costs room and nothing else.

use formats::event::{Event, Kind};
use formats::events;
use policy::{Filter, Operator, Plan, Target, Value};

use crate::programs::{Subject, Test, words_of};
use crate::scope::{self, LAST, MAX_TESTS, MAX_TEXT, NEGATED};

/// `MAX_FILTER_TESTS` of `bpf/state.h`.
const MAX_FILTER_TESTS: usize = 2048;
/// `MAX_EVENT_TESTS` there.
const MAX_EVENT_TESTS: usize = 256;
/// `MAX_VARIABLES` there.
const MAX_VARIABLES: usize = 8;
/// Flag of a test, as there.
const SIGNED: u32 = 16;
/// Where the tests of filters begin in the list of all.
pub(crate) const FIRST_TEST: usize = 2 * MAX_TESTS;

/// What policies want of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventFilter {
    /// The event.
    pub(crate) event: u16,
    /// Those that want it at all.
    pub(crate) policies: u64,
    /// Its tests: the first in the list of all, and how many.
    pub(crate) tests: (usize, usize),
}

/// The filters of a plan, for the kernel side.
#[derive(Clone, Default)]
pub(crate) struct DataFilters {
    /// By event; others are wanted by everybody.
    pub(crate) events: Vec<EventFilter>,
    /// In the order of events and policies.
    pub(crate) tests: Vec<Test>,
}

impl DataFilters {
    /// The filters of a plan, but for events that are `needed` whatever policies want.
    pub(crate) fn of(plan: &Plan, needed: impl Fn(&Event) -> bool) -> DataFilters {
        let mut filters = DataFilters::default();
        for event in plan.events().into_iter().filter_map(events::by_name).filter(|event| !needed(event)) {
            let (mut policies, mut tests) = (0, Vec::new());
            for (index, rules) in plan.filters(event.name) {
                policies |= 1 << index;
                for filter in rules {
                    tests.extend(compile(event, filter, index as u32).unwrap_or_default());
                }
            }
            // Too many for the kernel side: the event is recorded whole.
            if tests.len() > MAX_EVENT_TESTS || filters.tests.len() + tests.len() > MAX_FILTER_TESTS {
                tests.clear();
            }
            let first = FIRST_TEST + filters.tests.len();
            filters.events.push(EventFilter { event: event.id, policies, tests: (first, tests.len()) });
            filters.tests.append(&mut tests);
        }
        filters
    }
}

/// The tests of one filter; `None` when it cannot be told off a frame.
fn compile(event: &'static Event, filter: &Filter, policy: u32) -> Option<Vec<Test>> {
    let Filter::Test { target, operator, values } = filter else { return None };
    let name = match target {
        Target::Data(name) => name.as_str(),
        Target::Return => "ret",
        _ => return None,
    };
    let index = event.fields.iter().position(|field| field.name == name)?;
    let at = event.offset(index);
    let kind = event.fields[index].kind;
    // Of an int's slot the low half counts.
    let width = if matches!(kind, Kind::Int | Kind::Uint) { 4 } else { kind.width() };
    let place = Test { policy, at, width, behind: event.fixed_len(), ..Test::default() };
    let mut tests: Vec<Test> = match kind {
        Kind::Text => {
            let before: Vec<u16> = (0..index)
                .filter(|before| event.fields[*before].kind.is_variable())
                .map(|before| event.offset(before))
                .collect();
            if before.len() > MAX_VARIABLES {
                return None;
            }
            let mut place = Test { variables: before.len() as u16, ..place };
            place.before[..before.len()].copy_from_slice(&before);
            values.iter().map(|value| text(place, value)).collect::<Option<_>>()?
        }
        Kind::I32
        | Kind::I64
        | Kind::Int
        | Kind::U8
        | Kind::U16
        | Kind::U32
        | Kind::U64
        | Kind::Uint
        | Kind::Pointer => {
            let is_signed = matches!(kind, Kind::I32 | Kind::I64 | Kind::Int);
            values.iter().map(|value| number(place, value, *operator, is_signed)).collect::<Option<_>>()?
        }
        _ => return None,
    };
    let negated = if *operator == Operator::NotEqual { NEGATED } else { 0 };
    tests.last_mut()?.flags |= LAST | negated;
    Some(tests)
}

fn text(place: Test, value: &Value) -> Option<Test> {
    let is_contained = !value.text.starts && !value.text.ends;
    if value.text.bytes.len() > MAX_TEXT || is_contained {
        return None;
    }
    let (text, masks) = words_of(&value.text.bytes);
    let (length, flags) = (value.text.bytes.len() as u32, scope::anchors(&value.text));
    Some(Test { subject: Subject::SCOPE_DATA_TEXT, flags, length, text, masks, ..place })
}

/// A number without a name: a name's number is replay's to know.
fn number(place: Test, value: &Value, operator: Operator, is_signed: bool) -> Option<Test> {
    let number = value.number?;
    let number = match is_signed {
        // As the kernel side compares them.
        true => i64::try_from(number).ok()? as u64 ^ 1 << 63,
        false => u64::try_from(number).ok()?,
    };
    let flags = if is_signed { SIGNED } else { 0 };
    let comparison = scope::comparison(operator);
    Some(Test { subject: Subject::SCOPE_DATA_NUMBER, comparison, flags, number, ..place })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(words: &[&str]) -> DataFilters {
        let policy = policy::options::policy("test", &[] as &[&str], words, &[]).unwrap();
        DataFilters::of(&Plan::new(vec![policy]).unwrap(), |_| false)
    }

    #[test]
    fn results_and_paths_are_told_off_the_frame() {
        let found = filters(&["openat.retval<0", "openat.data.pathname=/etc/*,*.conf"]);
        let openat = events::by_name("openat").unwrap();
        let path = openat.fields.iter().position(|field| field.name == "pathname").unwrap();
        assert_eq!(found.events, [EventFilter { event: openat.id, policies: 1, tests: (FIRST_TEST, 3) }]);
        let shown: Vec<_> = found.tests.iter().map(|test| (test.subject.0, test.at, test.flags, test.length)).collect();
        let (text, number) = (Subject::SCOPE_DATA_TEXT.0, Subject::SCOPE_DATA_NUMBER.0);
        let ret = (number, 0, SIGNED | LAST, 0);
        let paths = [(text, openat.offset(path), 8, 5), (text, openat.offset(path), 4 | LAST, 5)];
        assert!(shown.contains(&ret) && paths.iter().all(|path| shown.contains(path)), "{shown:?}");
        assert_eq!(found.tests.iter().find(|test| test.subject.0 == number).unwrap().number, 1 << 63);
    }

    #[test]
    fn names_objects_and_columns_are_left_to_replay() {
        for word in ["openat.data.flags=O_RDONLY", "openat.data.ret_path=/etc/*", "openat.scope.comm=sh"] {
            let Ok(policy) = policy::options::policy("test", &[] as &[&str], &[word], &[]) else { continue };
            let found = DataFilters::of(&Plan::new(vec![policy]).unwrap(), |_| false);
            assert!(found.tests.is_empty(), "{word}");
            assert_eq!(found.events[0].policies, 1);
        }
    }

    #[test]
    fn the_data_of_a_second_text_is_behind_that_of_the_first() {
        let rename = events::by_name("renameat2").unwrap();
        let field = |name| rename.fields.iter().position(|field| field.name == name).unwrap();
        let found = filters(&["renameat2.data.newpath=/x"]);
        let test = &found.tests[0];
        assert_eq!((test.variables, test.before[0]), (1, rename.offset(field("oldpath"))));
        assert_eq!(test.behind, rename.fixed_len());
    }
}
