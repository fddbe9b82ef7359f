//! Regular expressions: one dialect in every engine, that of Rust's `regex`, which takes linear time.
//!
//! What it has not (looking around, back references) is refused. Bounded in size and depth.

use regex::{Regex, RegexBuilder};

use crate::limits::{MAX_REGEX_BYTES, MAX_REGEX_DEPTH, MAX_VALUE_BYTES};

/// A regular expression as it is written, with its flags in front.
#[derive(Clone, Debug)]
pub struct Regular {
    /// The expression, flags in front as `(?i)`.
    pub source: String,
    compiled: Regex,
}

impl PartialEq for Regular {
    fn eq(&self, other: &Regular) -> bool {
        self.source == other.source
    }
}

impl Regular {
    /// Compiles an expression; `flags` are among `i`, `m` and `s`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn new(written: &str, flags: &str) -> Result<Regular, String> {
        if written.len() > MAX_VALUE_BYTES {
            return Err(format!("the regular expression is longer than {MAX_VALUE_BYTES} bytes"));
        }
        let source = if flags.is_empty() { written.to_owned() } else { format!("(?{flags}){written}") };
        let compiled = RegexBuilder::new(&source)
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES)
            .nest_limit(MAX_REGEX_DEPTH)
            .build()
            .map_err(|error| format!("regular expression: {}", reason(&error)))?;
        Ok(Regular { source, compiled })
    }

    /// Whether it is found anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }

    /// The same expression spelled out (classes as ranges, flags resolved), for engines with another dialect.
    pub fn spelled_out(&self) -> String {
        regex_syntax::Parser::new()
            .parse(&self.source)
            .map_or_else(|_| self.source.clone(), |parsed| parsed.to_string())
    }
}

/// The last line of the engine's message, which says what is wrong; the lines before draw the expression.
fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => format!("it takes more than {limit} bytes when compiled"),
        other => {
            let whole = other.to_string();
            let last = whole.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).escape_debug().to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Regular;

    #[test]
    fn what_is_not_linear_or_too_large_is_refused() {
        assert!(Regular::new("(?=a)b", "").unwrap_err().contains("look-around"));
        assert!(Regular::new(r"(a)\1", "").unwrap_err().contains("backreferences"));
        assert!(Regular::new("((a{1000}){1000}){1000}", "").unwrap_err().contains("bytes"));
        assert!(Regular::new(&"(".repeat(5000), "").is_err());
        assert!(Regular::new(&format!("{}a{}", "(".repeat(500), ")".repeat(500)), "").is_err());
    }

    #[test]
    fn flags_stand_in_front() {
        let regular = Regular::new("^A.b", "is").unwrap();
        assert_eq!(regular.source, "(?is)^A.b");
        assert!(regular.is_match("a\nB") && !regular.is_match("xa\nB"));
        assert!(Regular::new("a|b", "").unwrap().is_match("xb"));
    }
}
