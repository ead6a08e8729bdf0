//! What stands in the parentheses.

use super::Problem;
use crate::firewall::{Condition, DomainPattern, DomainPlace};

/// Keywords that Network Firewall refuses, and why.
const REFUSED: &[(&[&str], &str)] = &[
    (&["dataset", "datarep"], "datasets are not supported"),
    (&["enip_command", "cip_service"], "ENIP and CIP keywords are not supported"),
    (
        &[
            "file.magic",
            "file.name",
            "fileext",
            "filemagic",
            "filemd5",
            "filename",
            "filesha1",
            "filesha256",
            "filesize",
            "filestore",
        ],
        "file extraction is not supported",
    ),
    (&["iprep"], "IP reputation is not supported"),
    (&["lua", "luajit", "luaxform"], "Lua scripts are not supported"),
    (&["detection_filter", "threshold"], "thresholds are not supported"),
    (&["priority"], "in strict order the order of the rules is the only one"),
];

/// Keywords that change neither what a rule matches nor what it does with it.
const REMARKS: &[&str] = &["alert", "classtype", "gid", "noalert", "reference", "rev", "target"];

/// Keywords that say how the content before them is looked for.
const MODIFIERS: &[&str] = &[
    "bsize",
    "content",
    "depth",
    "distance",
    "dotprefix",
    "endswith",
    "fast_pattern",
    "isdataat",
    "nocase",
    "offset",
    "pcre",
    "startswith",
    "to_lowercase",
    "to_uppercase",
    "within",
    "xor",
];

pub(super) struct Options {
    pub sid: u32,
    pub message: Option<String>,
    pub metadata: Vec<String>,
    pub conditions: Vec<Condition>,
}

/// A keyword and its value, where it has one.
#[derive(Clone, Copy)]
struct Word<'text> {
    keyword: &'text str,
    value: Option<&'text str>,
}

impl Word<'_> {
    fn text(&self) -> String {
        match self.value {
            Some(value) => format!("{}:{value}", self.keyword),
            None => self.keyword.to_owned(),
        }
    }

    fn needed(&self) -> Result<&str, Problem> {
        self.value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Problem::new(format!("`{}` has no value", self.keyword)))
    }
}

pub(super) fn read(body: &str) -> Result<Options, Problem> {
    let words = split(body)?;
    let mut sid = None;
    let mut message = None;
    let mut metadata = Vec::new();
    let mut conditions = Vec::new();
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        rest = after;
        check_allowed(word)?;
        match word.keyword {
            "sid" if sid.is_some() => return Err(Problem::new("the rule has two sids")),
            "sid" => sid = Some(read_sid(word.needed()?)?),
            "msg" => message = Some(unquoted(word.needed()?)?),
            "metadata" => metadata.extend(word.needed()?.split(',').map(|pair| pair.trim().to_owned())),
            "flow" => conditions.push(read_flow(word.needed()?)?),
            "ssl_state" if word.value == Some("client_hello") => conditions.push(Condition::TlsClientHello),
            "tls.sni" | "http.host" => {
                let length = rest.iter().take_while(|word| MODIFIERS.contains(&word.keyword)).count();
                let (content, after) = rest.split_at(length);
                rest = after;
                conditions.extend(read_domain(word, content)?);
            }
            remark if REMARKS.contains(&remark) => {}
            _ => conditions.push(Condition::Other(word.text())),
        }
    }
    let sid = sid.ok_or_else(|| Problem::hinted("the rule has no sid", "every rule needs one of its own: sid:1;"))?;
    Ok(Options { sid, message, metadata, conditions })
}

/// Splits at semicolons that have no backslash before them, quoted or not, as Suricata does.
fn split(body: &str) -> Result<Vec<Word<'_>>, Problem> {
    let mut parts = Vec::new();
    let (mut begin, mut escaped) = (0, false);
    for (at, character) in body.char_indices() {
        if character == ';' && !escaped {
            parts.push(body[begin..at].trim());
            begin = at + 1;
        }
        escaped = character == '\\' && !escaped;
    }
    let unfinished = body[begin..].trim();
    if !unfinished.is_empty() {
        return Err(Problem::hinted(
            format!("`{unfinished}` doesn't end in `;`"),
            "every option does, the last one too",
        ));
    }
    parts.into_iter().map(read_word).collect()
}

fn read_word(part: &str) -> Result<Word<'_>, Problem> {
    let (keyword, value) = match part.split_once(':') {
        Some((keyword, value)) => (keyword.trim(), Some(value.trim())),
        None => (part, None),
    };
    let valid = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    if keyword.is_empty() || !keyword.chars().all(valid) {
        return Err(Problem::new(format!("`{part}` is not an option")));
    }
    if value.is_some_and(unclosed) {
        return Err(Problem::hinted(
            format!("the quotes of `{keyword}` are not closed"),
            "a semicolon or a quote inside is written with a backslash: \\;",
        ));
    }
    Ok(Word { keyword, value })
}

