//! Statements: what the recorder says of itself, of the clocks and of the end.

use formats::events::recorder::{CLOCK, RECORDING_STOPPED, TRACEE_INFO};
use formats::frame::Frame;
use formats::payload::Value;
use formats::schema::EventSchema;

/// The clocks read together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// CLOCK_BOOTTIME, nanoseconds.
    pub boot_ns: u64,
    /// CLOCK_REALTIME, UTC nanoseconds since 1970.
    pub realtime_ns: i64,
    /// How far the real-time clock moved against boot-time since the record before, nanoseconds.
    pub step_ns: i64,
    /// Time between the two readings that bracket the real-time one, nanoseconds.
    pub uncertainty_ns: u64,
}

/// How a recording ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    /// When, boot-time nanoseconds.
    pub boot_ns: u64,
    /// Frames that the kernel side numbered.
    pub produced: u64,
    /// Of those, frames written.
    pub written: u64,
    /// Of those, frames that loss frames account for.
    pub lost: u64,
    /// Wait status of the command; -1 when there was none or it still ran.
    pub exit_status: i32,
    /// Why, by number.
    pub reason: u32,
    /// For people.
    pub detail: Vec<u8>,
}

/// The recorder's statements in one segment.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    /// JSON of the first `tracee_info`.
    pub info: Option<Vec<u8>>,
    /// Every reading of the clocks, in the order it was found.
    pub clocks: Vec<Clock>,
    /// The last record of a capture that ended in order.
    pub stop: Option<Stop>,
}

impl Statements {
    /// Kinds of event that are statements.
    pub(crate) const KINDS: [u16; 3] = [TRACEE_INFO.id, CLOCK.id, RECORDING_STOPPED.id];

    /// Takes a frame of one of the kinds.
    pub(crate) fn add(&mut self, schema: &EventSchema, frame: &Frame<'_>) {
        let Some(values) = schema.values(frame.payload) else { return };
        let mut clock = Clock::default();
        let mut stop = Stop { boot_ns: frame.header.boot_ns, ..Stop::default() };
        for (field, value) in schema.fields.iter().zip(values) {
            match (field.name.as_str(), value) {
                ("info", Value::Variable(_, variable)) if schema.id == TRACEE_INFO.id && self.info.is_none() => {
                    self.info = Some(variable.bytes.to_vec());
                }
                ("boot_ns", Value::U64(number)) => clock.boot_ns = number,
                ("realtime_ns", Value::I64(number)) => clock.realtime_ns = number,
                ("step_ns", Value::I64(number)) => clock.step_ns = number,
                ("uncertainty_ns", Value::U64(number)) => clock.uncertainty_ns = number,
                ("produced", Value::U64(number)) => stop.produced = number,
                ("written", Value::U64(number)) => stop.written = number,
                ("lost", Value::U64(number)) => stop.lost = number,
                ("exit_status", Value::I64(number)) => stop.exit_status = number as i32,
                ("reason", Value::U64(number)) => stop.reason = number as u32,
                ("detail", Value::Variable(_, variable)) => stop.detail = variable.bytes.to_vec(),
                _ => {}
            }
        }
        if schema.id == CLOCK.id {
            self.clocks.push(clock);
        } else if schema.id == RECORDING_STOPPED.id {
            self.stop = Some(stop);
        }
    }
}
