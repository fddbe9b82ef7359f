//! One file being written, group by group. Between groups it is not held open: there can be hundreds at once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::file::properties::WriterPropertiesPtr;

use super::layout::PARTIAL;

/// Bytes that are kept until they are appended to the file.
const BUFFER_BYTES: usize = 1 << 20;

/// A Parquet file that is not whole yet.
pub(super) struct FileWriter {
    path: PathBuf,
    writer: ArrowWriter<Appending>,
}

impl FileWriter {
    /// A file that will be at `path`, with these columns.
    ///
    /// # Errors
    /// There is something already, or it cannot be written.
    pub(super) fn create(path: &Path, schema: &SchemaRef, properties: &WriterPropertiesPtr) -> Result<FileWriter> {
        let writing = || format!("cannot write {}", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(writing)?;
        }
        let out = Appending::create(path.with_added_extension(PARTIAL)).with_context(writing)?;
        // What Arrow calls the types is left out: readers take what Parquet calls them.
        let options =
            ArrowWriterOptions::new().with_properties(properties.as_ref().clone()).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(out, SchemaRef::clone(schema), options).with_context(writing)?;
        Ok(FileWriter { path: path.to_owned(), writer })
    }

    /// Appends rows as a group of their own.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn append(&mut self, rows: &RecordBatch) -> Result<()> {
        let writing = || format!("cannot write {}", self.path.display());
        self.writer.write(rows).and_then(|()| self.writer.flush()).with_context(writing)?;
        self.writer.sync().with_context(writing)
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn finish(self) -> Result<()> {
        let FileWriter { path, writer } = self;
        let writing = || format!("cannot write {}", path.display());
        let mut out = writer.into_inner().with_context(writing)?;
        out.flush().with_context(writing)?;
        fs::rename(&out.path, &path).with_context(writing)
    }
}

/// Appends to a file what is written, and opens it only for that.
struct Appending {
    path: PathBuf,
    buffer: Vec<u8>,
}

impl Appending {
    fn create(path: PathBuf) -> io::Result<Appending> {
        File::create_new(&path)?;
        Ok(Appending { path, buffer: Vec::new() })
    }

    fn append(&mut self, more: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).open(&self.path)?;
        file.write_all(&self.buffer)?;
        file.write_all(more)?;
        self.buffer = Vec::new();
        Ok(())
    }
}

impl Write for Appending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.append(bytes)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() { Ok(()) } else { self.append(&[]) }
    }
}
