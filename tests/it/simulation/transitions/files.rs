//! A zone's files as values that can be edited.

use toml::{Table, Value};

use super::super::world::World;

impl World {
    pub fn table(&self, path: &str) -> Table {
        self.files.get(path).map(|text| text.parse().expect("a file of a zone")).unwrap_or_default()
    }

    pub fn put(&mut self, path: &str, table: &Table) {
        self.write(path, toml::to_string(table).expect("a table"));
    }

    /// The value of a key.
    pub fn get(&self, path: &str, keys: &[&str]) -> Option<Value> {
        let mut value = Value::Table(self.table(path));
        for key in keys {
            value = value.get(*key)?.clone();
        }
        Some(value)
    }

    /// Sets a key, and makes the tables above it.
    pub fn put_key(&mut self, path: &str, keys: &[&str], value: impl Into<Value>) {
        let mut table = self.table(path);
        let (last, above) = keys.split_last().expect("a key");
        let mut at = &mut table;
        for key in above {
            let below = at.entry(*key).or_insert_with(|| Value::Table(Table::new()));
            at = below.as_table_mut().expect("a table");
        }
        at.insert((*last).to_owned(), value.into());
        self.put(path, &table);
    }

    /// Takes a key out; true where it was there.
    pub fn take_key(&mut self, path: &str, keys: &[&str]) -> bool {
        let mut table = self.table(path);
        let (last, above) = keys.split_last().expect("a key");
        let mut at = Some(&mut table);
        for key in above {
            at = at.and_then(|table| table.get_mut(*key)).and_then(Value::as_table_mut);
        }
        let was_there = at.is_some_and(|table| table.remove(*last).is_some());
        if was_there {
            self.put(path, &table);
        }
        was_there
    }

    /// One value where there was the other, or none.
    pub fn flip(&mut self, path: &str, keys: &[&str], one: impl Into<Value>, other: impl Into<Value>) {
        let one = one.into();
        let value = if self.get(path, keys).as_ref() == Some(&one) { other.into() } else { one };
        self.put_key(path, keys, value);
    }

    /// The names below a table.
    pub fn names(&self, path: &str, keys: &[&str]) -> Vec<String> {
        let below = self.get(path, keys);
        below.as_ref().and_then(Value::as_table).map(|table| table.keys().cloned().collect()).unwrap_or_default()
    }
}

/// A list of texts.
pub fn list(items: &[&str]) -> Value {
    Value::Array(items.iter().map(|item| Value::from(*item)).collect())
}

/// A table of a text.
pub fn toml(text: &str) -> Value {
    Value::Table(text.parse().expect("a table"))
}
