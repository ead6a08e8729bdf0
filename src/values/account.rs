//! What identifies an AWS account.

use super::{InvalidValue, parsed_text};

/// An AWS account's id: twelve digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Parses twelve digits.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::new(text, "is not an account id; one has twelve digits, quoted"))
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

parsed_text!(AccountId, "an account id of twelve digits, quoted");

/// Domains in which nobody receives mail (RFC 2606, sections 2 and 3; RFC 6761, section 6).
const RESERVED_DOMAINS: [&str; 7] =
    ["example.com", "example.net", "example.org", "test", "example", "invalid", "localhost"];

/// The e-mail address of an account's root user, unique among all AWS accounts. AWS takes 6 to 64 characters
/// (Organizations API reference, CreateAccount).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Parses an address.
    ///
    /// # Errors
    /// What AWS would refuse.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |problem: &str| Err(InvalidValue::new(text, problem));
        if !(6..=64).contains(&text.len()) {
            return invalid("is not an e-mail address that AWS takes; one has 6 to 64 characters");
        }
        let Some((local, domain)) = text.split_once('@') else {
            return invalid("is not an e-mail address; one looks like aws+networking@example.com");
        };
        let whole = !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
        if !whole || domain.contains('@') || text.chars().any(|one| one.is_whitespace() || !one.is_ascii_graphic()) {
            return invalid("is not an e-mail address; one looks like aws+networking@example.com");
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as AWS compares it: without regard to case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The address's domain, where nobody can ever receive a mail in it: it is reserved for examples and tests (RFC 2606,
    /// RFC 6761). Whoever AWS writes to there never reads it, and the account can't be recovered.
    #[must_use]
    pub fn reserved_domain(&self) -> Option<&str> {
        let domain = self.0.split_once('@').map(|(_, domain)| domain)?;
        let folded = domain.to_ascii_lowercase();
        let is_or_is_below =
            |name: &str| folded.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        RESERVED_DOMAINS.iter().any(|name| is_or_is_below(name)).then_some(domain)
    }

    /// The address as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

parsed_text!(Email, "an e-mail address");

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn domains_in_which_nobody_receives_mail() {
        let reserved = |text: &str| Email::parse(text).unwrap().reserved_domain().map(str::to_owned);
        for domain in
            ["example.com", "a.EXAMPLE.org", "example.net", "corp.test", "a.example", "b.invalid", "c.localhost"]
        {
            assert_eq!(reserved(&format!("aws@{domain}")).as_deref(), Some(domain));
        }
        for domain in ["myexample.com", "example.com.acme.io", "test.acme.io", "example.company", "latest.io"] {
            assert_eq!(reserved(&format!("aws@{domain}")), None, "{domain}");
        }
    }
}
