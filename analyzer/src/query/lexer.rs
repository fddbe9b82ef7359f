//! As much of SQL's grammar as is needed to know where a statement ends and which names stand in it.

/// A piece of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// A name or keyword that is not quoted, or a number.
    Word,
    /// `'...'`, `"..."`, `` `...` `` or `[...]`, with whether it is closed.
    Quoted(bool),
    /// A comment or white space, with whether it is closed.
    Blank(bool),
    /// `;`
    End,
    /// Anything else, a character.
    Other,
}

/// The pieces with their text.
struct Pieces<'s>(&'s str);

impl<'s> Iterator for Pieces<'s> {
    type Item = (Piece, &'s str);

    fn next(&mut self) -> Option<(Piece, &'s str)> {
        let text = self.0;
        let first = text.chars().next()?;
        let (piece, length) = match first {
            ';' => (Piece::End, 1),
            '\'' | '"' | '`' => quoted(text, first),
            '[' => quoted(text, ']'),
            _ if text.starts_with("--") => (Piece::Blank(true), text.find('\n').map_or(text.len(), |at| at + 1)),
            _ if text.starts_with("/*") => match text.get(2..).and_then(|rest| rest.find("*/")) {
                Some(at) => (Piece::Blank(true), at + 4),
                None => (Piece::Blank(false), text.len()),
            },
            _ if first.is_whitespace() => {
                (Piece::Blank(true), text.find(|c: char| !c.is_whitespace()).unwrap_or(text.len()))
            }
            _ if is_word(first) => (Piece::Word, text.find(|c| !is_word(c)).unwrap_or(text.len())),
            _ => (Piece::Other, first.len_utf8()),
        };
        let (piece_text, rest) = text.split_at_checked(length)?;
        self.0 = rest;
        Some((piece, piece_text))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// A doubled quote ends one piece and begins the next, which comes to the same here.
fn quoted(text: &str, end: char) -> (Piece, usize) {
    match text.get(1..).and_then(|rest| rest.find(end)) {
        Some(at) => (Piece::Quoted(true), at + 2),
        None => (Piece::Quoted(false), text.len()),
    }
}

/// Whether the SQL ends with a whole statement and its `;`.
pub fn is_finished(sql: &str) -> bool {
    let mut ended = false;
    for (piece, _) in Pieces(sql) {
        match piece {
            Piece::End => ended = true,
            Piece::Blank(true) => {}
            Piece::Word | Piece::Quoted(_) | Piece::Blank(false) | Piece::Other => ended = false,
        }
    }
    ended
}

/// The names and keywords of the SQL, those in quotes without them.
pub fn words(sql: &str) -> impl Iterator<Item = &str> {
    Pieces(sql).filter_map(|(piece, text)| match piece {
        Piece::Word => Some(text),
        Piece::Quoted(true) if !text.starts_with('\'') => text.get(1..text.len().saturating_sub(1)),
        _ => None,
    })
}

/// The SQL from the beginning of its statement of this number, counted from 0, on.
pub(super) fn from_statement(sql: &str, number: usize) -> &str {
    let (mut at, mut statements, mut is_begun) = (0, 0, false);
    for (piece, text) in Pieces(sql) {
        match piece {
            Piece::Blank(_) => {}
            // One that is empty is none.
            Piece::End => {
                statements += usize::from(is_begun);
                is_begun = false;
            }
            _ if statements == number => return sql.get(at..).unwrap_or_default(),
            _ => is_begun = true,
        }
        at += text.len();
    }
    ""
}

/// Where the first word that is `name` begins, in bytes.
pub(super) fn position(sql: &str, name: &str) -> Option<usize> {
    let mut at = 0;
    for (piece, text) in Pieces(sql) {
        let inner = text.trim_matches(['"', '`', '[', ']']);
        if matches!(piece, Piece::Word | Piece::Quoted(true)) && inner.eq_ignore_ascii_case(name) {
            return Some(at);
        }
        at += text.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{from_statement, is_finished, position, words};

    #[test]
    fn a_statement_ends_with_its_semicolon() {
        for sql in ["SELECT 1;", "SELECT 1; -- done", "a;b; /* x */ \n", "SELECT ';', \"a;\";", "SELECT 'it''s;';", ";"]
        {
            assert!(is_finished(sql), "{sql}");
        }
        for sql in ["", " ", "SELECT 1", "SELECT ';", "SELECT 1 -- ;", "SELECT 1; /* ", "SELECT \";\"", "a; b", "['"] {
            assert!(!is_finished(sql), "{sql}");
        }
    }

    #[test]
    fn statements_are_counted_without_those_that_are_empty() {
        let sql = "; SELECT ';';; -- x;\n DROP TABLE y; /* */ VALUES (1)";
        for (number, start) in [(0, "SELECT ';'"), (1, "DROP"), (2, "VALUES"), (3, "")] {
            let found = from_statement(sql, number);
            assert!(found.starts_with(start) && found.is_empty() == start.is_empty(), "{number}: {found}");
        }
    }

    #[test]
    fn names_are_words_outside_strings_and_comments() {
        let sql = "SELECT e.pid, 'no', \"my table\" FROM events e -- processes\nWHERE [x] = 1";
        assert_eq!(
            words(sql).collect::<Vec<_>>(),
            ["SELECT", "e", "pid", "my table", "FROM", "events", "e", "WHERE", "x", "1"]
        );
        assert_eq!(position("SELECT 'pid', größe, PID", "pid"), Some(23));
        assert_eq!(position("SELECT größe, PID", "pid"), Some(16));
        assert_eq!(position("SELECT 1", "pid"), None);
    }
}
