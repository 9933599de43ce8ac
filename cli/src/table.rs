//! Tables for people: as wide as the terminal, or unwrapped where there is none.

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};

/// A table with those headings.
pub(crate) fn with_headings<const N: usize>(headings: [&str; N], colour: bool) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(headings);
    if colour {
        table.enforce_styling();
    } else {
        // A table that is told of no terminal forgets the terminal's width as well.
        let width = table.width();
        table.force_no_tty();
        if let Some(width) = width {
            table.set_width(width);
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// A status in its colour. `name` begins with the status; what follows says more.
pub(crate) fn status(name: &str) -> Cell {
    let colour = match name.split(' ').next().unwrap_or_default() {
        "SUCCEEDED" => Some(Color::Green),
        "FAILED" => Some(Color::Red),
        "CANCELLED" | "CANCELLING" | "SKIPPED" => Some(Color::Yellow),
        "WAITING" => Some(Color::DarkGrey),
        "RUNNING" => Some(Color::Cyan),
        _ => None,
    };
    match colour {
        Some(colour) => Cell::new(name).fg(colour),
        None => Cell::new(name),
    }
}

/// The table's text, without the blanks at the ends of lines.
pub(crate) fn text(table: &Table) -> String {
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}
