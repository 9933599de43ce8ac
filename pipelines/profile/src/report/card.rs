//! A card for each column: what it holds, what is missing, and its shape.

use super::Profile;
use super::chart::{Bar, bars};
use super::html::escape;
use super::numbers::{count, number, percent, several};
use super::timeline::gathered;
use crate::moment::date;
use crate::plan::bins::Bins;
use crate::plan::{Column, Kind};
use crate::stats::column::{ColumnStats, Values};
use crate::stats::moments::Moments;
use crate::stats::top::Top;

const TOP_VALUES: usize = 6;

/// All columns, in the table's order.
pub(super) fn section(profile: &Profile<'_>) -> String {
    let columns = profile.plan.columns.iter().zip(&profile.stats.columns);
    let cards: String = columns.map(|(column, stats)| card(column, stats, profile.stats.records)).collect();
    format!("<section><h2>Columns</h2><div class=\"cards\">{cards}</div></section>\n")
}

fn card(column: &Column, stats: &ColumnStats, records: u64) -> String {
    let (kind, body) = match (&column.kind, &stats.values) {
        _ if stats.missing == records => ("empty", "<p class=\"hush\">No record has a value here.</p>".to_owned()),
        (Kind::Number { bins }, Values::Number { moments, histogram, unreadable }) => {
            ("number", numbers(bins, moments, histogram) + &odd(*unreadable, "number"))
        }
        (Kind::Time { period, .. }, Values::Time { periods, bounds, unreadable }) => {
            let (drawn, each) = gathered(*period, periods, 48);
            let (first, last) = bounds.map_or_else(Default::default, |(first, last)| (date(first), date(last)));
            let picture = chart(&drawn, &first, &last, &format!("a bar is {each}"));
            ("time", picture + &odd(*unreadable, "time"))
        }
        (_, Values::Text { top }) => ("text", values(top, stats, records)),
        (Kind::Number { .. } | Kind::Time { .. } | Kind::Text, Values::Number { .. } | Values::Time { .. }) => {
            ("", String::new())
        }
    };
    format!(
        "<article class=\"card\"><h3>{}</h3><p class=\"facts\"><span class=\"kind\">{kind}</span> {}</p>{}{body}</article>\n",
        escape(&column.name),
        different(stats, records),
        missing(stats.missing, records),
    )
}

fn different(stats: &ColumnStats, records: u64) -> String {
    match stats.distinct.count() {
        (0, _) => String::new(),
        // An estimate may be more than there can be.
        (distinct, true) => format!("≈ {} different", count(distinct.min(records - stats.missing.min(records)))),
        (distinct, false) => format!("{} different", count(distinct)),
    }
}

fn missing(missing: u64, records: u64) -> String {
    if missing == 0 {
        return "<p class=\"gap full\">in every record</p>".into();
    }
    let filled = (records - missing.min(records)) as f64 / records.max(1) as f64 * 100.0;
    format!("<p class=\"gap\"><i style=\"--filled:{filled:.1}%\"></i>{} missing</p>", percent(missing, records))
}

fn odd(unreadable: u64, kind: &str) -> String {
    if unreadable == 0 {
        String::new()
    } else {
        format!("<p class=\"hush\">{}, not a {kind}</p>", several(unreadable, "value"))
    }
}

fn numbers(bins: &Bins, moments: &Moments, histogram: &[u64]) -> String {
    let label = |index: usize| {
        let start = |index: usize| bins.start(u16::try_from(index).unwrap_or(u16::MAX));
        if bins.whole {
            number(start(index))
        } else {
            format!("{} to {}", number(start(index)), number(start(index + 1)))
        }
    };
    let drawn: Vec<Bar> =
        histogram.iter().enumerate().map(|(index, &count)| Bar { label: label(index), count }).collect();
    let deviation = moments.deviation().map_or_else(String::new, |deviation| format!(" ± {}", number(deviation)));
    let middle = format!("mean <b>{}</b>{deviation}", number(moments.mean));
    let (low, high) = moments.bounds.unwrap_or_default();
    chart(&drawn, &number(low), &number(high), &middle)
}

fn chart(drawn: &[Bar], low: &str, high: &str, middle: &str) -> String {
    let picture = bars(drawn, 320.0, 84.0, "Distribution");
    format!("{picture}<div class=\"ends\"><span>{low}</span><span>{middle}</span><span>{high}</span></div>")
}

fn values(top: &Top, stats: &ColumnStats, records: u64) -> String {
    let filled = records - stats.missing.min(records);
    let commonest = top.commonest(TOP_VALUES);
    let most = commonest.first().map_or(1, |(_, count)| *count).max(1);
    if most == 1 && filled > TOP_VALUES as u64 {
        return "<p class=\"hush\">No value is common.</p>".into();
    }
    let at_least = if top.error > 0 { "≥ " } else { "" };
    let rows = commonest.iter().map(|(value, times)| {
        let length = *times as f64 / most as f64 * 100.0;
        format!(
            "<li style=\"--length:{length:.1}%\"><bdi>{}</bdi><span>{at_least}{} · {}</span></li>",
            escape(value),
            count(*times),
            percent(*times, filled)
        )
    });
    format!("<ol class=\"top\">{}</ol>", rows.collect::<String>())
}
