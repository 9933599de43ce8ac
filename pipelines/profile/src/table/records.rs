//! Reading a table one record at a time, in memory bounded by the longest record allowed.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::dialect::Dialect;
use super::{MAX_COLUMNS, MAX_RECORD_BYTES};
use crate::{Error, cell};

const BUFFER_BYTES: usize = 64 << 10;

/// The records of a table after its header. Records may have fewer or more fields than the header.
#[derive(Debug)]
pub struct Records<R> {
    reader: Reader<Bounded<R>>,
    since_record: Rc<Cell<u64>>,
    header: ByteRecord,
    record: ByteRecord,
}

impl<R: Read> Records<R> {
    /// Reads the header. `source` must stand behind the bytes that the dialect skips.
    pub fn open(source: R, dialect: Dialect) -> Result<Self, Error> {
        let since_record = Rc::new(Cell::new(0));
        let bounded = Bounded { source, since_record: Rc::clone(&since_record) };
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(bounded);
        let mut records = Self { reader, since_record, header: ByteRecord::new(), record: ByteRecord::new() };
        let header = records.next()?.cloned().unwrap_or_default();
        if header.len() > MAX_COLUMNS {
            let found = header.len();
            return Err(Error::Input(format!(
                "the header has {found} fields, and at most {MAX_COLUMNS} columns are profiled"
            )));
        }
        Ok(Self { header, ..records })
    }

    /// The header exactly as it stands in the file.
    pub fn header(&self) -> &ByteRecord {
        &self.header
    }

    /// The columns' names: trimmed, and `column 3` for one without a name.
    pub fn names(&self) -> Vec<String> {
        let named = |(position, name): (usize, &[u8])| match cell::text(name).trim() {
            "" => format!("column {}", position + 1),
            name => name.to_owned(),
        };
        self.header.iter().enumerate().map(named).collect()
    }

    /// The next record, or nothing at the end.
    #[expect(clippy::should_implement_trait, reason = "it lends its record, which an Iterator cannot")]
    pub fn next(&mut self) -> Result<Option<&ByteRecord>, Error> {
        self.since_record.set(0);
        let line = self.reader.position().line();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(Some(&self.record)),
            Ok(false) => Ok(None),
            Err(error) => Err(unreadable(error, line)),
        }
    }
}

fn unreadable(error: csv::Error, line: u64) -> Error {
    let text = error.to_string();
    let ErrorKind::Io(error) = error.into_kind() else {
        return Error::Input(format!("line {line} is not CSV: {text}"));
    };
    if error.kind() != io::ErrorKind::FileTooLarge {
        return Error::Disk(error);
    }
    let most = MAX_RECORD_BYTES >> 20;
    Error::Input(format!(
        "the record that begins on line {line} is longer than {most} MiB; is there a quote (\") that is never closed?"
    ))
}

/// A source that fails once a single record has taken more than [`MAX_RECORD_BYTES`].
#[derive(Debug)]
struct Bounded<R> {
    source: R,
    since_record: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.get() > MAX_RECORD_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.source.read(buffer)?;
        self.since_record.set(self.since_record.get() + read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Result<Vec<Vec<String>>, Error> {
        let dialect = Dialect::sniff(text).unwrap();
        let mut records = Records::open(text.get(dialect.skip..).unwrap(), dialect)?;
        let mut rows = vec![records.names()];
        while let Some(record) = records.next()? {
            rows.push(record.iter().map(|field| cell::text(field).into_owned()).collect());
        }
        Ok(rows)
    }

    #[test]
    fn quotes_newlines_marks_and_ragged_rows() {
        let text = b"\xef\xbb\xbf a ;;c\r\n\"1;\"\"x\"\"\ny\";2;3\r\n\r\n4\r\n5;6;7;8";
        let expected = [vec!["a", "column 2", "c"], vec!["1;\"x\"\ny", "2", "3"], vec!["4"], vec!["5", "6", "7", "8"]];
        assert_eq!(rows(text).unwrap(), expected);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error_and_not_all_the_memory() {
        let mut text = b"a,b\n1,\"".to_vec();
        text.resize(text.len() + 6 * (1 << 20), b'x');
        let error = rows(&text).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("never closed"), "{error}");
    }

    #[test]
    fn too_many_columns_are_refused() {
        let error = rows("a,".repeat(2_000).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("2001 fields"), "{error}");
    }
}
