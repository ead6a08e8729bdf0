//! What can't be seen, or is obeyed instead of read, written so that it can be seen.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

/// What begins a command to a CI server wherever it stands in a line: GitHub's older form and Azure Pipelines' (`##[error]`,
/// `##vso[…]`), and TeamCity's (`##teamcity[…]`).
const COMMANDS_ANYWHERE: &[&str] = &["##[", "##vso[", "##teamcity["];
/// What begins one at the beginning of a line, spaces before it left out: GitHub's runner trims them.
const COMMAND_OF_A_LINE: &str = "::";

/// True for characters that a terminal obeys or hides: control characters (C0, DEL, C1), line and paragraph separators,
/// direction marks (Unicode Standard Annex 9, "Explicit Directional Formatting Characters"), and what has no width.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A value in one line, with everything visible: a line break is `\n`, an escape character `\u{1b}`. What is escaped
/// already stays as it is.
#[must_use]
pub fn escape(value: &str) -> Cow<'_, str> {
    if !value.contains(is_unsafe) {
        return without_commands(Cow::Borrowed(value));
    }
    let mut visible = String::with_capacity(value.len() + 16);
    for character in value.chars() {
        if is_unsafe(character) { visible.extend(character.escape_default()) } else { visible.push(character) }
    }
    without_commands(Cow::Owned(visible))
}

/// A text without what is a command wherever it stands.
fn without_commands(text: Cow<'_, str>) -> Cow<'_, str> {
    COMMANDS_ANYWHERE.iter().fold(text, |text, command| match text.contains(command) {
        true => Cow::Owned(text.replace(command, &command.replace('[', "\\u{5b}"))),
        false => text,
    })
}

/// A text whose lines are no commands to a CI server. Colours before a command count as nothing.
#[must_use]
pub fn quiet(text: &str) -> String {
    let mut quiet = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let line = without_commands(Cow::Borrowed(line));
        let start = line.len() - without_colors(line.trim_start()).len();
        match line[start..].strip_prefix(COMMAND_OF_A_LINE) {
            Some(rest) => quiet.push_str(&format!("{}\\u{{3a}}:{rest}", &line[..start])),
            None => quiet.push_str(&line),
        }
    }
    quiet
}

/// What follows spaces and colours at the beginning of a text.
fn without_colors(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(colored) = rest.strip_prefix("\u{1b}[") {
        let Some(end) = colored.find(|one: char| !one.is_ascii_digit() && one != ';') else { break };
        let Some(after) = colored[end..].strip_prefix('m') else { break };
        rest = after.trim_start();
    }
    rest
}

/// A document as JSON over many lines, without a line break at its end. What a terminal obeys or hides, and what is a
/// command to a CI server, is written as `\u…`, which means the same to whoever reads the JSON.
#[must_use]
pub fn json(document: &Value) -> String {
    visible_json(&format!("{document:#}"))
}

/// The same for what is JSON already.
#[must_use]
pub fn visible_json(plain: &str) -> String {
    let mut text = String::with_capacity(plain.len());
    // Such characters stand inside of strings only, but for the line breaks between lines.
    for character in plain.chars() {
        if character == '\n' || !is_unsafe(character) {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string can't fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    for command in COMMANDS_ANYWHERE {
        text = text.replace(command, &command.replace('[', "\\u005b"));
    }
    text
}

/// A word as a shell takes it whole. One that holds what [`escape`] would change is written as `$'…'`, as bash and zsh
/// read it, so that it can be shown and pasted.
#[must_use]
pub fn shell_word(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,@+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    if !word.contains(is_unsafe) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = "$'".to_owned();
    for character in word.chars() {
        match character {
            '\'' | '\\' => quoted.extend(['\\', character]),
            _ if is_unsafe(character) => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a string can't fail.
                    let _ = write!(quoted, "\\x{byte:02x}");
                }
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_hides_is_seen() {
        let cases = [
            ("plain, bücher → 日本", "plain, bücher → 日本"),
            ("\u{1b}[2K\rNo changes\n", "\\u{1b}[2K\\rNo changes\\n"),
            ("a\u{9b}31m\u{7f}\u{0}\u{85}", "a\\u{9b}31m\\u{7f}\\u{0}\\u{85}"),
            ("\u{202e}abc\u{2066}\u{200f}\u{61c}", "\\u{202e}abc\\u{2066}\\u{200f}\\u{61c}"),
            ("##[error]", "##\\u{5b}error]"),
            ("a\u{2028}b\u{feff}\u{e0041}", "a\\u{2028}b\\u{feff}\\u{e0041}"),
        ];
        for (raw, seen) in cases {
            assert_eq!(escape(raw), seen);
            assert_eq!(escape(seen), seen, "escaping twice changes nothing");
        }
    }

    #[test]
    fn no_line_is_a_command() {
        let cases = [
            ("::set-output name=a::b\n", "\\u{3a}:set-output name=a::b\n"),
            ("a ::error::\n  ::error::x", "a ::error::\n  \\u{3a}:error::x"),
            ("\u{1b}[31m ::error::", "\u{1b}[31m \\u{3a}:error::"),
            ("x ##[error]y ##vso[task.complete]", "x ##\\u{5b}error]y ##vso\\u{5b}task.complete]"),
            ("a::b\n", "a::b\n"),
        ];
        for (raw, seen) in cases {
            assert_eq!(quiet(raw), seen);
        }
    }

    #[test]
    fn json_says_the_same_with_visible_characters_only() {
        let document = serde_json::json!({ "a\u{202e}": "##[error]\u{9b}\u{7f}\n\u{e0041}", "b": [1, "é"] });
        let text = json(&document);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
        assert!(!text.contains(|one| one != '\n' && is_unsafe(one)) && !text.contains("##["), "{text}");
        assert!(text.contains("\\udb40\\udc41") && text.contains('é'), "{text}");
    }

    #[test]
    fn a_word_with_anything_special_is_quoted() {
        assert_eq!(shell_word("addresses.hub=10.16.0.0/16"), "addresses.hub=10.16.0.0/16");
        assert_eq!(shell_word("tags.owner=it's me"), r"'tags.owner=it'\''s me'");
        assert_eq!(shell_word("it's\n\u{202e}"), r"$'it\'s\x0a\xe2\x80\xae'");
        assert_eq!(shell_word(""), "''");
    }
}
