//! Genomes, scenes, sweeps and models.

use std::fmt::Write;

use end_to_end::Result;
use serde_json::json;

use crate::example::Example;

/// A reference, and reads of twenty bases from each place of a genome that differs from it in two.
fn reads() -> (String, String) {
    let reference: String = (0..120).map(|n: usize| ['A', 'C', 'G', 'T'][(n * n / 3 + n) % 4]).collect();
    let mut genome: Vec<char> = reference.chars().collect();
    for at in [30, 75] {
        genome[at] = if genome[at] == 'A' { 'G' } else { 'A' };
    }
    let mut fastq = String::new();
    for begin in (0..=100).step_by(5) {
        let read: String = genome[begin..begin + 20].iter().collect();
        writeln!(fastq, "@chr1:{}\n{read}\n+\n{}", begin + 1, "I".repeat(20)).unwrap();
    }
    (format!(">chr1\n{reference}\n"), fastq)
}

#[tokio::test]
async fn variants_are_called_where_the_genome_differs() -> Result<()> {
    let example = Example::of("genomics").await?;
    let (reference, fastq) = reads();
    example.put("references/mini.fa", reference).await?;
    let ended = example.upload("genomics/patient.fastq", fastq).await?;
    ended.succeeded_without(&["alarm"]);
    let variants = ended.result("variants.vcf").await?;
    let places: Vec<&str> = variants.lines().skip(1).filter_map(|line| line.split('\t').nth(1)).collect();
    assert_eq!(places, ["31", "76"], "{variants}");
    example.stop().await
}

#[tokio::test]
async fn reads_of_poor_quality_are_not_aligned() -> Result<()> {
    let example = Example::of("genomics").await?;
    let (_, fastq) = reads();
    let ended = example.upload("genomics/poor.fastq", fastq.replace("IIII", "####")).await?;
    ended.succeeded_without(&["align", "call", "merge", "alarm"]);
    example.stop().await
}

/// Rows of a scene, of which so many of ten are clouds.
fn scene(clouds: usize) -> String {
    let pixel = |row: usize, column: usize| {
        format!("{row},{column},{},{},{}\n", 10 + row, 90 - column, usize::from(column < clouds))
    };
    (0..8).flat_map(|row| (0..10).map(move |column| pixel(row, column))).collect()
}

#[tokio::test]
async fn a_clear_scene_is_published_and_a_cloudy_one_set_aside() -> Result<()> {
    let example = Example::of("satellite").await?;
    example.upload("scenes/clear.csv", scene(2)).await?.succeeded_without(&["set-aside"]);
    let index = example.object("results/clear").await?;
    assert_eq!(index.lines().count(), 64);
    // Row 3, column 5: red 13, near infrared 85.
    assert!(index.lines().any(|line| line == "3,5,0.7347"), "{index}");
    example.stop().await?;
    let example = Example::of("satellite").await?;
    let ended = example.upload("scenes/cloudy.csv", scene(7)).await?;
    ended.succeeded_without(&["publish"]);
    assert!(ended.log("set-aside")?.contains("scenes/cloudy.csv: a share of 0.7 is clouds"));
    example.stop().await
}

#[tokio::test]
async fn a_sweep_has_a_job_for_each_point_of_its_grid() -> Result<()> {
    let example = Example::of("simulation-sweep").await?;
    let ended = example.run(json!({ "contacts": [0.05, 0.5, 0.9], "recovery": [0.1] })).await?;
    ended.succeeded_without(&[]);
    let table = ended.object("table.csv").await?;
    let rows: Vec<Vec<f64>> =
        table.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    assert_eq!(rows.iter().map(|row| (row[0], row[1])).collect::<Vec<_>>(), [(0.05, 0.1), (0.5, 0.1), (0.9, 0.1)]);
    // Below one infection for each recovery there is no epidemic; above, the more contacts the higher its peak.
    assert!(rows[0][3] < 0.01 && rows[1][3] > 0.9, "{table}");
    assert!(rows[0][2] < rows[1][2] && rows[1][2] < rows[2][2], "{table}");
    example.stop().await
}

#[tokio::test]
async fn a_model_is_registered_only_if_it_is_good_enough() -> Result<()> {
    let example = Example::of("training").await?;
    let ended = example.run(json!({ "epochs": 20, "examples": 200 })).await?;
    ended.succeeded_without(&["explain"]);
    assert_eq!(ended.log("train")?, "from epoch 0\n");
    let model = example.object("models/latest").await?;
    assert!(model.starts_with("20 "), "{model}");
    let ended = example.run(json!({ "epochs": 1, "examples": 200, "least_accuracy": 1.0 })).await?;
    ended.succeeded_without(&["register"]);
    let accuracy = ended.log("explain")?;
    assert!(accuracy.starts_with("right in 0."), "{accuracy}");
    assert_eq!(example.object("models/latest").await?, model, "what is not good enough replaces nothing");
    example.stop().await
}
