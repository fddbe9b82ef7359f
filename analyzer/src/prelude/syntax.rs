//! The part of SQL that views of the prelude are written in, read into a tree.
//!
//! The text is the program's own and a test reads all of it, so what is wrong with it is told in a few words.

use std::iter::Peekable;
use std::str::CharIndices;

/// SELECTs whose rows follow each other.
pub(super) type Query = Vec<Select>;

/// One SELECT, with the names that queries before it were given.
#[derive(Clone, Debug)]
pub(super) struct Select {
    pub(super) columns: Vec<(Expression, String)>,
    pub(super) from: From,
    /// Rows with an equal in this query are left out.
    pub(super) without: Option<Without>,
    pub(super) condition: Option<Expression>,
}

/// Where rows come from.
#[derive(Clone, Debug)]
pub(super) enum From {
    Table(String),
    Query(Query),
}

/// `LEFT JOIN (query) k ON k.a = f.b AND ... WHERE k.a IS NULL`.
#[derive(Clone, Debug)]
pub(super) struct Without {
    pub(super) query: Query,
    /// Columns of the query, and what they are compared with.
    pub(super) on: Vec<(String, Expression)>,
}

/// An expression; names of columns without the table in front.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Null,
    Integer(i64),
    Text(String),
    Column(String),
    Case(Vec<(Expression, Expression)>, Box<Expression>),
    Call(Function, Vec<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    IsNull(Box<Expression>),
    Like(Box<Expression>, String),
    In(Box<Expression>, Vec<Expression>),
    /// The capture has no row of these events.
    NoneOf(Vec<String>),
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Coalesce,
    Nullif,
    Substr,
    Instr,
    Length,
    Ltrim,
    AsInteger,
    AsText,
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concat,
    Add,
    Subtract,
    Divide,
    Remainder,
}

/// What is wrong.
pub(super) type Wrong = String;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name or keyword.
    Word(String),
    Text(String),
    Integer(i64),
    Sign(&'static str),
}

const SIGNS: [&str; 15] = ["<>", "<=", ">=", "||", "(", ")", ",", ".", "=", "<", ">", "+", "-", "/", "%"];

fn tokens(sql: &str) -> Result<Vec<Token>, Wrong> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            _ if first.is_whitespace() => {
                rest = rest.trim_start();
                continue;
            }
            _ if rest.starts_with("--") => {
                rest = rest.split_once('\n').map_or("", |(_, behind)| behind);
                continue;
            }
            '\'' => quoted(rest)?,
            '0'..='9' => {
                let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                let digits = rest.get(..length).unwrap_or_default();
                (Token::Integer(digits.parse().map_err(|_| format!("{digits} is too large"))?), length)
            }
            _ if is_word(first) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (Token::Word(rest.get(..length).unwrap_or_default().to_owned()), length)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or(format!("{first} is no sign"))?;
                (Token::Sign(sign), sign.len())
            }
        };
        found.push(token);
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(found)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A literal at the start, and its length; a doubled quote is one.
fn quoted(sql: &str) -> Result<(Token, usize), Wrong> {
    let mut text = String::new();
    let mut inside: Peekable<CharIndices<'_>> = sql.char_indices().peekable();
    inside.next();
    while let Some((at, c)) = inside.next() {
        if c == '\'' && inside.next_if(|(_, next)| *next == '\'').is_none() {
            return Ok((Token::Text(text), at + 1));
        }
        text.push(c);
    }
    Err("a literal without an end".to_owned())
}

