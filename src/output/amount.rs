//! Numbers for people: thousands apart, bytes in a unit that fits, nouns in the right number.

/// A count and its noun: `1 segment`, `1,234 segments`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the largest unit that leaves a whole number before the point.
#[cfg(any(feature = "analyze", feature = "record"))]
pub(crate) fn bytes(number: u64) -> String {
    let mut value = number as f64;
    let mut unit = None;
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = Some(larger);
    }
    unit.map_or_else(|| counted(number, "byte"), |unit| format!("{value:.1} {unit}"))
}

#[cfg(test)]
mod tests {
    use super::{counted, grouped};

    #[test]
    fn numbers_are_readable() {
        assert_eq!([grouped(0), grouped(999), grouped(1000), grouped(1_000_000)], ["0", "999", "1,000", "1,000,000"]);
        assert_eq!(
            [counted(1, "frame"), counted(0, "frame"), counted(1234, "frame")],
            ["1 frame", "0 frames", "1,234 frames"]
        );
    }

    #[cfg(any(feature = "analyze", feature = "record"))]
    #[test]
    fn bytes_have_a_unit_that_fits() {
        let shown = [0, 1, 1023, 1024, 1 << 40, u64::MAX].map(super::bytes);
        assert_eq!(shown, ["0 bytes", "1 byte", "1,023 bytes", "1.0 KiB", "1.0 TiB", "16.0 EiB"]);
    }
}
