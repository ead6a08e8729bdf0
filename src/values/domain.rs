//! Names of hosts in the domain name system.

use super::{InvalidValue, parsed_text};

/// A domain's name as a client names the host it wants, such as `api.example.com`; with a leading dot, `.example.com`, the
/// domain and everything below it, as in AWS's domain lists (Network Firewall guide, "Stateful domain list rule groups").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

impl DomainName {
    /// Parses a name: two labels or more of `a`–`z`, `0`–`9` and `-`, in lower case, 253 characters at most (RFC 1035,
    /// section 2.3.4; RFC 1123, section 2.1).
    ///
    /// # Errors
    /// Where it breaks these rules.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let name = text.strip_prefix('.').unwrap_or(text);
        if name.starts_with("*.") {
            return Err(InvalidValue::new(
                text,
                format!("has a wildcard; a leading dot means the domain and all below it: {}", &name[1..]),
            ));
        }
        if name.chars().any(|one| one.is_ascii_uppercase()) {
            return Err(InvalidValue::new(text, format!("has capitals; write {}", text.to_ascii_lowercase())));
        }
        let labels: Vec<&str> = name.split('.').collect();
        let numeric = labels.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if labels.len() >= 2 && name.len() <= 253 && !numeric && labels.iter().all(|label| is_label(label)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::new(text, "is not a domain's name; one looks like api.example.com or .example.com"))
        }
    }

    /// The name, without the leading dot if it has one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.strip_prefix('.').unwrap_or(&self.0)
    }

    /// True where everything below the domain is meant too.
    #[must_use]
    pub fn includes_subdomains(&self) -> bool {
        self.0.starts_with('.')
    }
}

fn is_label(label: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len()) && label.bytes().all(legal) && !label.starts_with('-') && !label.ends_with('-')
}

parsed_text!(DomainName, "a domain's name such as \"api.example.com\"");

#[cfg(test)]
mod tests {
    use super::DomainName;

    #[test]
    fn names_are_told_from_what_only_looks_like_one() {
        let all = DomainName::parse(".example.com").unwrap();
        assert_eq!((all.name(), all.includes_subdomains()), ("example.com", true));
        let one = DomainName::parse("xn--bcher-kva.example").unwrap();
        assert_eq!((one.name(), one.includes_subdomains()), ("xn--bcher-kva.example", false));
        for text in ["", ".", "com", "..example.com", "*.example.com", "Example.com", "203.0.113.10", "a_b.example.com"]
        {
            assert!(DomainName::parse(text).is_err(), "{text}");
        }
        assert!(DomainName::parse("-a.example.com").is_err() && DomainName::parse("https://example.com").is_err());
    }
}
