//! Names of files that are made of what a capture says.

/// Bytes of a recorded name, at the most.
const NAME_BYTES: usize = 100;

/// The last part of a path in which nothing is left that a shell, a terminal or a file system would take for more than a name.
pub(crate) fn harmless(path: &str) -> String {
    let base = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+') { c } else { '_' };
    let mut name: String = base.chars().map(plain).collect::<String>().replace("..", "_");
    while name.len() > NAME_BYTES {
        name.pop();
    }
    name.trim_start_matches(['.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn of_a_recorded_name_only_the_harmless_part_stays() {
        for (path, name) in [
            ("/usr/bin/true", "true"),
            ("/tmp/größe.so.1", "größe.so.1"),
            ("../../etc/x", "x"),
            ("/tmp/..", "_"),
            ("/tmp/.", ""),
            ("/tmp/--help", "help"),
            ("/tmp/.hidden", "hidden"),
            ("/tmp/a\nb\u{1b}[2J", "a_b__2J"),
            ("/tmp/\\xff\u{202e}gpj", "_xff_gpj"),
            ("memfd:a/b", "b"),
            ("", ""),
            ("/", ""),
        ] {
            assert_eq!(harmless(path), name, "{path:?}");
        }
        assert_eq!(harmless(&"é".repeat(200)).len(), 100);
    }
}
