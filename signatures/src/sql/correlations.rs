//! Correlations in SQL: rows of all members, each joined with those of its window.

use crate::correlation::{Correlation, Kind, Member};
use crate::set::Set;
use crate::signature::Body;

use super::{Dialect, expression};

pub(super) fn statement(set: &Set, correlation: &Correlation, dialect: Dialect) -> Result<String, String> {
    let hits = correlation.members.iter().enumerate().map(|(place, member)| hits(set, place, member, dialect));
    let hits = hits.collect::<Result<Vec<_>, _>>()?.join(" UNION ALL ");
    let groups: Vec<String> =
        (0..correlation.members.first().map_or(0, |member| member.group.len())).map(|n| format!("g{n}")).collect();
    let same: String = groups.iter().map(|group| format!(" AND b.{group} = a.{group}")).collect();
    let partition = if groups.is_empty() { String::new() } else { format!("PARTITION BY {} ", groups.join(", ")) };
    let (span, counted) = (correlation.timespan_ns, counted(correlation));
    // An average is compared as the sum with so many times the number, which needs no fraction.
    let times = if correlation.kind == Kind::ValueAverage { " * c.number" } else { "" };
    let conditions = correlation.conditions.iter();
    let conditions: Vec<String> =
        conditions.map(|(comparison, wanted)| format!("c.counted {} {wanted}{times}", comparison.sql())).collect();
    let conditions = conditions.join(" AND ");
    Ok(format!(
        "WITH hits AS ({hits}), \
         placed AS (SELECT hits.*, ROW_NUMBER() OVER (ORDER BY boot_ns, event_key, event, member) AS place FROM hits), \
         pairs AS (SELECT a.place AS place, b.place AS other, b.member AS member, b.v AS v \
         FROM placed a JOIN placed b ON b.place <= a.place AND b.boot_ns >= a.boot_ns - {span}{same}), \
         {counted}, \
         judged AS (SELECT a.*, CASE WHEN {conditions} THEN 1 ELSE 0 END AS holds \
         FROM placed a JOIN counted c ON c.place = a.place), \
         edges AS (SELECT judged.*, LAG(holds) OVER ({partition}ORDER BY place) AS held, \
         LAG(boot_ns) OVER ({partition}ORDER BY place) AS before_ns FROM judged) \
         SELECT boot_ns, event_key, event FROM edges \
         WHERE holds = 1 AND (held IS NULL OR held = 0 OR before_ns < boot_ns - {span}) ORDER BY place"
    ))
}

/// The rows of one member that take part.
fn hits(set: &Set, place: usize, member: &Member, dialect: Dialect) -> Result<String, String> {
    let signature = set.signatures().get(member.signature).ok_or("no such signature")?;
    let Body::Rows { table, condition } = &signature.body else {
        return Err(format!("{} is not about rows", signature.metadata.title));
    };
    let table = set.tables().all().get(*table).ok_or("no such table")?;
    let name = |column: &usize| dialect.name(table.column_name(*column));
    let groups = member.group.iter().enumerate().map(|(n, column)| format!(", {} AS g{n}", name(column)));
    let value = member.value.as_ref().map_or_else(|| "0".to_owned(), name);
    let present = member.group.iter().chain(&member.value).map(|column| format!(" AND {} IS NOT NULL", name(column)));
    Ok(format!(
        "SELECT boot_ns, event_key, event, {place} AS member{}, {value} AS v FROM {} WHERE {}{}",
        groups.collect::<String>(),
        dialect.name(&table.name),
        expression(condition, table, dialect),
        present.collect::<String>()
    ))
}

/// What is compared, per row: the table `counted`.
fn counted(correlation: &Correlation) -> String {
    let of_pairs = |counted: &str| format!("counted AS (SELECT place, {counted} AS counted FROM pairs GROUP BY place)");
    match correlation.kind {
        Kind::EventCount => of_pairs("COUNT(*)"),
        Kind::ValueCount => of_pairs("COUNT(DISTINCT v)"),
        Kind::Temporal => of_pairs("COUNT(DISTINCT member)"),
        Kind::ValueSum => of_pairs("SUM(v)"),
        Kind::ValueAverage => {
            "counted AS (SELECT place, SUM(v) AS counted, COUNT(*) AS number FROM pairs GROUP BY place)".to_owned()
        }
        Kind::ValuePercentile(percent) => format!(
            "ranked AS (SELECT place, v, ROW_NUMBER() OVER (PARTITION BY place ORDER BY v) AS rank_in, \
             COUNT(*) OVER (PARTITION BY place) AS number FROM pairs), \
             counted AS (SELECT place, MIN(v) AS counted FROM ranked WHERE rank_in * 100 >= number * {percent} \
             GROUP BY place)"
        ),
        Kind::TemporalOrdered => ordered(correlation.members.len()),
    }
}

/// How far the members were followed one after the other: for each the first row behind that of the one before.
fn ordered(members: usize) -> String {
    let mut text =
        String::from("step0 AS (SELECT place, MIN(other) AS reached FROM pairs WHERE member = 0 GROUP BY place)");
    for member in 1..members {
        let before = member - 1;
        text.push_str(&format!(
            ", step{member} AS (SELECT p.place AS place, MIN(p.other) AS reached FROM pairs p \
             JOIN step{before} s ON s.place = p.place AND p.other > s.reached WHERE p.member = {member} GROUP BY p.place)"
        ));
    }
    let counted: Vec<String> =
        (0..members).map(|member| format!("CASE WHEN step{member}.place IS NULL THEN 0 ELSE 1 END")).collect();
    let joins: String =
        (0..members).map(|member| format!(" LEFT JOIN step{member} ON step{member}.place = placed.place")).collect();
    text.push_str(&format!(
        ", counted AS (SELECT placed.place AS place, {} AS counted FROM placed{joins})",
        counted.join(" + ")
    ));
    text
}
