//! Cutting a table into chunks of whole records, each a table of its own with the header repeated.

use std::io::{Read, Write};

use csv::WriterBuilder;

use super::dialect::Dialect;
use super::records::Records;
use crate::Error;

/// How many of `total` records chunk `number` of `chunks` takes; the counts differ by one at most.
pub fn quota(total: u64, chunks: u32, number: u32) -> u64 {
    let end = |number: u32| u128::from(total) * u128::from(number) / u128::from(chunks.max(1));
    u64::try_from(end(number + 1) - end(number)).unwrap_or(0)
}

/// Writes the header and the next `quota` records, as CSV in [`Dialect::CHUNK`].
pub fn write_chunk<R: Read, W: Write>(records: &mut Records<R>, quota: u64, to: W) -> Result<(), Error> {
    let mut writer = WriterBuilder::new().flexible(true).delimiter(Dialect::CHUNK.delimiter).from_writer(to);
    writer.write_byte_record(records.header()).map_err(disk)?;
    for _ in 0..quota {
        let Some(record) = records.next()? else { break };
        writer.write_byte_record(record).map_err(disk)?;
    }
    Ok(writer.flush()?)
}

fn disk(error: csv::Error) -> Error {
    Error::Disk(error.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
        let cell = "[a-z0-9,;\"\n\r \t|é]{0,6}";
        proptest::collection::vec(proptest::collection::vec(cell, 1..5), 1..30)
    }

    fn csv(rows: &[Vec<String>], delimiter: u8) -> Vec<u8> {
        let mut writer = WriterBuilder::new().flexible(true).delimiter(delimiter).from_writer(Vec::new());
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    }

    fn read(text: &[u8], dialect: Dialect) -> Vec<Vec<String>> {
        let mut records = Records::open(text, dialect).unwrap();
        let strings =
            |record: &csv::ByteRecord| record.iter().map(|f| String::from_utf8(f.to_vec()).unwrap()).collect();
        let mut rows = vec![strings(records.header())];
        while let Some(record) = records.next().unwrap() {
            rows.push(strings(record));
        }
        rows
    }

    proptest! {
        #[test]
        fn no_cut_breaks_or_loses_a_record(rows in table(), chunks in 1_u32..12, tabs in any::<bool>()) {
            let dialect = Dialect { delimiter: if tabs { b'\t' } else { b',' }, skip: 0 };
            let text = csv(&rows, dialect.delimiter);
            let mut records = Records::open(text.as_slice(), dialect).unwrap();
            let mut found = vec![rows[0].clone()];
            for number in 0..chunks {
                let mut chunk = Vec::new();
                write_chunk(&mut records, quota(rows.len() as u64 - 1, chunks, number), &mut chunk).unwrap();
                let mut part = read(&chunk, Dialect::CHUNK);
                prop_assert_eq!(&part[0], &rows[0]);
                found.extend(part.drain(1..));
            }
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn quotas_are_even_and_complete(total in 0_u64..1_000_000, chunks in 1_u32..200) {
            let quotas: Vec<u64> = (0..chunks).map(|number| quota(total, chunks, number)).collect();
            prop_assert_eq!(quotas.iter().sum::<u64>(), total);
            prop_assert!(quotas.iter().max().unwrap() - quotas.iter().min().unwrap() <= 1);
        }
    }
}
