//! The head of the page: what was profiled, and how it looks at first sight.

use super::Profile;
use super::html::escape;
use super::numbers::{bytes, count, percent, several};
use crate::plan::Kind;

/// Title, source, and the table in a few numbers.
pub(super) fn section(title: &str, profile: &Profile<'_>) -> String {
    let (plan, stats) = (profile.plan, profile.stats);
    let cells = stats.records * stats.columns.len() as u64;
    let missing = stats.columns.iter().map(|column| column.missing).sum();
    let tiles = [
        tile(&count(stats.records), "records"),
        tile(&count(plan.columns.len() as u64), "columns"),
        tile(&percent(missing, cells), "of cells without a value"),
        tile(&count(stats.ragged), "ragged records"),
        tile(&bytes(plan.bytes), "of CSV"),
        tile(&several(u64::from(plan.chunks), "chunk"), "profiled in parallel"),
    ];
    format!(
        "<header><p class=\"kicker\">Data profile</p><h1>{}</h1><p class=\"source\">{}</p><p class=\"lede\">{}</p>\
         <div class=\"tiles\">{}</div></header>\n",
        escape(title),
        escape(&plan.source),
        kinds(profile),
        tiles.concat()
    )
}

fn tile(value: &str, label: &str) -> String {
    format!("<div class=\"tile\"><b>{value}</b><span>{label}</span></div>")
}

/// A sentence on what kinds of columns there are.
fn kinds(profile: &Profile<'_>) -> String {
    let columns = &profile.plan.columns;
    let number_of = |is: fn(&Kind) -> bool| columns.iter().filter(|column| is(&column.kind)).count() as u64;
    let parts = [
        (number_of(|kind| matches!(kind, Kind::Number { .. })), "of numbers"),
        (number_of(|kind| matches!(kind, Kind::Time { .. })), "of times"),
        (number_of(|kind| matches!(kind, Kind::Text)), "of text"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    parts.map(|(number, of)| format!("{} {of}", several(*number, "column"))).collect::<Vec<_>>().join(" · ")
}
