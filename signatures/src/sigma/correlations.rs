//! `correlation`: what several rows that other signatures find must be together.

use policy::names;

use crate::condition::Comparison;
use crate::correlation::Kind;
use crate::document::At;
use crate::error::Error;
use crate::limits::{MAX_CORRELATED, MAX_TIMESPAN_NS};

/// A correlation whose signatures and fields are names still.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) kind: Kind,
    pub(crate) rules: Vec<At<'a>>,
    pub(crate) group_by: Vec<At<'a>>,
    pub(crate) timespan_ns: i64,
    pub(crate) conditions: Vec<(Comparison, i64)>,
    pub(crate) field: Option<At<'a>>,
    pub(crate) aliases: Option<At<'a>>,
    /// Whether the signatures make findings of their own as well.
    pub(crate) generate: bool,
}

const KINDS: [&str; 7] =
    ["event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile"];

impl<'a> Draft<'a> {
    /// Reads the field `correlation`.
    pub(crate) fn read(at: &At<'a>) -> Result<Draft<'a>, Error> {
        at.known(&["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"])?;
        let written = at.required("type")?;
        let condition = at.get("condition")?;
        let percentile = condition.as_ref().map(|at| at.get("percentile")).transpose()?.flatten();
        let kind = match written.text()? {
            "event_count" => Kind::EventCount,
            "value_count" => Kind::ValueCount,
            "temporal" => Kind::Temporal,
            "temporal_ordered" => Kind::TemporalOrdered,
            "value_sum" => Kind::ValueSum,
            "value_avg" => Kind::ValueAverage,
            "value_percentile" => {
                let at = percentile.clone().ok_or_else(|| written.wrong("condition.percentile is missing"))?;
                let number = at.text()?.parse().ok().filter(|number| (1..=100).contains(number));
                Kind::ValuePercentile(number.ok_or_else(|| at.wrong("must be a number from 1 to 100"))?)
            }
            other => {
                let why = names::unknown_or("type", other, KINDS, &format!("there are {}", KINDS.join(", ")));
                return Err(written.wrong(why));
            }
        };
        if let Some(at) = percentile.filter(|_| !matches!(kind, Kind::ValuePercentile(_))) {
            return Err(at.wrong("belongs to value_percentile"));
        }
        let rules = at.required("rules")?;
        let members = rules.one_or_more();
        if members.is_empty() || members.len() > MAX_CORRELATED {
            return Err(rules.wrong(format!("there must be 1 to {MAX_CORRELATED} signatures")));
        }
        let is_temporal = matches!(kind, Kind::Temporal | Kind::TemporalOrdered);
        let mut field = None;
        let mut conditions = Vec::new();
        match &condition {
            None if is_temporal => conditions.push((Comparison::GreaterOrEqual, count(members.len()))),
            None => return Err(at.wrong("the field condition is missing")),
            Some(condition) => {
                condition.known(&["gt", "gte", "lt", "lte", "eq", "neq", "field", "percentile"])?;
                field = condition.get("field")?;
                conditions = comparisons(condition)?;
            }
        }
        match (kind.has_value(), &field) {
            (true, None) => return Err(at.wrong("condition.field is missing")),
            (false, Some(field)) => return Err(field.wrong("this type of correlation has no field")),
            _ => {}
        }
        if conditions.is_empty() {
            return Err(condition.as_ref().unwrap_or(at).wrong("there is no comparison (gt, gte, lt, lte, eq, neq)"));
        }
        let timespan = at.required("timespan")?;
        let timespan_ns = duration(timespan.text()?).map_err(|why| timespan.wrong(why))?;
        let group_by = at.get("group-by")?.map_or(Vec::new(), |at| at.one_or_more());
        let generate = at.get("generate")?.map_or(Ok(false), |at| at.boolean())?;
        let aliases = at.get("aliases")?;
        Ok(Draft { kind, rules: members, group_by, timespan_ns, conditions, field, aliases, generate })
    }

    /// What a field is called in the signature with these names.
    pub(crate) fn field_of(&self, field: &str, names: &[&str]) -> Result<String, Error> {
        let Some(alias) = self.aliases.as_ref().map(|at| at.get(field)).transpose()?.flatten() else {
            return Ok(field.to_owned());
        };
        for (key, _) in alias.entries()? {
            if names.contains(&key.name.as_str()) {
                return alias.required(&key.name)?.text().map(str::to_owned);
            }
        }
        Err(alias.wrong(format!("no field for the signature {}", names.first().unwrap_or(&""))))
    }
}

fn comparisons(condition: &At<'_>) -> Result<Vec<(Comparison, i64)>, Error> {
    let mut found = Vec::new();
    for (name, comparison) in [
        ("gt", Comparison::Greater),
        ("gte", Comparison::GreaterOrEqual),
        ("lt", Comparison::Less),
        ("lte", Comparison::LessOrEqual),
        ("eq", Comparison::Equal),
        ("neq", Comparison::NotEqual),
    ] {
        if let Some(at) = condition.get(name)? {
            let number = at.text()?.parse().map_err(|_| at.wrong("must be an integer"))?;
            found.push((comparison, number));
        }
    }
    Ok(found)
}

fn count(members: usize) -> i64 {
    i64::try_from(members).unwrap_or(i64::MAX)
}

/// A timespan in ns: `30s`, `5m`, `2h`, `7d`, `1w`, `1M` (30 days), `1y` (365 days).
fn duration(written: &str) -> Result<i64, String> {
    let wrong = || format!("{} is no timespan such as 30s, 5m, 2h or 7d", policy::error::quoted(written));
    let mut chars = written.chars();
    let seconds: i64 = match chars.next_back().ok_or_else(wrong)? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        'M' => 30 * 86_400,
        'y' => 365 * 86_400,
        _ => return Err(wrong()),
    };
    let number: i64 = chars.as_str().parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
    let ns = number.checked_mul(seconds).and_then(|seconds| seconds.checked_mul(1_000_000_000));
    ns.filter(|ns| *ns <= MAX_TIMESPAN_NS).ok_or_else(|| "a timespan longer than 366 days".to_owned())
}
