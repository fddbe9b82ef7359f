//! Rows of cells, kept in a temporary file until all of them have said of what type their columns are.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::sync::Arc;

use analyzer::query::{self, Answer};
use analyzer::tables::{Cell, Column, Table, Type};
use analyzer::text;
use anyhow::{Context as _, Result, bail};

use crate::arrays::{self, BatchBuilder};
use crate::session::Batches;

/// Rows of a batch.
const BATCH_ROWS: usize = 8192;

/// What comes before a cell in the file.
const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

/// Which types the values of a column have.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    integer: bool,
    real: bool,
    text: bool,
    blob: bool,
}

impl Seen {
    /// The type that holds all of them.
    fn ty(self) -> Type {
        match self {
            Seen { integer: true, real: false, text: false, blob: false } => Type::Integer,
            Seen { real: true, text: false, blob: false, .. } => Type::Real,
            Seen { integer: false, real: false, text: false, blob: true } => Type::Bytes,
            _ => Type::Text,
        }
    }
}

/// An answer, written down.
pub(super) struct Spool {
    file: BufWriter<File>,
    columns: Option<Vec<(String, Seen)>>,
    rows: u64,
}

impl Spool {
    /// Nothing yet.
    ///
    /// # Errors
    /// There can be no temporary file.
    pub(super) fn new() -> Result<Spool> {
        let file = tempfile::tempfile().context("cannot make a temporary file (TMPDIR says where)")?;
        Ok(Spool { file: BufWriter::new(file), columns: None, rows: 0 })
    }

    /// Gives the rows on, with types.
    ///
    /// # Errors
    /// The file cannot be read again, or `to` failed.
    pub(super) fn give(self, to: &mut dyn Batches) -> Result<()> {
        let Spool { file, columns, rows } = self;
        let Some(columns) = columns else { return Ok(()) };
        let mut file = file.into_inner().context("cannot write a temporary file")?;
        file.rewind()?;
        let mut file = BufReader::new(file);
        let types: Vec<Type> = columns.iter().map(|(_, seen)| seen.ty()).collect();
        let column =
            |((name, _), ty): (&(String, Seen), &Type)| Column { name: name.clone(), ty: *ty, doc: String::new() };
        let columns = columns.iter().zip(&types).map(column).collect();
        let schema = arrays::schema(&Table { name: String::new(), doc: String::new(), columns });
        to.begin(&schema)?;
        let mut batch = BatchBuilder::new(Arc::clone(&schema))?;
        let mut cells = Vec::with_capacity(types.len());
        for _ in 0..rows {
            cells.clear();
            for ty in &types {
                cells.push(read(&mut file, *ty)?);
            }
            batch.append(&cells)?;
            if batch.is_full(BATCH_ROWS) {
                to.batch(&batch.finish()?)?;
            }
        }
        if !batch.is_empty() {
            to.batch(&batch.finish()?)?;
        }
        Ok(())
    }
}

impl Answer for Spool {
    fn columns(&mut self, names: &[&str]) -> Result<()> {
        if self.columns.is_some() {
            bail!("a file holds one answer: ask one question for each");
        }
        self.columns = Some(names.iter().map(|name| ((*name).to_owned(), Seen::default())).collect());
        Ok(())
    }

    fn row(&mut self, cells: &[query::Cell]) -> Result<()> {
        let (file, columns) = (&mut self.file, self.columns.as_mut().context("a row without columns")?);
        for (cell, (_, seen)) in cells.iter().zip(columns) {
            match cell {
                query::Cell::Null => file.write_all(&[NULL])?,
                query::Cell::Integer(number) => {
                    seen.integer = true;
                    file.write_all(&[INTEGER])?;
                    file.write_all(&number.to_le_bytes())?;
                }
                query::Cell::Real(number) => {
                    seen.real = true;
                    file.write_all(&[REAL])?;
                    file.write_all(&number.to_le_bytes())?;
                }
                query::Cell::Text(text) => {
                    seen.text = true;
                    bytes(file, TEXT, text.as_bytes())?;
                }
                query::Cell::Blob(blob) => {
                    seen.blob = true;
                    bytes(file, BLOB, blob)?;
                }
            }
        }
        self.rows += 1;
        Ok(())
    }
}

fn bytes(file: &mut BufWriter<File>, kind: u8, bytes: &[u8]) -> Result<()> {
    file.write_all(&[kind])?;
    file.write_all(&(bytes.len() as u64).to_le_bytes())?;
    Ok(file.write_all(bytes)?)
}

/// Reads a cell as one of a column's type; among values of other types, a number is its text and bytes are their digits.
fn read(file: &mut impl Read, ty: Type) -> Result<Cell<'static>> {
    let [kind] = array(file)?;
    Ok(match (kind, ty) {
        (NULL, _) => Cell::Null,
        (INTEGER, Type::Text) => Cell::Text(i64::from_le_bytes(array(file)?).to_string().into()),
        (INTEGER, _) => Cell::Integer(i64::from_le_bytes(array(file)?)),
        (REAL, Type::Text) => Cell::Text(format!("{:?}", f64::from_le_bytes(array(file)?)).into()),
        (REAL, _) => Cell::Real(f64::from_le_bytes(array(file)?)),
        (kind, ty) => {
            let length = usize::try_from(u64::from_le_bytes(array(file)?))?;
            let mut bytes = vec![0; length];
            file.read_exact(&mut bytes)?;
            match (kind, ty) {
                (TEXT, _) => Cell::Text(String::from_utf8(bytes)?.into()),
                (_, Type::Text) => Cell::Text(text::hex(&bytes).into()),
                _ => Cell::Bytes(bytes.into()),
            }
        }
    })
}

fn array<const N: usize>(file: &mut impl Read) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
