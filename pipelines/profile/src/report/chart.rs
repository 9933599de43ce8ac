//! Small bar charts.

use super::html::escape;
use super::numbers::several;

/// One bar: what it stands for, and how much.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    /// In words, for whoever points at it.
    pub(super) label: String,
    /// Its height.
    pub(super) count: u64,
}

/// Vertical bars that fill the width, in a picture of `width` to `height`.
pub(super) fn bars(bars: &[Bar], width: f64, height: f64, title: &str) -> String {
    let tallest = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1) as f64;
    let step = width / bars.len().max(1) as f64;
    let gap = (step * 0.16).min(2.0);
    let drawn = bars.iter().enumerate().filter(|(_, bar)| bar.count > 0).map(|(index, bar)| {
        let tall = (bar.count as f64 / tallest * (height - 2.0)).max(1.0);
        let (x, y) = (index as f64 * step + gap / 2.0, height - tall);
        let (label, count) = (escape(&bar.label), several(bar.count, "record"));
        let (wide, round) = (step - gap, (step * 0.2).min(2.0));
        format!("<rect x=\"{x:.2}\" y=\"{y:.1}\" width=\"{wide:.2}\" height=\"{tall:.1}\" rx=\"{round:.1}\"><title>{label}: {count}</title></rect>")
    });
    let body: String = drawn.collect();
    let title = escape(title);
    format!(
        "<svg class=\"bars\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{title}\">\
         {body}<path class=\"base\" d=\"M0 {height}H{width}\"/></svg>"
    )
}
