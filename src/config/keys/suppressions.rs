//! The keys of `suppressions.toml`.

use super::parsed;
use crate::config::declaration::{Key, Keys, Optional, REQUIRED, Required};
use crate::config::shape::{Among, Day, Parsed, Tables, Text, TextRule};
use crate::kinds::KindName;
use crate::sweep::{Class, FindingId};

/// The whole file.
pub(in crate::config) static SUPPRESSIONS: Keys = Keys::of(&[&SUPPRESSION]);

pub(in crate::config) static SUPPRESSION: Key<Optional, Tables> = Key {
    name: "suppression",
    presence: Optional("none"),
    shape: Tables { noun: "tables", keys: &SUPPRESSED },
    example: "[[suppression]]",
    line: "a finding of `lz sweep` that is lived with for a while, or several",
    rule: "",
};

/// What is suppressed, why and until when.
pub(in crate::config) static SUPPRESSED: Keys =
    Keys::of(&[&FINDING, &CLASS, &KIND, &ACCOUNT, &ADDRESS, &REASON, &UNTIL]);

pub(in crate::config) static FINDING: Key<Optional, Parsed<FindingId>> = Key {
    name: "finding",
    presence: Optional(""),
    shape: parsed("id", Some("^lz-[0-9a-f]{12}$")),
    example: r#"finding = "lz-0123456789ab""#,
    line: "one finding, such as `\"lz-0123456789ab\"`; without the four keys below",
    rule: "",
};

pub(in crate::config) static CLASS: Key<Optional, Among<Class>> = Key {
    name: "class",
    presence: Optional("any"),
    shape: Among { noun: "word", all: &Class::ALL, name: Class::as_str },
    example: r#"class = "unmanaged""#,
    line: "`missing`, `changed`, `weakened`, `unmanaged`, `violated`, `unreachable`",
    rule: "",
};

pub(in crate::config) static KIND: Key<Optional, Among<KindName>> = Key {
    name: "kind",
    presence: Optional("any"),
    shape: Among { noun: "word", all: KindName::ALL, name: KindName::as_str },
    example: r#"kind = "security-group""#,
    line: "a kind of resource, such as `security-group`",
    rule: "",
};

pub(in crate::config) static ACCOUNT: Key<Optional, Text> = Key {
    name: "account",
    presence: Optional("any"),
    shape: Text { noun: "name", rule: None },
    example: r#"account = "payments-prod""#,
    line: "an account of the zone, or `management`",
    rule: "",
};

pub(in crate::config) static ADDRESS: Key<Optional, Text> = Key {
    name: "address",
    presence: Optional("any"),
    shape: Text { noun: "text", rule: None },
    example: r#"address = "payments-prod/*""#,
    line: "the resource's address, or AWS's id where it has none; `*` stands for any text",
    rule: "",
};

pub(in crate::config) static REASON: Key<Required, Text> = Key {
    name: "reason",
    presence: REQUIRED,
    shape: Text {
        noun: "text",
        rule: Some(TextRule {
            legal: |text| !text.trim().is_empty(),
            problem: "says nothing",
            hint: "say why this is to be lived with, for whoever reads it next year",
            pattern: "[^ ]",
        }),
    },
    example: r#"reason = "until the vendor's VPN is replaced""#,
    line: "why",
    rule: "",
};

pub(in crate::config) static UNTIL: Key<Required, Day> = Key {
    name: "until",
    presence: REQUIRED,
    shape: Day,
    example: "until = 2027-03-31",
    line: "`2027-03-31`: on that day, in UTC, it is told again",
    rule: "",
};
