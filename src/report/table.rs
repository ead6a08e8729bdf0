//! Tables without lines.

use comfy_table::presets;

use crate::text::{Text, escape};

/// A table with a heading: columns stand two spaces apart, and the first starts where the line does.
pub(super) struct Table<const COLUMNS: usize>(comfy_table::Table);

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// One without rows.
    pub(super) fn new(header: [&str; COLUMNS]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(header);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self(table)
    }

    /// Adds a row of values.
    pub(super) fn add_row(&mut self, row: [String; COLUMNS]) {
        self.0.add_row(row.map(|value| escape(&value).into_owned()));
    }

    /// Its lines, without a line break after the last one.
    pub(super) fn text(&self) -> Text {
        Text::joined(self.0.lines().map(|line| line.trim_end().to_owned()), "\n")
    }
}
