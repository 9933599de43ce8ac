//! Telling from a file's first bytes how its CSV is written, or why it is not CSV.

use csv::{ByteRecord, ReaderBuilder};

use crate::cell::DecimalMark;

/// Bytes of the file that are enough to tell.
pub const SAMPLE_BYTES: usize = 64 << 10;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file's CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between two fields.
    pub delimiter: u8,
    /// Bytes before the header: 3 for a UTF-8 byte order mark, or 0.
    pub skip: usize,
}

impl Dialect {
    /// How `cut` writes chunks.
    pub const CHUNK: Self = Self { delimiter: b',', skip: 0 };

    /// Where a comma divides no fields, it may be the decimal mark.
    pub fn decimal_mark(self) -> DecimalMark {
        if self.delimiter == b',' { DecimalMark::Point } else { DecimalMark::Comma }
    }

    /// Judges the beginning of a file. The error says what the file is instead, and what to do.
    pub fn sniff(sample: &[u8]) -> Result<Self, String> {
        refuse_other_formats(sample)?;
        let text = sample.strip_prefix(UTF8_MARK).unwrap_or(sample);
        let delimiter =
            DELIMITERS.into_iter().rev().max_by_key(|&delimiter| agreement(text, delimiter)).unwrap_or(b',');
        Ok(Self { delimiter, skip: sample.len() - text.len() })
    }
}

fn refuse_other_formats(sample: &[u8]) -> Result<(), String> {
    let other = match sample {
        [] => return Err("it is empty (0 bytes); a header line and at least one record are needed".into()),
        [0x1f, 0x8b, ..] => "it is compressed with gzip; upload it unpacked (gunzip FILE)",
        [b'P', b'K', 3, 4, ..] => "it is a ZIP archive or a spreadsheet; export the sheet as CSV",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)",
        [b'P', b'A', b'R', b'1', ..] => "it is a Parquet file; export it as CSV",
        _ if sample.contains(&0) => "it holds NUL bytes, so it is not text; a CSV file is needed",
        _ => return Ok(()),
    };
    Err(other.into())
}

/// How well a delimiter explains the text: records with as many fields as the header, and that many fields.
fn agreement(text: &[u8], delimiter: u8) -> (usize, usize) {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let mut record = ByteRecord::new();
    let mut widths = Vec::new();
    while widths.len() < 100 && matches!(reader.read_byte_record(&mut record), Ok(true)) {
        widths.push(record.len());
    }
    let fields = widths.first().copied().unwrap_or(0);
    let agreeing = widths.iter().filter(|&&width| width == fields).count();
    if fields > 1 { (agreeing, fields) } else { (0, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> char {
        Dialect::sniff(text.as_bytes()).unwrap().delimiter.into()
    }

    #[test]
    fn delimiters() {
        assert_eq!(delimiter("a,b\n1,2\n"), ',');
        assert_eq!(delimiter("a;b\n1,5;2,5\n"), ';');
        assert_eq!(delimiter("a\tb\n1, x\t2\n"), '\t');
        assert_eq!(delimiter("a|b|c\n1|2|3\n"), '|');
        assert_eq!(delimiter("name,note\nx,\"a;b;c;d\"\ny,\"e;f\"\n"), ',');
        assert_eq!(delimiter("only\n1\n2\n"), ',');
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(Dialect::sniff(b"\xef\xbb\xbfa;b\n1;2\n").unwrap(), Dialect { delimiter: b';', skip: 3 });
    }

    #[test]
    fn what_is_no_csv_is_named() {
        for (sample, word) in [
            (&b""[..], "empty"),
            (b"\x1f\x8b\x08\x00", "gzip"),
            (b"PK\x03\x04", "spreadsheet"),
            (b"\xff\xfea\x00", "UTF-16"),
            (b"a,b\n\x00\x01", "NUL"),
        ] {
            assert!(Dialect::sniff(sample).unwrap_err().contains(word), "{word}");
        }
    }
}
