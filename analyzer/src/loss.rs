//! Losses: what is missing from a capture, how much of it, and why.

use formats::event::Lane;
use formats::payload::Value;
use formats::reason::LossReason;
use formats::schema::EventSchema;

/// One loss frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Lane number.
    pub lane: u16,
    /// CPU; `None` when not known.
    pub cpu: Option<u32>,
    /// First and last sequence number; 0 when the reason has none.
    pub sequences: (u64, u64),
    /// Time of the first and of the last frame lost, boot-time nanoseconds.
    pub boot_ns: (u64, u64),
    /// Frames lost.
    pub count: u64,
    /// Why, by number.
    pub reason: u16,
    /// Frames lost per event kind; kind 0 stands for those not known.
    pub kinds: Vec<(u16, u64)>,
}

impl Loss {
    pub(crate) fn decode(schema: &EventSchema, payload: &[u8]) -> Option<Loss> {
        let mut loss = Loss::default();
        for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
            match (field.name.as_str(), value) {
                ("first_sequence", Value::U64(number)) => loss.sequences.0 = number,
                ("last_sequence", Value::U64(number)) => loss.sequences.1 = number,
                ("first_boot_ns", Value::U64(number)) => loss.boot_ns.0 = number,
                ("last_boot_ns", Value::U64(number)) => loss.boot_ns.1 = number,
                ("count", Value::U64(number)) => loss.count = number,
                ("cpu", Value::U64(number)) => loss.cpu = u32::try_from(number).ok().filter(|cpu| *cpu != u32::MAX),
                ("lane", Value::U64(number)) => loss.lane = number as u16,
                ("reason", Value::U64(number)) => loss.reason = number as u16,
                ("counts", Value::Variable(_, variable)) => loss.kinds = counts(variable.bytes).collect(),
                _ => {}
            }
        }
        // Counts that do not add up leave frames of which the kind is not known.
        let known = loss.kinds.iter().fold(0u64, |sum, (_, count)| sum.saturating_add(*count));
        if let Some(rest) = loss.count.checked_sub(known).filter(|rest| *rest > 0) {
            match loss.kinds.iter_mut().find(|(kind, _)| *kind == 0) {
                Some((_, count)) => *count += rest,
                None => loss.kinds.insert(0, (0, rest)),
            }
        }
        Some(loss)
    }

    /// Orders losses by time, then by place.
    pub(crate) fn order(&self) -> (u64, u16, Option<u32>, u64, u64) {
        (self.boot_ns.0, self.lane, self.cpu, self.sequences.0, self.count)
    }

    /// The lane's name, or its number when this build does not know it.
    pub fn lane_name(&self) -> String {
        let lane = u8::try_from(self.lane).ok().and_then(Lane::from_number);
        lane.map_or_else(|| self.lane.to_string(), |lane| lane.name().to_owned())
    }

    /// The reason in words, or its number when this build does not know it.
    pub fn reason_words(&self) -> String {
        LossReason::from_number(self.reason).map_or_else(|| self.reason.to_string(), |reason| reason.words().to_owned())
    }
}

/// The `{u16 event, u16 zero, u32 count}` records of a [`formats::event::Kind::LossCounts`] field.
pub(crate) fn counts(bytes: &[u8]) -> impl Iterator<Item = (u16, u64)> + '_ {
    bytes.as_chunks::<8>().0.iter().map(|record| {
        let [e0, e1, _, _, c0, c1, c2, c3] = *record;
        (u16::from_le_bytes([e0, e1]), u64::from(u32::from_le_bytes([c0, c1, c2, c3])))
    })
}
