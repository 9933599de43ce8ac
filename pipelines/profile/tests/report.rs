//! Whole tables through every step but S3: the report of any cut is the same, holds what it must, and nothing hostile.
//!
//! The pages are left in cargo's temporary folder (`target/tmp/*.html`), to be looked at.

#![cfg(test)]

use std::path::Path;

use profile::cell::DecimalMark;
use profile::correlation::Tally;
use profile::plan::{MapPlan, Plan, survey::survey};
use profile::report::{Profile, page};
use profile::stats::Stats;
use profile::table::cut::{quota, write_chunk};
use profile::table::dialect::Dialect;
use profile::table::records::Records;
use proptest::prelude::*;

fn open(text: &[u8]) -> Records<&[u8]> {
    let dialect = Dialect::sniff(text).unwrap();
    Records::open(&text[dialect.skip..], dialect).unwrap()
}

fn report(title: &str, text: &[u8], chunks: u32) -> String {
    let decimal = Dialect::sniff(text).unwrap().decimal_mark();
    let (records, columns) = survey(&mut open(text), decimal).unwrap();
    let map = MapPlan::of(&columns);
    let plan = Plan {
        source: format!("s3://inbox/profile/{title}"),
        bytes: text.len() as u64,
        records,
        chunks,
        decimal,
        columns,
        map,
    };
    let (mut table, mut stats, mut tally) = (open(text), Stats::none(&plan), Tally::of(&plan));
    for number in 0..chunks {
        let mut chunk = Vec::new();
        write_chunk(&mut table, quota(records, chunks, number), &mut chunk).unwrap();
        let records = || Records::open(chunk.as_slice(), Dialect::CHUNK).unwrap();
        let counted = Stats::of(&mut records(), &plan).unwrap();
        // Through JSON, as between the stages.
        let counted: Stats = serde_json::from_slice(&serde_json::to_vec(&counted).unwrap()).unwrap();
        assert!(stats.merge(&counted));
        tally.add(&mut records()).unwrap();
    }
    let html = page(title, &Profile { plan: &plan, stats: &stats, correlations: &tally.correlations() });
    if chunks == 8 {
        let name = title.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.html")), &html).unwrap();
    }
    html
}

/// The page without its number of chunks, the one thing that may differ.
fn but_for_chunks(html: &str) -> String {
    html.replace("8 chunks", "1 chunk").replace("3 chunks", "1 chunk")
}

#[test]
fn the_shipped_data_set_has_everything() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/hurricanes.csv");
    let text = std::fs::read(path).unwrap();
    let html = report("hurricanes.csv", &text, 8);
    for part in [
        "11,859",
        "1975-06-27 to 2020-11-18",
        "<h2>Where</h2>",
        "<h2>When</h2>",
        "<h2>Together</h2>",
        "wind_knots",
        "hurricane",
    ] {
        assert!(html.contains(part), "{part}");
    }
    // Circles may differ in the last decimal, for sums of floats depend on their order.
    let whole = report("hurricanes.csv", &text, 1);
    let after = |html: &str| but_for_chunks(html.split_once("<h2>When</h2>").unwrap().1);
    assert_eq!(after(&html), after(&whole));
}

#[test]
fn a_small_table_without_times_or_places_has_a_report_too() {
    let html = report("small", b"fruit;grams\nfig;12,5\nplum;30\nfig;14,5\n", 8);
    assert!(html.contains("fruit") && html.contains("plum") && html.contains("mean <b>19</b>"));
    assert!(!html.contains("<h2>Where</h2>") && !html.contains("<h2>When</h2>") && !html.contains("<h2>Together</h2>"));
}

#[test]
fn hostile_cells_names_and_titles_stay_text() {
    let text = "<img src=x onerror=alert(1)>,\"a\"\"b'c</style><script>alert(2)</script>\",lat,lon,when\n\
        <script>alert(3)</script>,\"x\"\" onload=\"\"alert(4)\",91e300,nan,2020-01-01\n\
        \u{202e}gpj.exe,\"</svg></figure>&amp;\",1e308,-1e308,9999-12-31\n\
        =cmd|' /C calc'!A0,'; DROP TABLE runs; --,0,0,0001-01-01\n\
        ragged\n\
        too,long,1,2,2020-01-01,extra,fields\n";
    let html = report("</title><script>alert(5)</script>", text.as_bytes(), 8);
    let body = html.split_once("</style>").unwrap().1;
    assert!(!body.contains("<script") && !body.contains("<img") && !body.contains('\u{202e}'));
    assert_eq!(html.matches("</style>").count(), 1);
    assert_eq!(html.matches("</title>").count() - html.matches("<title>").count(), 0);
    assert!(html.contains("&lt;script&gt;alert(3)&lt;/script&gt;"));
}

proptest! {
    #[test]
    fn any_table_and_any_cut_gives_the_same_report(rows in proptest::collection::vec("[a-c0-3.,\"\n-]{0,12}", 1..20), head in "[a-c]{1,3}(,[a-c]{1,3}){0,3}") {
        let text = format!("{head}\n{}\n", rows.join("\n"));
        let records = survey(&mut open(text.as_bytes()), DecimalMark::Point).unwrap().0;
        prop_assume!(records > 0);
        prop_assert_eq!(but_for_chunks(&report("any", text.as_bytes(), 3)), but_for_chunks(&report("any", text.as_bytes(), 1)));
    }
}
