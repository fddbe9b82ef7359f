//! Views as programs: what makes the rows of a view out of single rows of the tables that it reads, with the text of the view
//! as its only source. So a reader of a stream gets the rows that a database gives.
//!
//! A view is taken apart into branches, one per SELECT at the bottom. The expressions of the SELECTs above it are *slots*,
//! which are worked out when they are asked for, once a row.

use super::syntax::{Expression, From, Function, Operator, Query, Select, parse};
use super::view;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a column of the row that is read.
    Input(usize),
    /// In what an expression gives.
    Slot(usize),
}

/// What makes rows of a view of the rows of one table.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// The table that it reads: `events`, that of a kind, or one that replay fills.
    pub(crate) table: String,
    /// Names of the columns that it reads.
    pub(crate) inputs: Vec<String>,
    pub(super) slots: Vec<Compiled>,
    /// All must hold.
    pub(super) conditions: Vec<Compiled>,
    /// Events of which the capture must have no row.
    pub(crate) none_of: Vec<String>,
    /// Number of the list that must not have these values, in the program.
    pub(crate) without: Vec<(usize, Vec<Place>)>,
    /// The view's columns.
    pub(crate) columns: Vec<(String, Place)>,
}

/// A view as a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) branches: Vec<Branch>,
    /// What rows must not be equal to: these branches are to be read over the whole capture before. Of their columns those
    /// with the numbers are compared.
    pub(crate) lists: Vec<(Vec<Branch>, Vec<usize>)>,
}

/// An expression with its columns found.
#[derive(Clone, Debug)]
pub(super) enum Compiled {
    Null,
    Integer(i64),
    Text(String),
    Place(Place),
    Case(Vec<(Compiled, Compiled)>, Box<Compiled>),
    Call(Function, Vec<Compiled>),
    Binary(Operator, Box<Compiled>, Box<Compiled>),
    Not(Box<Compiled>),
    IsNull(Box<Compiled>),
    Like(Box<Compiled>, Like),
    In(Box<Compiled>, Vec<Compiled>),
}

/// A pattern of LIKE with what it comes to.
#[derive(Clone, Debug)]
pub(super) enum Like {
    /// `%part%`
    Contains(String),
    /// `start%`
    Starts(String),
    /// Anything else.
    Pattern(String),
}

impl Like {
    pub(super) fn of(pattern: &str) -> Like {
        let is_plain = |part: &&str| !part.contains(['%', '_']);
        let inside = pattern.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
        if let Some(part) = inside.filter(is_plain) {
            return Like::Contains(part.to_owned());
        }
        match pattern.strip_suffix('%').filter(is_plain) {
            Some(start) => Like::Starts(start.to_owned()),
            None => Like::Pattern(pattern.to_owned()),
        }
    }
}

impl Program {
    /// The program of the view of this name.
    ///
    /// # Errors
    /// There is none, or its SQL is not of the part that is understood.
    pub(crate) fn of(name: &str) -> Result<Program, String> {
        let view = view(name).ok_or_else(|| format!("{name} is no view"))?;
        let query = parse(&view.select()).map_err(|wrong| format!("{name}: {wrong}"))?;
        let mut program = Program::default();
        program.branches = program.query(&query).map_err(|wrong| format!("{name}: {wrong}"))?;
        Ok(program)
    }

    fn query(&mut self, query: &Query) -> Result<Vec<Branch>, String> {
        let mut branches: Vec<Branch> = Vec::new();
        for select in query {
            for mut branch in self.select(select)? {
                if let Some(first) = branches.first() {
                    if first.columns.len() != branch.columns.len() {
                        return Err(format!("{} columns, not {}", branch.columns.len(), first.columns.len()));
                    }
                    // Columns are called as in the first SELECT.
                    for (own, (name, _)) in branch.columns.iter_mut().zip(&first.columns) {
                        own.0.clone_from(name);
                    }
                }
                branches.push(branch);
            }
        }
        Ok(branches)
    }

    fn select(&mut self, select: &Select) -> Result<Vec<Branch>, String> {
        let below = match &select.from {
            From::Query(query) => self.query(query)?,
            From::Table(name) if view(name).is_some() => {
                let mut inner = Program::of(name)?;
                for branch in &mut inner.branches {
                    branch.without.iter_mut().for_each(|(list, _)| *list += self.lists.len());
                }
                self.lists.append(&mut inner.lists);
                inner.branches
            }
            From::Table(name) => vec![Branch::over(name)],
        };
        let list = match &select.without {
            None => None,
            Some(without) => {
                let branches = self.query(&without.query)?;
                let names = branches.first().map_or(&[][..], |branch| &branch.columns);
                let column = |(own, _): &(String, Expression)| {
                    names.iter().position(|(name, _)| name == own).ok_or_else(|| format!("{own} is not compared"))
                };
                let columns = without.on.iter().map(column).collect::<Result<Vec<_>, _>>()?;
                self.lists.push((branches, columns));
                Some((self.lists.len() - 1, without))
            }
        };
        below
            .into_iter()
            .map(|below| {
                let mut branch = below.select(select)?;
                if let Some((list, without)) = list {
                    let places = without.on.iter().map(|(_, with)| branch.1.place(&mut branch.0, with));
                    let places = places.collect::<Result<Vec<_>, _>>()?;
                    branch.0.without.push((list, places));
                }
                Ok(branch.0)
            })
            .collect()
    }
}

