//! Owns the file of rejected rows: what it looks like so that rows can be mended in it and imported again. Never decides what is
//! rejected.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::encoding::Encoding;
use super::problem::Problem;

/// What is added to the columns of a table.
const COLUMNS: [&str; 5] =
    ["rejected_line", "rejected_column", "rejected_field", "rejected_reason", "rejected_because"];

/// The form of the rejected rows' file.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// The header of the table and its rejected rows, verbatim, with columns added that say what is wrong.
    Table {
        /// The header line of the table.
        header: Vec<u8>,
        /// Between cells.
        delimiter: u8,
        /// How the table writes characters.
        encoding: Encoding,
    },
    /// A document a line, as it is with what is wrong with it added.
    Lines,
    /// One response per item, with the item verbatim and what is wrong with it.
    Json,
}

/// Writes rejected rows; the file is made with the first of them.
pub(super) struct Rejects {
    path: PathBuf,
    form: Form,
    file: Option<BufWriter<File>>,
}

impl Rejects {
    pub(super) fn new(path: PathBuf, form: Form) -> Self {
        Self { path, form, file: None }
    }

    /// Writes one row with everything that is wrong with it.
    pub(super) fn write(&mut self, line: u64, raw: &[u8], problems: &[Problem]) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(begin(&self.path, &self.form)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        match &self.form {
            Form::Table { delimiter, encoding, .. } => {
                let first = problems.first();
                let because: Vec<String> = problems.iter().map(Problem::sentence).collect();
                let cells = [
                    line.to_string(),
                    first.and_then(|problem| problem.column).map(|column| column.to_string()).unwrap_or_default(),
                    first.map(|problem| problem.field.clone()).unwrap_or_default(),
                    first.map(|problem| problem.reason.to_string()).unwrap_or_default(),
                    because.join("; "),
                ];
                file.write_all(&encoding.encode(raw))?;
                for cell in cells {
                    file.write_all(&[*delimiter])?;
                    let quoted = format!("\"{}\"", cell.replace('"', "\"\""));
                    file.write_all(&encoding.encode(quoted.as_bytes()))?;
                }
                file.write_all(b"\n")
            }
            Form::Lines => {
                let shown = serde_json::json!({ "line": line, "problems": problems });
                let mut document = match serde_json::from_slice(raw) {
                    Ok(serde_json::Value::Object(document)) => document,
                    _ => serde_json::Map::from_iter([("text".to_owned(), String::from_utf8_lossy(raw).into())]),
                };
                document.insert("rejected".to_owned(), shown);
                serde_json::to_writer(&mut *file, &document)?;
                file.write_all(b"\n")
            }
            Form::Json => {
                let shown = serde_json::json!({ "line": line, "problems": problems });
                let item = serde_json::from_slice::<&serde_json::value::RawValue>(raw).ok().map(|item| item.get());
                match item {
                    Some(item) => writeln!(file, "{{\"rejected\":{shown},\"items\":[\n{item}\n]}}"),
                    None => {
                        let text = serde_json::Value::from(String::from_utf8_lossy(raw));
                        writeln!(file, "{{\"rejected\":{shown},\"text\":{text},\"items\":[]}}")
                    }
                }
            }
        }
    }

    /// Completes the file; answers with its path when there is one.
    pub(super) fn finish(&mut self) -> io::Result<Option<&Path>> {
        match &mut self.file {
            None => Ok(None),
            Some(file) => {
                file.flush()?;
                Ok(Some(&self.path))
            }
        }
    }
}

fn begin(path: &Path, form: &Form) -> io::Result<BufWriter<File>> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut file = BufWriter::new(File::create(path)?);
    if let Form::Table { header, delimiter, encoding } = form {
        let mut line = header.clone();
        for column in COLUMNS {
            line.push(*delimiter);
            line.extend_from_slice(column.as_bytes());
        }
        file.write_all(&encoding.encode(&line))?;
        file.write_all(b"\n")?;
    }
    Ok(file)
}
