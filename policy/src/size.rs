//! Sizes in bytes: `4096`, `64K`, `64MiB`, `1G`, `500MB`.

/// Units by their spelling in lower case. `K`, `M`, ... are powers of 1024, as with `dd`; `kB`, `MB`, ... of 1000.
const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1_000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
    ("t", 1 << 40),
    ("tib", 1 << 40),
    ("tb", 1_000_000_000_000),
];

/// Reads a size, in bytes; zero is refused, as nothing that is asked for by size can have that one.
///
/// # Errors
/// One sentence that says what would be right.
pub fn parse(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start().to_ascii_lowercase();
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    let (false, Some(factor)) = (number.is_empty(), factor) else {
        return Err("a size is a whole number and a unit, like 4096, 64KiB, 256MiB or 1GiB".into());
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match bytes {
        Some(0) => Err("a size of zero is not possible".into()),
        Some(bytes) => Ok(bytes),
        None => Err("the size does not fit into 64 bits".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn binary_and_decimal_units_differ() {
        assert_eq!(parse("4096"), Ok(4096));
        assert_eq!(parse("64MiB"), Ok(64 << 20));
        assert_eq!(parse("64m"), Ok(64 << 20));
        assert_eq!(parse("64 MB"), Ok(64_000_000));
        assert_eq!(parse("1G"), Ok(1 << 30));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MiB", "-1", "1.5G", "12parsecs", "1 0", "0x10", "１"] {
            assert!(parse(text).unwrap_err().contains("like 4096"), "{text}");
        }
        assert!(parse("0").unwrap_err().contains("zero"));
        assert!(parse("99999999999999999999").unwrap_err().contains("64 bits"));
        assert!(parse("17179869184GiB").unwrap_err().contains("64 bits"));
    }
}
