//! Answers as files: what is read of them again is what was answered, of both engines.

use std::fs::{self, File};
use std::path::Path;

use analyzer::query::{Database, Question};
use columnar::results::{FileFormat, into_file, write, write_cells};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::asking::{columnar, fixtures};

const FORMATS: [FileFormat; 3] = [FileFormat::Parquet, FileFormat::Arrow, FileFormat::ArrowStream];

fn question(sql: &str) -> Question<'_> {
    Question { sql, ..Question::default() }
}

/// The rows of a file.
fn read(path: &Path, format: FileFormat) -> RecordBatch {
    let file = File::open(path).unwrap();
    let batches: Vec<RecordBatch> = match format {
        FileFormat::Parquet => {
            ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect()
        }
        FileFormat::Arrow => FileReader::try_new(file, None).unwrap().map(Result::unwrap).collect(),
        FileFormat::ArrowStream => StreamReader::try_new(file, None).unwrap().map(Result::unwrap).collect(),
    };
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn shown(batch: &RecordBatch) -> String {
    pretty_format_batches(std::slice::from_ref(batch)).unwrap().to_string()
}

#[test]
fn both_engines_write_the_same_answer_in_every_format() {
    let capture = fixtures().into_iter().find(|capture| capture.path().ends_with("shell.tracee")).unwrap();
    let session = columnar(&capture);
    let database = Database::open_capture(&capture, 1, &|_, _| ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sql =
        "SELECT event, comm, ret, ts_ns, 0.5 AS half, NULL AS absent FROM events ORDER BY boot_ns, event_key, event";
    let mut all = Vec::new();
    for (number, format) in FORMATS.into_iter().enumerate() {
        let [one, other] = ["columnar", "sqlite"].map(|engine| folder.path().join(format!("{engine}-{number}")));
        let rows = into_file(&one, |out| write(&session, &question(sql), format, out)).unwrap();
        assert_eq!(rows, into_file(&other, |out| write_cells(&database, &question(sql), format, out)).unwrap());
        let [one, other] = [one, other].map(|path| read(&path, format));
        assert_eq!(one.num_rows() as u64, rows);
        assert_eq!(one.schema(), other.schema(), "{format:?}");
        all.push(shown(&one));
        all.push(shown(&other));
    }
    assert!(all.iter().all(|text| *text == all[0] && text.contains("| openat ")), "the files differ");
}

#[test]
fn types_are_those_that_every_reader_knows() {
    let session = columnar(&fixtures()[0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("types.parquet");
    let sql = "SELECT ts, late, row_number() OVER (ORDER BY ts_ns) AS n, to_timestamp(1) AS t, INTERVAL '1 day' AS day
        FROM events LIMIT 3";
    into_file(&path, |out| write(&session, &question(sql), FileFormat::Parquet, out)).unwrap();
    let batch = read(&path, FileFormat::Parquet);
    let types: Vec<String> = batch.schema().fields().iter().map(|field| field.data_type().to_string()).collect();
    assert!(types[0].contains("UTC") && !types.iter().any(|ty| ty.contains("UInt") || ty.contains("ns")), "{types:?}");
    assert_eq!(batch.schema().field(1).data_type(), &DataType::Boolean);
    assert_eq!(batch.schema().field(2).data_type(), &DataType::Int64);
}

#[test]
fn values_of_several_types_are_text() {
    let database = Database::open_capture(&fixtures()[0], 1, &|_, _| ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mixed.arrow");
    let sql = "SELECT column1 AS mixed, column2 AS number, column3 AS bytes
        FROM (VALUES (1, 1, x'00ff'), ('two', 2.5, NULL), (x'0a', 3, x''), (1.5, NULL, NULL))";
    into_file(&path, |out| write_cells(&database, &question(sql), FileFormat::Arrow, out)).unwrap();
    let batch = read(&path, FileFormat::Arrow);
    let types: Vec<&DataType> = batch.columns().iter().map(|array| array.data_type()).collect();
    assert_eq!(types, [&DataType::Utf8, &DataType::Float64, &DataType::Binary]);
    let text = shown(&batch);
    assert!(
        ["| 1 ", "| two ", "| 0a ", "| 1.5 ", "| 2.5 ", "| 00ff "].iter().all(|cell| text.contains(cell)),
        "{text}"
    );
}

#[test]
fn what_failed_or_is_no_single_answer_leaves_no_file() {
    let session = columnar(&fixtures()[0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.parquet");
    for (sql, words) in
        [("SELECT nosuch FROM events", "unknown column"), ("SELECT 1 AS a; SELECT 2 AS b", "one answer")]
    {
        let refused = into_file(&path, |out| write(&session, &question(sql), FileFormat::Parquet, out)).unwrap_err();
        assert!(format!("{refused:#}").contains(words), "{sql}: {refused:#}");
    }
    let database = Database::open_capture(&fixtures()[0], 1, &|_, _| ()).unwrap();
    let sql = "SELECT pid AS a, comm AS a FROM processes";
    let refused = into_file(&path, |out| write_cells(&database, &question(sql), FileFormat::Parquet, out)).unwrap_err();
    assert!(refused.to_string().contains("two columns are called a"), "{refused:#}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fs::write(&path, "mine").unwrap();
    let sql = "SELECT 1 AS one";
    into_file(&path, |out| write(&session, &question(sql), FileFormat::Parquet, out)).unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}