/// Reads a view's SELECT.
///
/// # Errors
/// It is not of the part of SQL that is understood here.
pub(super) fn parse(sql: &str) -> Result<Query, Wrong> {
    let mut parser = Parser { tokens: tokens(sql)?, at: 0, named: Vec::new() };
    let query = parser.query()?;
    match parser.peek() {
        None => Ok(query),
        Some(token) => Err(format!("{token:?} behind the end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// Queries that have names.
    named: Vec<(String, Query)>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_word(&self, offset: usize, word: &str) -> bool {
        matches!(self.tokens.get(self.at + offset), Some(Token::Word(other)) if other == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(0, word);
        self.at += usize::from(is_there);
        is_there
    }

    fn take(&mut self, sign: &str) -> bool {
        let is_there = matches!(self.peek(), Some(Token::Sign(other)) if *other == sign);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, sign: &str) -> Result<(), Wrong> {
        if self.take(sign) { Ok(()) } else { Err(format!("{sign} is missing before {:?}", self.peek())) }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Wrong> {
        if self.take_word(word) { Ok(()) } else { Err(format!("{word} is missing before {:?}", self.peek())) }
    }

    fn name(&mut self) -> Result<String, Wrong> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            other => Err(format!("a name is missing before {other:?}")),
        }
    }

    fn text(&mut self) -> Result<String, Wrong> {
        match self.peek() {
            Some(Token::Text(text)) => {
                let text = text.clone();
                self.at += 1;
                Ok(text)
            }
            other => Err(format!("a text is missing before {other:?}")),
        }
    }

    fn query(&mut self) -> Result<Query, Wrong> {
        if self.take_word("WITH") {
            loop {
                let name = self.name()?;
                self.expect_word("AS")?;
                self.expect("(")?;
                let query = self.query()?;
                self.expect(")")?;
                self.named.push((name, query));
                if !self.take(",") {
                    break;
                }
            }
        }
        let mut selects = vec![self.select()?];
        while self.take_word("UNION") {
            self.expect_word("ALL")?;
            selects.push(self.select()?);
        }
        Ok(selects)
    }

    fn select(&mut self) -> Result<Select, Wrong> {
        self.expect_word("SELECT")?;
        // Only for what is compared with, where it makes no difference.
        self.take_word("DISTINCT");
        let mut columns = Vec::new();
        loop {
            let expression = self.expression(0)?;
            let name = match (&expression, self.take_word("AS")) {
                (_, true) => self.name()?,
                (Expression::Column(name), false) => name.clone(),
                _ => return Err(format!("a column without a name: {expression:?}")),
            };
            columns.push((expression, name));
            if !self.take(",") {
                break;
            }
        }
        self.expect_word("FROM")?;
        let from = self.source()?;
        self.alias();
        let without = if self.take_word("LEFT") { Some(self.without()?) } else { None };
        let mut condition = if self.take_word("WHERE") { Some(self.expression(0)?) } else { None };
        if let Some(without) = &without {
            let is_it = |condition: &Expression| match condition {
                Expression::IsNull(column) => {
                    matches!(&**column, Expression::Column(name) if without.on.iter().any(|(own, _)| own == name))
                }
                _ => false,
            };
            if !condition.as_ref().is_some_and(is_it) {
                return Err("a join is for rows that have no equal".to_owned());
            }
            condition = None;
        }
        Ok(Select { columns, from, without, condition })
    }

    fn source(&mut self) -> Result<From, Wrong> {
        if self.take("(") {
            let query = self.query()?;
            self.expect(")")?;
            return Ok(From::Query(query));
        }
        let name = self.name()?;
        Ok(match self.named.iter().find(|(named, _)| *named == name) {
            Some((_, query)) => From::Query(query.clone()),
            None => From::Table(name),
        })
    }

    fn alias(&mut self) {
        const NEXT: [&str; 4] = ["WHERE", "UNION", "LEFT", "ON"];
        if matches!(self.peek(), Some(Token::Word(word)) if !NEXT.contains(&word.as_str())) {
            self.at += 1;
        }
    }

    fn without(&mut self) -> Result<Without, Wrong> {
        self.expect_word("JOIN")?;
        let From::Query(query) = self.source()? else { return Err("a join with a table".to_owned()) };
        self.alias();
        self.expect_word("ON")?;
        let mut on = Vec::new();
        loop {
            let Expression::Column(own) = self.primary()? else { return Err("a join on no column".to_owned()) };
            self.expect("=")?;
            on.push((own, self.primary()?));
            if !self.take_word("AND") {
                return Ok(Without { query, on });
            }
        }
    }

    /// An expression of operators that bind at least so strongly: 0 OR, 1 AND, 2 NOT, 3 comparisons, 4 sums, 5 products,
    /// 6 `||`.
    fn expression(&mut self, level: u8) -> Result<Expression, Wrong> {
        if level == 2 && self.take_word("NOT") {
            return Ok(Expression::Not(Box::new(self.expression(2)?)));
        }
        if level > 6 {
            return self.primary();
        }
        let mut left = self.expression(level + 1)?;
        loop {
            if level == 3
                && let Some(test) = self.test(&left)?
            {
                left = test;
                continue;
            }
            let Some(operator) = self.operator(level) else { return Ok(left) };
            let right = self.expression(level + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn operator(&mut self, level: u8) -> Option<Operator> {
        let words: &[(&str, Operator)] = match level {
            0 => &[("OR", Operator::Or)],
            1 => &[("AND", Operator::And)],
            _ => &[],
        };
        let signs: &[(&str, Operator)] = match level {
            3 => &[
                ("=", Operator::Equal),
                ("<>", Operator::Unequal),
                ("<=", Operator::LessOrEqual),
                ("<", Operator::Less),
                (">=", Operator::GreaterOrEqual),
                (">", Operator::Greater),
            ],
            4 => &[("+", Operator::Add), ("-", Operator::Subtract)],
            5 => &[("/", Operator::Divide), ("%", Operator::Remainder)],
            6 => &[("||", Operator::Concat)],
            _ => &[],
        };
        let word = words.iter().find(|(word, _)| self.take_word(word));
        word.or_else(|| signs.iter().find(|(sign, _)| self.take(sign))).map(|(_, operator)| *operator)
    }

    /// What may stand behind a value besides an operator and another value.
    fn test(&mut self, value: &Expression) -> Result<Option<Expression>, Wrong> {
        let boxed = || Box::new(value.clone());
        let negated = |is_negated: bool, test| if is_negated { Expression::Not(Box::new(test)) } else { test };
        if self.take_word("IS") {
            let is_negated = self.take_word("NOT");
            self.expect_word("NULL")?;
            return Ok(Some(negated(is_negated, Expression::IsNull(boxed()))));
        }
        let is_negated = self.is_word(0, "NOT");
        self.at += usize::from(is_negated);
        let test = if self.take_word("LIKE") {
            Expression::Like(boxed(), self.text()?)
        } else if self.take_word("BETWEEN") {
            let low = self.expression(4)?;
            self.expect_word("AND")?;
            let high = self.expression(4)?;
            let side = |operator, bound| Box::new(Expression::Binary(operator, boxed(), Box::new(bound)));
            Expression::Binary(Operator::And, side(Operator::GreaterOrEqual, low), side(Operator::LessOrEqual, high))
        } else if self.take_word("IN") {
            self.expect("(")?;
            if self.is_word(0, "SELECT") {
                return if is_negated { self.none_of().map(Some) } else { Err("IN with a query".to_owned()) };
            }
            let list = self.list()?;
            Expression::In(boxed(), list)
        } else if is_negated {
            return Err("NOT before nothing".to_owned());
        } else {
            return Ok(None);
        };
        Ok(Some(negated(is_negated, test)))
    }

    /// `SELECT capture FROM event_counts WHERE rows > 0 AND event IN (...))`, behind `capture NOT IN (`.
    fn none_of(&mut self) -> Result<Expression, Wrong> {
        for word in ["SELECT", "capture", "FROM", "event_counts", "WHERE", "rows"] {
            self.expect_word(word)?;
        }
        self.expect(">")?;
        if self.primary()? != Expression::Integer(0) {
            return Err("rows are compared with 0".to_owned());
        }
        for word in ["AND", "event"] {
            self.expect_word(word)?;
        }
        let events = if self.take_word("IN") {
            self.expect("(")?;
            self.list()?
        } else {
            self.expect("=")?;
            vec![self.primary()?]
        };
        self.expect(")")?;
        let name = |event| match event {
            Expression::Text(name) => Ok(name),
            other => Err(format!("{other:?} is no event")),
        };
        Ok(Expression::NoneOf(events.into_iter().map(name).collect::<Result<_, _>>()?))
    }

    /// Expressions to the closing parenthesis, which is taken too.
    fn list(&mut self) -> Result<Vec<Expression>, Wrong> {
        let mut list = Vec::new();
        if self.take(")") {
            return Ok(list);
        }
        loop {
            list.push(self.expression(0)?);
            if !self.take(",") {
                self.expect(")")?;
                return Ok(list);
            }
        }
    }

    fn primary(&mut self) -> Result<Expression, Wrong> {
        let Some(token) = self.peek().cloned() else { return Err("an end too early".to_owned()) };
        self.at += 1;
        match token {
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Integer(number) => Ok(Expression::Integer(number)),
            Token::Sign("-") => match self.primary()? {
                Expression::Integer(number) => Ok(Expression::Integer(-number)),
                other => Err(format!("minus {other:?}")),
            },
            Token::Sign("(") => {
                let inside = self.expression(0)?;
                self.expect(")")?;
                Ok(inside)
            }
            Token::Sign(sign) => Err(format!("{sign} where a value should be")),
            Token::Word(word) => match word.as_str() {
                "NULL" => Ok(Expression::Null),
                "CASE" => self.case(),
                "CAST" => self.cast(),
                _ if self.take("(") => {
                    let function = match word.to_ascii_lowercase().as_str() {
                        "coalesce" => Function::Coalesce,
                        "nullif" => Function::Nullif,
                        "substr" => Function::Substr,
                        "instr" => Function::Instr,
                        "length" => Function::Length,
                        "ltrim" => Function::Ltrim,
                        _ => return Err(format!("{word} is no function")),
                    };
                    Ok(Expression::Call(function, self.list()?))
                }
                // What stands before the dot is the only table that there is.
                _ if self.take(".") => Ok(Expression::Column(self.name()?)),
                _ => Ok(Expression::Column(word)),
            },
        }
    }

    fn case(&mut self) -> Result<Expression, Wrong> {
        let of = if self.is_word(0, "WHEN") { None } else { Some(self.expression(0)?) };
        let mut arms = Vec::new();
        while self.take_word("WHEN") {
            let when = self.expression(0)?;
            let when = match &of {
                Some(of) => Expression::Binary(Operator::Equal, Box::new(of.clone()), Box::new(when)),
                None => when,
            };
            self.expect_word("THEN")?;
            arms.push((when, self.expression(0)?));
        }
        let otherwise = if self.take_word("ELSE") { self.expression(0)? } else { Expression::Null };
        self.expect_word("END")?;
        Ok(Expression::Case(arms, Box::new(otherwise)))
    }

    fn cast(&mut self) -> Result<Expression, Wrong> {
        self.expect("(")?;
        let value = self.expression(0)?;
        self.expect_word("AS")?;
        let function = match self.name()?.as_str() {
            "BIGINT" => Function::AsInteger,
            "TEXT" => Function::AsText,
            other => return Err(format!("CAST to {other}")),
        };
        self.expect(")")?;
        Ok(Expression::Call(function, vec![value]))
    }
}
