//! The SQLite files are sound.

use std::{
    fs,
    path::{Path, PathBuf},
};

use end_to_end::Result;
use rusqlite::{Connection, OpenFlags};

/// The names of the files that there must be.
const FILES: [&str; 2] = ["batchwright.db", "dynamodb.db"];

/// Checks all databases of the data folder. No server uses it.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn databases(data_dir: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(data_dir)?.collect::<Result<Vec<_>, _>>()?;
    let paths = entries.into_iter().map(|entry| entry.path());
    let found: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "db")).collect();
    let missing = FILES.iter().filter(|file| !found.contains(&data_dir.join(file)));
    let mut wrong: Vec<String> = missing.map(|file| format!("{file} is missing")).collect();
    for path in found {
        match unsound(&path) {
            Ok(faults) => wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", path.display()))),
            Err(error) => wrong.push(format!("{}: {error}", path.display())),
        }
    }
    Ok(wrong)
}

/// What SQLite finds wrong with a file.
fn unsound(path: &Path) -> rusqlite::Result<Vec<String>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(if lines == ["ok"] { Vec::new() } else { lines })
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::{Seek, SeekFrom, Write},
    };

    use super::*;

    fn database(path: &Path) {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("CREATE TABLE t (a INTEGER, b TEXT); CREATE INDEX i ON t (b)").unwrap();
        let numbers = "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 2000)";
        connection.execute_batch(&format!("INSERT INTO t {numbers} SELECT a, hex(randomblob(20)) FROM n")).unwrap();
    }

    #[test]
    fn a_broken_or_missing_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("batchwright.db");
        database(&first);
        assert_eq!(databases(folder.path()).unwrap(), ["dynamodb.db is missing"]);
        database(&folder.path().join("dynamodb.db"));
        assert_eq!(databases(folder.path()).unwrap(), Vec::<String>::new());
        let mut file = File::options().write(true).open(&first).unwrap();
        file.seek(SeekFrom::Start(3 * 4096)).unwrap();
        file.write_all(&[7; 4096]).unwrap();
        drop(file);
        let wrong = databases(folder.path()).unwrap();
        assert!(wrong.iter().any(|fault| fault.contains("batchwright.db")), "{wrong:?}");
    }
}
