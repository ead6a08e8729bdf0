//! How `lz` was called: what every command that it names has to repeat.

use std::path::Path;

use crate::text::shell_word;

/// The beginning of a command that works on the same zone and the same AWS as this process: pasted, what lz names in a
/// rehearsal is a rehearsal, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call(String);

impl Default for Call {
    fn default() -> Self {
        Self("lz".to_owned())
    }
}

impl Call {
    /// With these options. What the environment says stays said.
    #[must_use]
    pub fn new(twin: bool, directory: &Path, overrides: &[(String, String)]) -> Self {
        let mut words = vec!["lz".to_owned()];
        if twin {
            words.push("--twin".to_owned());
        }
        let directory = directory.display().to_string();
        if directory != "." {
            words.extend(["--dir".to_owned(), shell_word(&directory)]);
        }
        for (key, value) in overrides {
            words.extend(["--set".to_owned(), shell_word(&format!("{key}={value}"))]);
        }
        Self(words.join(" "))
    }

    /// A whole command.
    #[must_use]
    pub fn with(&self, rest: &str) -> String {
        let rest = match rest.strip_prefix("--twin ") {
            Some(rest) if self.0.starts_with("lz --twin") => rest,
            _ => rest,
        };
        format!("{} {rest}", self.0)
    }

    /// A command without `lz` made a whole one, unless it is one already.
    fn whole(&self, command: &str) -> String {
        let own = self.0.strip_prefix("lz ").filter(|own| command.starts_with(*own));
        own.map_or_else(|| self.with(command), |_| format!("lz {command}"))
    }

    /// A text in which every command, such as `lz plan` between backticks, is a whole one.
    #[must_use]
    pub fn complete(&self, text: &str) -> String {
        let mut complete = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, command)) = rest.split_once("`lz ") {
            let (command, after) = command.split_at(command.find('`').unwrap_or(command.len()));
            complete.push_str(&format!("{before}`{}", self.whole(command)));
            rest = after;
        }
        complete + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_a_text_are_those_of_the_same_zone() {
        let overrides = [("tags.owner".to_owned(), "it's me".to_owned())];
        let call = Call::new(true, Path::new("my zone"), &overrides);
        let begin = r"lz --twin --dir 'my zone' --set 'tags.owner=it'\''s me'";
        assert_eq!(call.with("plan"), format!("{begin} plan"));
        let text = "run `lz plan`, then `lz --twin bootstrap --yes`; not lz or `lzx` or `aws`";
        let complete = format!("run `{begin} plan`, then `{begin} bootstrap --yes`; not lz or `lzx` or `aws`");
        assert_eq!(call.complete(text), complete);
        assert_eq!(call.complete(&complete), complete, "a whole command stays as it is");
        assert_eq!(Call::default().complete(text), text);
        assert_eq!(Call::new(false, Path::new("."), &[]), Call::default());
    }
}
