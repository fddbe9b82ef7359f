//! Expressions over the names of searches: `selection and not 1 of filter_*`.

use crate::limits::{MAX_EXPRESSION_BYTES, MAX_EXPRESSION_DEPTH};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    /// One search, and where in the text its name begins.
    Name(String, usize),
    /// Several, by a pattern or `them`.
    Of {
        is_all: bool,
        pattern: String,
        offset: usize,
    },
}

/// What is wrong, and the offset in characters where.
pub(super) type Wrong = (usize, String);

/// Reads an expression.
pub(super) fn parse(written: &str) -> Result<Expression, Wrong> {
    if written.len() > MAX_EXPRESSION_BYTES {
        return Err((0, format!("a condition longer than {MAX_EXPRESSION_BYTES} bytes")));
    }
    let mut parser = Parser { words: words(written)?, next: 0, depth: 0, end: written.chars().count() };
    let expression = parser.any()?;
    match parser.peek() {
        None => Ok(expression),
        Some((word, offset)) => Err((offset, format!("{} is not expected here", policy::error::quoted(word)))),
    }
}

/// The words and where each begins.
fn words(written: &str) -> Result<Vec<(String, usize)>, Wrong> {
    let mut words: Vec<(String, usize)> = Vec::new();
    let mut is_open = false;
    for (offset, c) in written.chars().enumerate() {
        match c {
            '(' | ')' => {
                words.push((c.to_string(), offset));
                is_open = false;
            }
            '|' => {
                let why = "aggregations behind | are not part of Sigma version 2; a correlation says the same";
                return Err((offset, why.to_owned()));
            }
            c if c.is_whitespace() => is_open = false,
            c => match words.last_mut().filter(|_| is_open) {
                Some((word, _)) => word.push(c),
                None => {
                    words.push((c.to_string(), offset));
                    is_open = true;
                }
            },
        }
    }
    Ok(words)
}

struct Parser {
    words: Vec<(String, usize)>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<(&str, usize)> {
        self.words.get(self.next).map(|(word, offset)| (word.as_str(), *offset))
    }

    fn take(&mut self) -> Option<(String, usize)> {
        let word = self.words.get(self.next).cloned();
        self.next += 1;
        word
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let is_there = self.peek().is_some_and(|(word, _)| word.eq_ignore_ascii_case(wanted));
        self.next += usize::from(is_there);
        is_there
    }

    fn any(&mut self) -> Result<Expression, Wrong> {
        let mut members = vec![self.all()?];
        while self.takes("or") {
            members.push(self.all()?);
        }
        Ok(if members.len() == 1 { members.remove(0) } else { Expression::Any(members) })
    }

    fn all(&mut self) -> Result<Expression, Wrong> {
        let mut members = vec![self.one()?];
        while self.takes("and") {
            members.push(self.one()?);
        }
        Ok(if members.len() == 1 { members.remove(0) } else { Expression::All(members) })
    }

    fn one(&mut self) -> Result<Expression, Wrong> {
        let Some((word, offset)) = self.take() else {
            return Err((self.end, "the condition ends where a name is expected".to_owned()));
        };
        let is = |wanted: &str| word.eq_ignore_ascii_case(wanted);
        if is("not") || is("(") {
            self.depth += 1;
            if self.depth > MAX_EXPRESSION_DEPTH {
                return Err((offset, format!("more than {MAX_EXPRESSION_DEPTH} parts inside each other")));
            }
            let inner = if is("not") {
                Expression::Not(Box::new(self.one()?))
            } else {
                let inner = self.any()?;
                if !self.takes(")") {
                    return Err((offset, "this parenthesis is not closed".to_owned()));
                }
                inner
            };
            self.depth -= 1;
            return Ok(inner);
        }
        if is("and") || is("or") || is(")") {
            return Err((offset, format!("a name is expected before {}", policy::error::quoted(&word))));
        }
        if self.takes("of") {
            let is_all = is("all");
            if !is_all && !is("1") && !is("any") {
                return Err((offset, "only `1 of`, `any of` and `all of` are known".to_owned()));
            }
            let Some((pattern, offset)) = self.take().filter(|(word, _)| !matches!(word.as_str(), "(" | ")")) else {
                return Err((offset, "behind `of` stands a pattern of names, or them".to_owned()));
            };
            return Ok(Expression::Of { is_all, pattern, offset });
        }
        Ok(Expression::Name(word, offset))
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, parse};

    fn shown(expression: &Expression) -> String {
        let list = |members: &[Expression]| members.iter().map(shown).collect::<Vec<_>>().join(" ");
        match expression {
            Expression::All(members) => format!("(and {})", list(members)),
            Expression::Any(members) => format!("(or {})", list(members)),
            Expression::Not(member) => format!("(not {})", shown(member)),
            Expression::Name(name, _) => name.clone(),
            Expression::Of { is_all, pattern, .. } => format!("{}:{pattern}", if *is_all { "all" } else { "1" }),
        }
    }

    #[test]
    fn and_binds_closer_than_or_and_not_closest() {
        for (written, tree) in [
            ("a", "a"),
            ("a and b or c", "(or (and a b) c)"),
            ("a or b and not c", "(or a (and b (not c)))"),
            ("not (a or b) and c", "(and (not (or a b)) c)"),
            ("1 of sel* and not all of them", "(and 1:sel* (not all:them))"),
            ("A AND NOT B", "(and A (not B))"),
            ("not not a", "(not (not a))"),
        ] {
            assert_eq!(shown(&parse(written).unwrap()), tree, "{written}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (written, at, why) in [
            ("", 0, "ends where a name"),
            ("a and", 5, "ends where a name"),
            ("a b", 2, "\"b\" is not expected"),
            ("(a", 0, "not closed"),
            ("a)", 1, "\")\" is not expected"),
            ("and a", 0, "a name is expected before \"and\""),
            ("3 of a*", 0, "only `1 of`"),
            ("1 of", 0, "behind `of`"),
            ("a | count() > 5", 2, "correlation"),
        ] {
            let (offset, message) = parse(written).unwrap_err();
            assert_eq!(offset, at, "{written}");
            assert!(message.contains(why), "{written}: {message}");
        }
        assert!(parse(&"(".repeat(10_000)).unwrap_err().1.contains("inside each other"));
        assert!(parse(&"not ".repeat(10_000)).unwrap_err().1.contains("inside each other"));
    }
}
