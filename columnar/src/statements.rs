//! The statements of a text of SQL, each with where it begins; only questions are taken.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use analyzer::query::{Cell, Question};
use analyzer::text;
use anyhow::{Result, anyhow, bail};
use datafusion::common::DataFusionError;
use datafusion::sql::parser::{DFParserBuilder, ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::{self, Expr, Value, ValueWithSpan, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::failure::{Names, Place, explain};
use crate::kin::FUNCTIONS;

/// Where a text begins.
const BEGIN: Place = Place { line: 1, column: 1 };

/// What is asked.
pub(crate) struct Statements {
    /// Each statement, and where it begins.
    pub(crate) all: Vec<(Statement, Place)>,
    /// Whether a function about processes is called.
    pub(crate) asks_kin: bool,
}

/// Reads the statements.
///
/// # Errors
/// The text is no SQL, or a statement is no question.
pub(crate) fn statements(question: &Question<'_>, names: &dyn Names) -> Result<Statements> {
    let sql = question.sql;
    let failed = |error: DataFusionError| explain(&error, BEGIN, false, 0, names);
    let dialect = GenericDialect {};
    let parsed = DFParserBuilder::new(sql)
        .with_dialect(&dialect)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(failed)?;
    let mut parameters = Parameters::of(question);
    // What was parsed has tokens.
    let tokens = Tokenizer::new(&dialect, sql).tokenize_with_location().unwrap_or_default();
    let mut begins = begins(&tokens);
    let mut statements = Vec::with_capacity(parsed.len());
    for mut statement in parsed {
        let begin = begins.next().unwrap_or(BEGIN);
        if !is_question(&statement) {
            let Place { line, column } = begin;
            let words = statement.to_string();
            let verb = words.split_whitespace().next().unwrap_or_default();
            return Err(anyhow!(
                "SQL, line {line}, column {column}: {verb} is no question; SELECT, WITH, VALUES, EXPLAIN, DESCRIBE and SHOW are"
            ));
        }
        parameters.fill(&mut statement)?;
        statements.push((statement, begin));
    }
    parameters.check()?;
    Ok(Statements { all: statements, asks_kin: parameters.asks_kin })
}

/// The values of `:name` in the SQL, and what else is found where they are put in.
struct Parameters<'q> {
    given: &'q [(String, Cell)],
    used: BTreeSet<String>,
    asks_kin: bool,
}

impl<'q> Parameters<'q> {
    fn of(question: &Question<'q>) -> Parameters<'q> {
        Parameters { given: question.parameters, used: BTreeSet::new(), asks_kin: false }
    }

    /// Puts the values where the names are: as values, so nothing in them is read as SQL.
    fn fill(&mut self, statement: &mut Statement) -> Result<()> {
        let statement = match statement {
            Statement::Statement(statement) => &mut **statement,
            Statement::Explain(ExplainStatement { statement, .. }) => return self.fill(statement),
            Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => return Ok(()),
        };
        match VisitMut::visit(statement, self) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(error) => Err(error),
        }
    }

    fn value(&mut self, placeholder: &str) -> Result<Value> {
        let Some(name) = placeholder.strip_prefix([':', '$']) else {
            bail!("SQL: a parameter has a name, as in :pid, not {placeholder}");
        };
        let Some((name, cell)) = self.given.iter().find(|(given, _)| given == name) else {
            bail!("the parameter :{name} has no value; --param {name}=VALUE gives it one");
        };
        self.used.insert(name.clone());
        Ok(match cell {
            Cell::Null => Value::Null,
            Cell::Integer(number) => Value::Number(number.to_string(), false),
            Cell::Real(number) => Value::Number(format!("{number:e}"), false),
            Cell::Text(text) => Value::SingleQuotedString(text.clone()),
            Cell::Blob(bytes) => Value::HexStringLiteral(text::hex(bytes)),
        })
    }

    /// Every value is to be used.
    fn check(&self) -> Result<()> {
        let Some((name, _)) = self.given.iter().find(|(name, _)| !self.used.contains(name)) else { return Ok(()) };
        bail!("no parameter :{name} in the SQL; nothing uses it")
    }
}

impl VisitorMut for Parameters<'_> {
    type Break = anyhow::Error;

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<anyhow::Error> {
        if let Value::Placeholder(name) = &value.value {
            match self.value(name) {
                Ok(filled) => value.value = filled,
                Err(error) => return ControlFlow::Break(error),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<anyhow::Error> {
        if let Expr::Function(function) = expression {
            let name = function.name.0.last().and_then(|part| part.as_ident());
            self.asks_kin |= name.is_some_and(|name| FUNCTIONS.iter().any(|own| name.value.eq_ignore_ascii_case(own)));
        }
        ControlFlow::Continue(())
    }
}

/// Where each statement begins.
fn begins(tokens: &[TokenWithSpan]) -> impl Iterator<Item = Place> {
    let is_something = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
    tokens.split(|token| token.token == Token::SemiColon).filter_map(move |statement| {
        let start = statement.iter().find(is_something)?.span.start;
        Some(Place { line: start.line, column: start.column })
    })
}

/// Whether a statement only asks.
fn is_question(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(statement) => matches!(
            &**statement,
            ast::Statement::Query(_)
                | ast::Statement::Explain { .. }
                | ast::Statement::ExplainTable { .. }
                | ast::Statement::ShowTables { .. }
                | ast::Statement::ShowColumns { .. }
                | ast::Statement::ShowFunctions { .. }
        ),
        Statement::Explain(ExplainStatement { statement, .. }) => is_question(statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => false,
    }
}
