//! What a run costs: asserted, because a bill is a promise too.

use std::fmt::Write;

use end_to_end::{Metered, Result};

const STAGES: u32 = 100;

/// A chain of no-op jobs.
fn chain(stages: u32) -> Result<String> {
    let mut source = "pipeline: chain\ndefaults: { image: busybox }\nstages:\n  s1: { command: ['true'] }\n".to_owned();
    for stage in 2..=stages {
        writeln!(source, "  s{stage}: {{ needs: [s{}], command: ['true'] }}", stage - 1)?;
    }
    Ok(source)
}

#[tokio::test]
async fn a_stage_of_a_chain_costs_three_writes_two_reads_one_submission_and_one_invocation() -> Result<()> {
    let cost = Metered::open().await?.cost_of(&chain(STAGES)?).await?;
    let (counts, stages) = (&cost.counts, f64::from(STAGES));
    println!("{STAGES} stages: {cost:#?}");
    assert_eq!(counts.of("/v1/submitjob"), u64::from(STAGES));
    assert_eq!(cost.invocations, u64::from(STAGES));
    assert!(counts.write_units <= 3.0 * stages + 10.0, "{} write units", counts.write_units);
    // Admission reads the pipeline, whose text is longer than the 4 KB of one unit, and the last stage the run that it ends.
    assert!(counts.read_units <= 2.0 * stages + 4.0, "{} read units", counts.read_units);
    assert_eq!(counts.of("SendMessage") + counts.of("Query"), 0, "no wake-up, and no look at the whole run");
    Ok(())
}
