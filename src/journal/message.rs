//! Text from outside, without what looks like credentials.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What stands where something was taken out.
const REDACTED: &str = "[redacted]";

/// Names after which a value is a secret, as they stand in query strings, headers, JSON and XML of AWS's APIs (AWS
/// General Reference, "Signature Version 4"; STS API reference, "Credentials").
const SECRET_NAMES: &[&str] = &[
    "x-amz-security-token",
    "x-amz-credential",
    "x-amz-signature",
    "secretaccesskey",
    "secret_access_key",
    "sessiontoken",
    "session_token",
    "securitytoken",
    "security_token",
];

/// A message from AWS or from the way there.
///
/// AWS's error messages hold no credentials. That nothing that is shaped like one enters the journal all the same does
/// not depend on that: a message can't be made, nor read back, without what looks like an access key, a secret key, a
/// session token or a signature being taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Message(String);

impl Message {
    /// The message without what looks like credentials.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(without_shapes(&without_named(text)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<Message> for String {
    fn from(message: Message) -> Self {
        message.0
    }
}

/// Takes out the values that stand after a secret's name.
fn without_named(text: &str) -> String {
    // Only ASCII letters change, so that places in both texts are the same.
    let lower = text.to_ascii_lowercase();
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(value) = next_named_value(text, &lower, done) {
        clean.push_str(&text[done..value.start]);
        clean.push_str(REDACTED);
        done = value.end;
    }
    clean.push_str(&text[done..]);
    clean
}

/// Where the next value after a secret's name stands.
fn next_named_value(text: &str, lower: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let values = SECRET_NAMES.iter().flat_map(|name| {
        lower[from..].match_indices(name).map(move |(place, name)| from + place + name.len()).filter_map(|end| {
            let rest = &text[end..];
            let start = rest.find(|one: char| !matches!(one, '=' | ':' | '>' | '"' | '\'' | '\\' | ' '))?;
            // Without a separator the name is only spoken of: "the SessionToken provided is invalid".
            rest[..start].contains(['=', ':', '>']).then_some(())?;
            let length = rest[start..]
                .find(|one: char| one.is_whitespace() || matches!(one, '&' | '"' | '\'' | '\\' | '<' | ',' | ';' | '}'))
                .unwrap_or(rest.len() - start);
            (length > 0).then(|| end + start..end + start + length)
        })
    });
    values.min_by_key(|value| value.start)
}

/// Takes out what is shaped like a credential.
fn without_shapes(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside = is_credential_character(first);
        let length = rest.find(|one| is_credential_character(one) != inside).unwrap_or(rest.len());
        let (part, after) = rest.split_at(length);
        clean.push_str(if inside && is_shaped_like_a_credential(part) { REDACTED } else { part });
        rest = after;
    }
    clean
}

fn is_credential_character(one: char) -> bool {
    one.is_ascii_alphanumeric() || matches!(one, '/' | '+' | '=')
}

/// An access key id starts with `AKIA` or `ASIA` and has 16 characters at least (IAM user guide, "IAM identifiers"); a
/// secret access key has 40 of base64; a session token has hundreds.
fn is_shaped_like_a_credential(part: &str) -> bool {
    let access_key = part.split(['/', '+', '=']).any(|word| {
        (word.starts_with("AKIA") || word.starts_with("ASIA"))
            && word.len() >= 16
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    });
    let has = |kind: fn(&u8) -> bool| part.bytes().any(|byte| kind(&byte));
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    access_key || (mixed && (part.len() == 40 || part.len() >= 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn check(text: &str, expected: &str) {
        assert_eq!(Message::new(text).as_str(), expected);
    }

    #[test]
    fn what_looks_like_credentials_is_taken_out() {
        check("GET /?X-Amz-Security-Token=IQoJb3Jp%2B&Action=Do", "GET /?X-Amz-Security-Token=[redacted]&Action=Do");
        check("{\"SessionToken\": \"short\", \"a\": 1}", "{\"SessionToken\": \"[redacted]\", \"a\": 1}");
        check("<SecretAccessKey>abc</SecretAccessKey>", "<SecretAccessKey>[redacted]</SecretAccessKey>");
        check("key AKIAIOSFODNN7EXAMPLE is disabled", "key [redacted] is disabled");
        check("Credential=ASIAIOSFODNN7EXAMPLE/20261121/eu-west-1", "[redacted]-west-1");
        check(&format!("signed with {SECRET}."), "signed with [redacted].");
        check(&format!("token {}", "Ab3/".repeat(80)), "token [redacted]");
    }

    #[test]
    fn what_aws_says_is_left_alone() {
        for text in [
            "The SessionToken provided is invalid; the security token included in the request is expired",
            "User: arn:aws:sts::111122223333:assumed-role/OrganizationAccountAccessRole/lz is not authorized to perform: \
             ec2:CreateVpc on resource: arn:aws:ec2:eu-west-1:111122223333:vpc/*",
            "vpc-0a1b2c3d4e5f67890 has dependencies (Request ID: 7b2a1f0c-5c1e-4a53-9f0b-2f8a1c3d4e5f) – löschen",
            "shared/networking/egress/public/az1/nat: 0123456789abcdef0123456789abcdef01234567",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn nothing_shaped_like_a_credential_is_read_back_either() {
        let read: Message = serde_json::from_str(&format!("\"it was {SECRET}\"")).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"it was [redacted]\"");
    }
}
