//! What `make demo` does, with the binaries that are there.

use end_to_end::{Result, batchwright, binary, processes_in, repository};

use crate::output::ended;

#[test]
fn the_demo_ends_well_and_leaves_its_report() -> Result<()> {
    // The stages run it from beside `batchwright`.
    binary("profile")?;
    let folder = tempfile::tempdir()?;
    let data_dir = folder.path().to_str().ok_or("the path is not text")?;
    let output = batchwright(&["demo", "--data-dir", data_dir])?.current_dir(repository("")).output()?;
    ended(&output, 0);
    let report = std::fs::read_to_string(folder.path().join("report.html"))?;
    assert!(report.contains("<svg") && report.contains("hurricanes.csv"), "the report has no picture");
    assert_eq!(processes_in(folder.path()), Vec::<i32>::new());
    Ok(())
}

#[test]
fn a_file_that_cannot_be_profiled_fails_the_demo_with_its_cause() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("empty.csv");
    std::fs::write(&file, "")?;
    let data_dir = folder.path().join("data");
    let arguments =
        ["demo", "--data-dir", data_dir.to_str().ok_or("not text")?, "--file", file.to_str().ok_or("not text")?];
    let output = batchwright(&arguments)?.current_dir(repository("")).output()?;
    ended(&output, 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("split"), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!data_dir.join("report.html").exists());
    Ok(())
}
