//! The report: one HTML page with everything in it, for light and dark, without a script.

pub mod html;

mod card;
mod chart;
mod land;
mod map;
mod matrix;
mod numbers;
mod overview;
mod projection;
mod ramp;
mod timeline;

use crate::correlation::Correlations;
use crate::plan::Plan;
use crate::stats::Stats;
use html::escape;

/// Everything that the report is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Profile<'a> {
    /// What was planned.
    pub plan: &'a Plan,
    /// What was counted, of the whole table.
    pub stats: &'a Stats,
    /// How the numeric columns move together.
    pub correlations: &'a Correlations,
}

/// Nothing may be fetched or run, whatever the table holds: the pictures and the style are in the page itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The whole page.
pub fn page(title: &str, profile: &Profile<'_>) -> String {
    let sections = [
        overview::section(title, profile),
        map::section(profile),
        timeline::section(profile),
        matrix::section(profile),
        card::section(profile),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\
         <footer>Drawn by <b>profile</b>, the example job of Batchwright, from {chunks}.</footer>\n</body>\n</html>\n",
        title = escape(title),
        style = include_str!("report/style.css"),
        body = sections.concat(),
        chunks = numbers::several(u64::from(profile.plan.chunks), "chunk"),
    )
}
