//! Answers as files for other programs: Parquet, and Arrow's IPC format as a file or a stream.
//!
//! Types are those of a dataset: signed integers, microseconds, text; what is none of them (lists, intervals) is text.

mod spool;

use std::collections::HashSet;
use std::fs::Permissions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use analyzer::query::{Engine, Question};
use anyhow::{Context as _, Result, bail};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::ipc::writer::{FileWriter, StreamWriter};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use crate::arrays::UTC;
use crate::session::{Batches, Session};

use spool::Spool;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Parquet, compressed by zstd.
    Parquet,
    /// Arrow IPC as a file (`.arrow`).
    Arrow,
    /// Arrow IPC as a stream (`.arrows`).
    ArrowStream,
}

/// Where bytes go.
pub type Out = Box<dyn Write + Send>;

/// Writes the answer to a question of one statement, and gives its number of rows. What is in `out` after an error is no
/// whole file.
///
/// # Errors
/// Those of [`Engine::ask`]; the question has several answers, columns of the same name, or it cannot be written.
pub fn write(session: &Session, question: &Question<'_>, format: FileFormat, out: Out) -> Result<u64> {
    let mut file = ResultFile { format, out: Some(out), writer: None, rows: 0 };
    session.ask_batches(question, &mut file)?;
    file.finish()
}

/// The same of an engine that gives cells: a column's type is what all of its values are, or text.
///
/// # Errors
/// Those of [`write`]; there is no room for temporary files.
pub fn write_cells(engine: &dyn Engine, question: &Question<'_>, format: FileFormat, out: Out) -> Result<u64> {
    let mut spool = Spool::new()?;
    engine.ask(question, &mut spool)?;
    let mut file = ResultFile { format, out: Some(out), writer: None, rows: 0 };
    spool.give(&mut file)?;
    file.finish()
}

/// Has `write` write a file that appears at `path` when it is whole, and only if nothing is there.
///
/// # Errors
/// Something is there, it cannot be written, or `write` failed.
pub fn into_file(path: &Path, write: impl FnOnce(Out) -> Result<u64>) -> Result<u64> {
    let making = || format!("cannot make {}", path.display());
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    // As any other new file, and not for its owner alone.
    let permissions = Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().prefix(".tracee-").permissions(permissions).tempfile_in(folder);
    let file = file.with_context(making)?;
    let rows = write(Box::new(BufWriter::new(file.reopen()?)))?;
    file.as_file().sync_all().with_context(making)?;
    file.persist_noclobber(path).map_err(|error| error.error).with_context(making)?;
    Ok(rows)
}

enum Writer {
    Parquet(ArrowWriter<Out>),
    Arrow(FileWriter<Out>),
    ArrowStream(StreamWriter<Out>),
}

/// A file of one answer.
struct ResultFile {
    format: FileFormat,
    out: Option<Out>,
    writer: Option<(SchemaRef, Writer)>,
    rows: u64,
}

impl Batches for ResultFile {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        let Some(out) = self.out.take() else { bail!("a file holds one answer: ask one question for each") };
        let mut names = HashSet::new();
        if let Some(field) = schema.fields().iter().find(|field| !names.insert(field.name())) {
            bail!("two columns are called {}: AS gives one of them another name", field.name());
        }
        let field = |field: &std::sync::Arc<Field>| Field::new(field.name(), stored(field.data_type()), true);
        let schema: SchemaRef = Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()).into();
        let writer = match self.format {
            FileFormat::Parquet => {
                let zstd = Compression::ZSTD(ZstdLevel::default());
                let properties = WriterProperties::builder().set_compression(zstd).build();
                let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
                ArrowWriter::try_new_with_options(out, SchemaRef::clone(&schema), options).map(Writer::Parquet)?
            }
            FileFormat::Arrow => FileWriter::try_new(out, &schema).map(Writer::Arrow)?,
            FileFormat::ArrowStream => StreamWriter::try_new(out, &schema).map(Writer::ArrowStream)?,
        };
        self.writer = Some((schema, writer));
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let Some((schema, writer)) = &mut self.writer else { return Ok(()) };
        let exact = CastOptions { safe: false, ..CastOptions::default() };
        let columns = batch.columns().iter().zip(schema.fields());
        let cast = columns.map(|(array, field)| {
            let cast = cast_with_options(array, field.data_type(), &exact);
            cast.with_context(|| format!("the column {} cannot be written", field.name()))
        });
        let batch = RecordBatch::try_new(SchemaRef::clone(schema), cast.collect::<Result<_>>()?)?;
        self.rows += batch.num_rows() as u64;
        match writer {
            Writer::Parquet(writer) => writer.write(&batch)?,
            Writer::Arrow(writer) => writer.write(&batch)?,
            Writer::ArrowStream(writer) => writer.write(&batch)?,
        }
        Ok(())
    }
}

impl ResultFile {
    fn finish(self) -> Result<u64> {
        let Some((_, writer)) = self.writer else { bail!("the question has no answer that a file could hold") };
        match writer {
            Writer::Parquet(writer) => writer.into_inner()?.flush()?,
            Writer::Arrow(mut writer) => {
                writer.finish()?;
                writer.get_mut().flush()?;
            }
            Writer::ArrowStream(mut writer) => {
                writer.finish()?;
                writer.get_mut().flush()?;
            }
        }
        Ok(self.rows)
    }
}

/// The type that a file has for one of a result: one that every reader knows.
fn stored(ty: &DataType) -> DataType {
    match ty {
        DataType::Boolean => DataType::Boolean,
        ty if ty.is_integer() => DataType::Int64,
        ty if ty.is_floating() => DataType::Float64,
        DataType::Decimal128(precision, scale) => DataType::Decimal128(*precision, *scale),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            DataType::Binary
        }
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| UTC.into())),
        DataType::Date32 => DataType::Date32,
        DataType::Dictionary(_, values) => stored(values),
        _ => DataType::Utf8,
    }
}
