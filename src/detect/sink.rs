//! Where findings go: standard output or a file, the webhook, the file beside the capture; and which of them count.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use detection::keep::Keeper;
use detection::report::{About, Report};
use detection::sarif::Log;
use detection::suppression::Suppressions;
use detection::template::Template;
use detection::webhook::{self, Webhook};
use detection::{Finding, explain, json};
use signatures::{Level, Set};

use super::text;
use crate::failure::say;
use crate::output::Stdout;
use crate::output::amount::counted;

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// A few lines each, for people
    Text,
    /// One JSON object a line
    Json,
    /// One log of SARIF 2.1.0
    Sarif,
    /// Nothing
    None,
}

impl Output {
    /// Its name on the command line.
    #[cfg(feature = "record")]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Output::Text => "text",
            Output::Json => "json",
            Output::Sarif => "sarif",
            Output::None => "none",
        }
    }
}

/// How findings are shown and counted.
pub(super) struct Rules {
    /// Indices of the signatures that were asked for; nothing for all.
    pub(super) chosen: Option<Vec<usize>>,
    pub(super) suppressions: Suppressions,
    pub(super) show_suppressed: bool,
    pub(super) explain: bool,
    pub(super) fail_on: Option<Level>,
}

/// Counts of one signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits {
    pub(super) counted: u64,
    pub(super) suppressed: u64,
}

/// Takes findings.
pub(super) struct Sink<'s> {
    set: &'s Set,
    rules: Rules,
    format: Output,
    out: Box<dyn Write>,
    log: Log,
    webhook: Option<(Webhook, Template)>,
    told_of_full_queue: bool,
    hits: BTreeMap<usize, Hits>,
    worst: Option<Level>,
    /// Whether each finding is to be seen at once.
    is_live: bool,
}

/// How it ended.
pub(super) struct Verdict {
    /// Whether a finding is as bad as was asked to fail on.
    pub(super) fails: bool,
    /// Whether findings could not be delivered.
    pub(super) undelivered: bool,
}

impl<'s> Sink<'s> {
    pub(super) fn new(
        set: &'s Set,
        rules: Rules,
        format: Output,
        out: Option<&Path>,
        is_live: bool,
    ) -> Result<Sink<'s>> {
        let out: Box<dyn Write> = match out {
            None => Box::new(Stdout::lock()),
            Some(path) => {
                let file = OpenOptions::new().write(true).create_new(true).open(path);
                Box::new(BufWriter::new(file.with_context(|| format!("cannot make {}", path.display()))?))
            }
        };
        let mut log = Log::default();
        let is_chosen = |index: &usize| rules.chosen.as_ref().is_none_or(|chosen| chosen.contains(index));
        for (index, signature) in set.signatures().iter().enumerate().filter(|(index, _)| is_chosen(index)) {
            if signature.is_reported && signature.not_evaluated().is_none() {
                log.rule(index, signature);
            }
        }
        let hits = BTreeMap::new();
        Ok(Sink { set, rules, format, out, log, webhook: None, told_of_full_queue: false, hits, worst: None, is_live })
    }

    /// Has findings that count sent as well.
    pub(super) fn send(&mut self, webhook: Webhook, template: Template) {
        self.webhook = Some((webhook, template));
    }

    /// Says of a capture that its findings follow.
    pub(super) fn capture(&mut self, about: &About) {
        self.log.capture(about);
    }

    /// Says what readers of a log do not see on standard error.
    pub(super) fn note(&mut self, text: &str) {
        self.log.note(text);
        say(text);
    }

    /// What was found so far, by index of the signature.
    pub(super) fn hits(&self) -> &BTreeMap<usize, Hits> {
        &self.hits
    }

    /// Takes a finding.
    pub(super) fn finding(&mut self, about: &About, finding: &Finding, keeper: Option<&mut Keeper>) -> Result<()> {
        if self.rules.chosen.as_ref().is_some_and(|chosen| !chosen.contains(&finding.signature)) {
            return Ok(());
        }
        let Some(signature) = self.set.signatures().get(finding.signature) else {
            bail!("a finding of a signature that is not there");
        };
        let mut report = Report { finding, signature, about, suppressed: None, reasons: None };
        report.suppressed = self.rules.suppressions.of(&report);
        if self.rules.explain {
            report.reasons = Some(explain::reasons(self.set, finding));
        }
        let is_suppressed = report.suppressed.is_some();
        let hits = self.hits.entry(finding.signature).or_default();
        if is_suppressed {
            hits.suppressed += 1;
        } else {
            hits.counted += 1;
            self.worst = self.worst.max(Some(report.metadata().level));
        }
        let line = json::line(&report);
        if let Some(keeper) = keeper {
            keeper.add(&line)?;
        }
        match self.format {
            // A log has those that do not count, and says why.
            Output::Sarif => self.log.add(&report),
            _ if is_suppressed && !self.rules.show_suppressed => {}
            Output::Text => self.out.write_all(text::lines(&report).as_bytes())?,
            Output::Json => writeln!(self.out, "{line}")?,
            Output::None => {}
        }
        if self.is_live {
            self.out.flush()?;
        }
        if let Some((webhook, template)) = &mut self.webhook
            && !is_suppressed
            && !webhook.send(report.key(), template.fill(&line))
            && !self.told_of_full_queue
        {
            self.told_of_full_queue = true;
            say("the webhook is too slow: findings that find no room to wait are not sent");
        }
        Ok(())
    }

    /// Writes what is written at the end, waits for the webhook, and says how much it was.
    pub(super) fn finish(mut self) -> Result<Verdict> {
        if self.format == Output::Sarif {
            self.log.write(&mut *self.out, env!("CARGO_PKG_VERSION"))?;
        }
        self.out.flush()?;
        say(&sentence(self.set, &self.hits));
        let undelivered = self.webhook.map(|(webhook, _)| delivered(webhook)).unwrap_or_default();
        let fails = self.rules.fail_on.is_some_and(|least| self.worst.is_some_and(|worst| worst >= least));
        Ok(Verdict { fails, undelivered })
    }
}

