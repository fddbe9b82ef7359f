//! How much information bytes hold: little where they repeat, 8 bits a byte where they are random, packed or encrypted.

/// Shannon entropy of the bytes' values, in bits per byte.
pub fn bits_per_byte(bytes: &[u8]) -> f64 {
    let mut counts = [0_u64; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = bytes.len() as f64;
    let part = |count: &u64| {
        let share = *count as f64 / total;
        -share * share.log2()
    };
    // The sum of nothing is -0.0.
    counts.iter().filter(|count| **count > 0).map(part).sum::<f64>().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::bits_per_byte;

    #[test]
    fn entropy_grows_with_what_bytes_say() {
        let all: Vec<u8> = (0..=255).collect();
        for (bytes, expected) in
            [(&b""[..], "0.0"), (b"aaaa", "0.0"), (b"abab", "1.0"), (b"abcd", "2.0"), (&all, "8.0")]
        {
            assert_eq!(format!("{:?}", bits_per_byte(bytes)), expected);
        }
    }
}
