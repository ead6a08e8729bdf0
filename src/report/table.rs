//! Tables without lines.

use comfy_table::{Table, presets};

/// A table with a heading: columns stand two spaces apart, and the first starts where the line does.
pub(super) fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}