fn unclosed(value: &str) -> bool {
    let mut escaped = false;
    let quotes = value.chars().filter(|character| {
        let counts = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        counts
    });
    quotes.count() % 2 == 1
}

fn check_allowed(word: &Word<'_>) -> Result<(), Problem> {
    if let Some((_, why)) = REFUSED.iter().find(|(keywords, _)| keywords.contains(&word.keyword)) {
        return Err(Problem::new(format!("Network Firewall refuses `{}`: {why}", word.keyword)));
    }
    let value = word.value.unwrap_or_default();
    let refused = match word.keyword {
        "xbits" | "hostbits" => value.contains("track"),
        "tag" => value.trim_start().starts_with("host"),
        _ => false,
    };
    if refused {
        return Err(Problem::new(format!("Network Firewall refuses `{}`: it keeps no state of hosts", word.text())));
    }
    Ok(())
}

fn read_sid(value: &str) -> Result<u32, Problem> {
    value
        .parse()
        .ok()
        .filter(|sid| *sid > 0)
        .ok_or_else(|| Problem::new(format!("`sid:{value}`: a sid is a number from 1 to {}", u32::MAX)))
}

fn read_flow(value: &str) -> Result<Condition, Problem> {
    const WORDS: &[&str] = &[
        "established",
        "from_client",
        "from_server",
        "no_frag",
        "no_stream",
        "not_established",
        "only_frag",
        "only_stream",
        "stateless",
        "to_client",
        "to_server",
    ];
    let words = value.split(',').map(|word| word.trim().to_owned());
    let read = |word: String| match WORDS.contains(&word.as_str()) {
        true => Ok(word),
        false => Err(Problem::hinted(format!("`flow:{word}` is not known"), format!("it takes {}", WORDS.join(", ")))),
    };
    words.map(read).collect::<Result<_, _>>().map(Condition::Flow)
}

/// The condition on a name that a buffer and what is looked for in it make; each option by itself where lz can't judge
/// them.
fn read_domain(buffer: &Word<'_>, content: &[Word<'_>]) -> Result<Vec<Condition>, Problem> {
    let place = if buffer.keyword == "tls.sni" { DomainPlace::TlsServerName } else { DomainPlace::HttpHost };
    if let Some(pattern) = read_pattern(place, content)? {
        return Ok(vec![Condition::Domain { place, pattern }]);
    }
    let options = std::iter::once(buffer).chain(content);
    Ok(options.map(|word| Condition::Other(word.text())).collect())
}

fn read_pattern(place: DomainPlace, words: &[Word<'_>]) -> Result<Option<DomainPattern>, Problem> {
    let has = |keyword| words.iter().any(|word: &Word<'_>| word.keyword == keyword);
    let known = ["content", "dotprefix", "endswith", "fast_pattern", "nocase", "startswith"];
    let plain = words.iter().all(|word| {
        known.contains(&word.keyword)
            && (word.keyword == "content") == word.value.is_some_and(|value| !value.is_empty())
    });
    let mut contents = words.iter().filter(|word| word.keyword == "content");
    let (Some(content), None, true) = (contents.next(), contents.next(), plain) else { return Ok(None) };
    let value = content.needed()?;
    if value.starts_with('!') {
        return Ok(None);
    }
    let text = unquoted(value)?;
    let upper = text.contains(|character: char| character.is_ascii_uppercase());
    if upper && place == DomainPlace::HttpHost {
        return Err(Problem::hinted(
            format!("`{text}` never matches: `http.host` is in lower case"),
            "write the name in lower case",
        ));
    }
    // A pattern in capitals that regards them matches no name as clients send them, but perhaps one that they don't.
    if (upper && !has("nocase")) || !text.chars().all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one)) {
        return Ok(None);
    }
    let text = text.to_ascii_lowercase();
    Ok(match (has("dotprefix"), has("startswith"), has("endswith")) {
        (false, true, true) => Some(DomainPattern::Exact(text)),
        (false, false, true) => Some(DomainPattern::Ending(text)),
        (true, false, true) => text.strip_prefix('.').map(|suffix| DomainPattern::Suffix(suffix.to_owned())),
        _ => None,
    })
}

/// A value without its quotes and escapes.
fn unquoted(value: &str) -> Result<String, Problem> {
    let inside = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').ok_or_else(|| Problem::new(format!("`{value}` is not closed")))?,
        None => value,
    };
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    Ok(text)
}
