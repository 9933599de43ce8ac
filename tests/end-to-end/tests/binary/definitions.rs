//! Files that are no definitions are refused at once, in words.

use std::time::Duration;

use end_to_end::{Result, batchwright};
use serde_json::Value;
use tokio::time::Instant;

/// It takes milliseconds; a busy machine has some more.
const AT_ONCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn whatever_is_no_definition_is_one_fault_at_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        aliases += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    let cases: [(&str, Vec<u8>); 9] = [
        ("not-yaml", b"pipeline: {{{ not: [yaml".to_vec()),
        ("a-tab", b"pipeline: p\nstages:\n\ta: { image: x }\n".to_vec()),
        ("ten-megabytes", b"# padding\n".repeat(1024 * 1024)),
        ("ten-megabytes-of-one-line", vec![b'x'; 10 * 1024 * 1024]),
        ("nested-lists", vec![b'['; 100_000]),
        ("nested-maps", b"{a: ".repeat(20_000)),
        ("nested-blocks", (0..600).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>().into_bytes()),
        ("aliases", aliases.into_bytes()),
        ("empty", Vec::new()),
    ];
    for (name, content) in cases {
        let path = folder.path().join(format!("{name}.yaml"));
        std::fs::write(&path, content)?;
        let path = path.to_str().ok_or("the path is not text")?;
        let began = Instant::now();
        let output = batchwright(&["validate", "--json", path])?.output()?;
        assert!(began.elapsed() < AT_ONCE, "{name} took {:?}", began.elapsed());
        assert_eq!(output.status.code(), Some(1), "{name}");
        let documents: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("{name}: {error}"))?;
        let faults = documents[0]["faults"].as_array().ok_or("no faults")?;
        assert_eq!(faults.len(), 1, "{name}: {faults:?}");
        let message = faults[0]["message"].as_str().ok_or("no message")?;
        assert!(!message.is_empty() && message.len() < 300, "{name}: {message}");
        let output = batchwright(&["validate", path])?.output()?;
        assert!(output.stdout.len() + output.stderr.len() < 4000, "{name}: a fault of a large file is not large");
    }
    Ok(())
}

#[test]
fn bytes_that_are_no_text_are_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("binary.yaml");
    std::fs::write(&path, b"\x00\xff\xfe\x80pipeline")?;
    let output = batchwright(&["validate", path.to_str().ok_or("the path is not text")?])?.output()?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("UTF-8"));
    Ok(())
}
