//! When: the records over time, and by month of the year where there are years to compare.

use std::collections::BTreeMap;

use super::Profile;
use super::chart::{Bar, bars};
use super::html::escape;
use super::numbers::{count, several};
use crate::moment::{Period, date};
use crate::plan::{Column, Kind};
use crate::stats::column::{ColumnStats, Values};

/// Bars that still show in a picture of full width.
const MOST_BARS: i64 = 180;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The first column of times, or nothing if there is none.
pub(super) fn section(profile: &Profile<'_>) -> String {
    let columns = profile.plan.columns.iter().zip(&profile.stats.columns);
    columns.filter_map(|(column, stats)| draw(column, stats)).next().unwrap_or_default()
}

fn draw(column: &Column, stats: &ColumnStats) -> Option<String> {
    let (Kind::Time { period, .. }, Values::Time { periods, bounds: Some((first, last)), .. }) =
        (&column.kind, &stats.values)
    else {
        return None;
    };
    let (shown, counts) = coarser(*period, periods);
    let (drawn, each) = gathered(shown, &counts, MOST_BARS);
    let (label, from, to) = (escape(&column.name), date(*first), date(*last));
    let tallest = drawn.iter().map(|bar| bar.count).max().unwrap_or(0);
    let calendar = if shown == *period { String::new() } else { calendar(periods) };
    Some(format!(
        "<section><h2>When</h2><p class=\"note\"><b>{label}</b>, {from} to {to} · a bar is {each}, the tallest {}</p>\
         <figure class=\"panel\">{}<div class=\"ends\"><span>{}</span><span>{}</span></div>{calendar}</figure></section>\n",
        several(tallest, "record"),
        bars(&drawn, 1120.0, 170.0, "Records over time"),
        drawn.first().map_or("", |bar| &bar.label),
        drawn.last().map_or("", |bar| &bar.label),
    ))
}

/// Months of more than three years are shown as years; the calendar then shows the months.
fn coarser(period: Period, counts: &BTreeMap<i64, u64>) -> (Period, BTreeMap<i64, u64>) {
    let many = matches!((counts.first_key_value(), counts.last_key_value()), (Some((first, _)), Some((last, _))) if last - first > 36);
    if period != Period::Month || !many {
        return (period, counts.clone());
    }
    let mut years = BTreeMap::new();
    counts.iter().for_each(|(month, count)| *years.entry(month.div_euclid(12)).or_default() += count);
    (Period::Year, years)
}

/// At most `most` bars without gaps, and in words what one bar is.
pub(super) fn gathered(period: Period, counts: &BTreeMap<i64, u64>, most: i64) -> (Vec<Bar>, String) {
    let (Some((&first, _)), Some((&last, _))) = (counts.first_key_value(), counts.last_key_value()) else {
        return (Vec::new(), String::new());
    };
    let width = (last - first) / most + 1;
    let starts = (0..=(last - first) / width).map(|index| first + index * width);
    let bars = starts.map(|start| Bar {
        label: period.label(start),
        count: counts.range(start..start + width).map(|(_, count)| count).sum(),
    });
    let each = if width == 1 { format!("one {}", period.name()) } else { format!("{width} {}s", period.name()) };
    (bars.collect(), each)
}

/// Years from left to right, months from top to bottom.
fn calendar(months: &BTreeMap<i64, u64>) -> String {
    let (Some((&first, _)), Some((&last, _))) = (months.first_key_value(), months.last_key_value()) else {
        return String::new();
    };
    let (first, last) = (first.div_euclid(12), last.div_euclid(12));
    let most = months.values().copied().max().unwrap_or(1).max(1) as f64;
    const LEFT: f64 = 34.0;
    let step = (1120.0 - LEFT) / (last - first + 1) as f64;
    let cells = months.iter().map(|(&month, &records)| {
        let x = LEFT + (month.div_euclid(12) - first) as f64 * step;
        let y = month.rem_euclid(12) as f64 * 15.0;
        let heat = (records as f64 / most).sqrt();
        let (wide, name, records) = (step - 1.5, Period::Month.label(month), count(records));
        format!("<rect x=\"{x:.1}\" y=\"{y}\" width=\"{wide:.1}\" height=\"13.5\" rx=\"2\" fill-opacity=\"{heat:.2}\"><title>{name}: {records}</title></rect>")
    });
    let names = MONTHS
        .iter()
        .enumerate()
        .map(|(row, name)| format!("<text x=\"0\" y=\"{}\">{name}</text>", row as f64 * 15.0 + 11.0));
    let every = ((last - first) / 12 + 1).max(1);
    let years = (first..=last)
        .filter(|year| (year - first) % every == 0)
        .map(|year| format!("<text x=\"{:.1}\" y=\"196\">{year}</text>", LEFT + (year - first) as f64 * step));
    format!(
        "<svg class=\"calendar\" viewBox=\"0 0 1120 200\" role=\"img\" aria-label=\"Records by month of each year\">{}{}{}</svg>",
        cells.collect::<String>(),
        names.collect::<String>(),
        years.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_no_gaps_and_lose_no_record() {
        let counts = BTreeMap::from([(10, 1), (11, 2), (1_000, 3)]);
        let (bars, each) = gathered(Period::Day, &counts, 100);
        assert!(bars.len() <= 100);
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 6);
        assert_eq!(each, "10 days");
    }
}