/// The names that a SELECT can use.
struct Scope {
    /// Columns of the SELECT below; `None` over a table, where any name is a column of it.
    below: Option<Vec<(String, Place)>>,
}

impl Branch {
    fn over(table: &str) -> Branch {
        Branch {
            table: table.to_owned(),
            inputs: Vec::new(),
            slots: Vec::new(),
            conditions: Vec::new(),
            none_of: Vec::new(),
            without: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Columns of a table as they are.
    pub(crate) fn whole(table: &str, columns: &[&str]) -> Branch {
        let mut branch = Branch::over(table);
        branch.inputs = columns.iter().map(|column| (*column).to_owned()).collect();
        branch.columns = branch.inputs.iter().cloned().zip((0..).map(Place::Input)).collect();
        branch
    }

    /// Puts a SELECT above. The scope is that of the columns below.
    fn select(mut self, select: &Select) -> Result<(Branch, Scope), String> {
        let is_first = self.columns.is_empty();
        let mut scope = Scope { below: (!is_first).then(|| std::mem::take(&mut self.columns)) };
        if let Some(condition) = &select.condition {
            scope.condition(&mut self, condition)?;
        }
        let mut columns = Vec::with_capacity(select.columns.len());
        for (expression, name) in &select.columns {
            columns.push((name.clone(), scope.place(&mut self, expression)?));
        }
        self.columns = columns;
        Ok((self, scope))
    }
}

impl Scope {
    fn condition(&mut self, branch: &mut Branch, condition: &Expression) -> Result<(), String> {
        match condition {
            Expression::Binary(Operator::And, left, right) => {
                self.condition(branch, left)?;
                self.condition(branch, right)
            }
            Expression::NoneOf(events) => {
                branch.none_of.extend(events.iter().cloned());
                Ok(())
            }
            condition => {
                let compiled = self.compile(branch, condition)?;
                branch.conditions.push(compiled);
                Ok(())
            }
        }
    }

    /// Where the value of an expression is.
    fn place(&mut self, branch: &mut Branch, expression: &Expression) -> Result<Place, String> {
        Ok(match self.compile(branch, expression)? {
            Compiled::Place(place) => place,
            compiled => {
                branch.slots.push(compiled);
                Place::Slot(branch.slots.len() - 1)
            }
        })
    }

    fn column(&mut self, branch: &mut Branch, name: &str) -> Result<Place, String> {
        if let Some(below) = &self.below {
            let found = below.iter().find(|(known, _)| known == name);
            return found.map(|(_, place)| *place).ok_or_else(|| format!("{name} is no column"));
        }
        Ok(Place::Input(match branch.inputs.iter().position(|known| known == name) {
            Some(input) => input,
            None => {
                branch.inputs.push(name.to_owned());
                branch.inputs.len() - 1
            }
        }))
    }

    fn compile(&mut self, branch: &mut Branch, expression: &Expression) -> Result<Compiled, String> {
        let mut boxed = |expression: &Expression| self.compile(branch, expression).map(Box::new);
        Ok(match expression {
            Expression::Null => Compiled::Null,
            Expression::Integer(number) => Compiled::Integer(*number),
            Expression::Text(text) => Compiled::Text(text.clone()),
            Expression::Column(name) => Compiled::Place(self.column(branch, name)?),
            Expression::Case(arms, otherwise) => {
                let arms = arms.iter().map(|(when, then)| Ok((*boxed(when)?, *boxed(then)?)));
                let arms = arms.collect::<Result<Vec<_>, String>>()?;
                Compiled::Case(arms, boxed(otherwise)?)
            }
            Expression::Call(function, arguments) => {
                let arguments = arguments.iter().map(|argument| Ok(*boxed(argument)?));
                Compiled::Call(*function, arguments.collect::<Result<Vec<_>, String>>()?)
            }
            Expression::Binary(operator, left, right) => Compiled::Binary(*operator, boxed(left)?, boxed(right)?),
            Expression::Not(inner) => Compiled::Not(boxed(inner)?),
            Expression::IsNull(inner) => Compiled::IsNull(boxed(inner)?),
            Expression::Like(value, pattern) => Compiled::Like(boxed(value)?, Like::of(pattern)),
            Expression::In(value, list) => {
                let value = boxed(value)?;
                let list = list.iter().map(|member| Ok(*boxed(member)?));
                Compiled::In(value, list.collect::<Result<Vec<_>, String>>()?)
            }
            Expression::NoneOf(_) => return Err("what a capture has none of is no value".to_owned()),
        })
    }
}