/// Waits for the webhook; whether something did not arrive.
fn delivered(webhook: Webhook) -> bool {
    let delivery = webhook.finish();
    let undelivered = delivery.undelivered();
    if undelivered == 0 {
        return false;
    }
    let webhook::Delivery { delivered, failed, dropped, left, last_error, .. } = delivery;
    let why = last_error.map(|why| format!("; the last time: {why}")).unwrap_or_default();
    say(&format!(
        "webhook: {} not delivered ({failed} failed, {dropped} found no room to wait, {left} waited still), {delivered} delivered{why}",
        counted(undelivered, "finding")
    ));
    true
}

/// How many findings there are, by severity.
fn sentence(set: &Set, hits: &BTreeMap<usize, Hits>) -> String {
    let (all, suppressed) =
        hits.values().fold((0, 0), |(all, suppressed), hits| (all + hits.counted, suppressed + hits.suppressed));
    let mut text = counted(all, "finding");
    let of = |level: Level| -> u64 {
        let is_of =
            |index: &usize| set.signatures().get(*index).is_some_and(|signature| signature.metadata.level == level);
        hits.iter().filter(|(index, _)| is_of(index)).map(|(_, hits)| hits.counted).sum()
    };
    let by_level = Level::ALL.into_iter().rev().map(|level| (of(level), level));
    let by_level: Vec<String> =
        by_level.filter(|(count, _)| *count > 0).map(|(count, level)| format!("{count} {}", level.name())).collect();
    if !by_level.is_empty() {
        text.push_str(&format!(" ({})", by_level.join(", ")));
    }
    if suppressed > 0 {
        text.push_str(&format!(", {suppressed} suppressed"));
    }
    let skipped = set.signatures().iter().filter(|signature| signature.not_evaluated().is_some()).count();
    let evaluated = set.signatures().iter().filter(|signature| signature.is_reported).count().saturating_sub(skipped);
    text.push_str(&format!("; {}", counted(evaluated as u64, "signature")));
    if skipped > 0 {
        text.push_str(&format!(", {skipped} not evaluated (`tracee signatures check` says why)"));
    }
    text
}
