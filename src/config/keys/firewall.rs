//! The keys of the table `[firewall]` of a VPC's blueprint.

use std::marker::PhantomData;

use super::DESTINATION;
use crate::config::declaration::{Defaulted, Fallback, Key, Keys, REQUIRED, Required, default};
use crate::config::firewall_table::POLICY_CAPACITY;
use crate::config::shape::{Flag, List, Number, NumberRule, Parsed, Text, Words};
use crate::config::vpc_blueprint::Destination;
use crate::zone::StreamExceptions;

/// The table.
pub(in crate::config) static FIREWALL: Keys = Keys::of(&[
    &RULES,
    &RULE_CAPACITY,
    &WORKLOAD_CAPACITY,
    &HOME_NET,
    &STREAM_EXCEPTIONS,
    &LOG_RETENTION_DAYS,
    &DELETE_PROTECTION,
    &SUBNET_CHANGE_PROTECTION,
    &POLICY_CHANGE_PROTECTION,
]);

pub(in crate::config) static RULES: Key<Required, List<Text>> = Key {
    name: "rules",
    presence: REQUIRED,
    shape: List { noun: "list of files", of: Text { noun: "file", rule: None } },
    example: r#"rules = ["baseline.rules"]"#,
    line: "`[\"baseline.rules\"]`: files in `blueprints/`, each once, the first to decide first; `[]` is none",
    rule: "",
};

const CAPACITY: Number<u32> = Number {
    noun: "",
    first: 1,
    last: POLICY_CAPACITY,
    meaning: "the capacity of a rule group",
    among: None,
    marker: PhantomData,
};

pub(in crate::config) static RULE_CAPACITY: Key<Defaulted, Number<u32>> = Key {
    name: "rule_capacity",
    presence: default(Fallback::Number(500)),
    shape: CAPACITY,
    example: "rule_capacity = 500",
    line: "how many rules the group of each file has room for",
    rule: "",
};

pub(in crate::config) static WORKLOAD_CAPACITY: Key<Defaulted, Number<u32>> = Key {
    name: "workload_capacity",
    presence: default(Fallback::Number(2_000)),
    shape: CAPACITY,
    example: "workload_capacity = 2000",
    line: "how many rules the group of each segment's workloads has room for; one of them is lz's own",
    rule: "",
};

pub(in crate::config) static HOME_NET: Key<Defaulted, List<Parsed<Destination>>> = Key {
    name: "home_net",
    presence: default(Fallback::Texts(&["workloads"])),
    shape: List { noun: "list of `workloads`, `hub`, `vpc`, blocks", of: DESTINATION },
    example: r#"home_net = ["workloads"]"#,
    line: "what `$HOME_NET` means in rules; `$EXTERNAL_NET` is everything else",
    rule: "",
};

pub(in crate::config) static STREAM_EXCEPTIONS: Key<Defaulted, Words<StreamExceptions>> = Key {
    name: "stream_exceptions",
    presence: default(Fallback::Text("drop")),
    shape: Words {
        words: &[
            ("drop", StreamExceptions::Drop),
            ("continue", StreamExceptions::Continue),
            ("reject", StreamExceptions::Reject),
        ],
        refused: &[],
    },
    example: r#"stream_exceptions = "drop""#,
    line: "what becomes of a flow whose beginning the firewall has not seen",
    rule: "",
};

/// 0, and the days that CloudWatch Logs keeps events (CloudWatch Logs API reference, PutRetentionPolicy).
const RETENTION_DAYS: [u32; 23] =
    [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Each day as a part of its own.
const RETENTION_PARTS: [(u32, u32); RETENTION_DAYS.len()] = {
    let mut parts = [(0, 0); RETENTION_DAYS.len()];
    let mut index = 0;
    while index < parts.len() {
        parts[index] = (RETENTION_DAYS[index], RETENTION_DAYS[index]);
        index += 1;
    }
    parts
};

pub(in crate::config) static LOG_RETENTION_DAYS: Key<Defaulted, Number<u16>> = Key {
    name: "log_retention_days",
    presence: default(Fallback::Number(90)),
    shape: Number {
        noun: "a number that CloudWatch Logs takes, or 0",
        first: 0,
        last: 3_653,
        meaning: "the number of days",
        among: Some(NumberRule {
            parts: &RETENTION_PARTS,
            refusal: |days| {
                let list: Vec<String> = RETENTION_DAYS.iter().skip(1).map(u32::to_string).collect();
                let hint = format!("it is one of {}; or 0, to keep them for ever", list.join(", "));
                (format!("CloudWatch Logs cannot keep logs for {days} days"), hint)
            },
        }),
        marker: PhantomData,
    },
    example: "log_retention_days = 90",
    line: "how long the logs are kept; 0 is for ever",
    rule: "",
};

pub(in crate::config) static DELETE_PROTECTION: Key<Defaulted, Flag> = Key {
    name: "delete_protection",
    presence: default(Fallback::Flag(true)),
    shape: Flag,
    example: "delete_protection = true",
    line: "AWS refuses to delete the firewall, to everybody; lz lifts the protection for a change that is planned",
    rule: "",
};

pub(in crate::config) static SUBNET_CHANGE_PROTECTION: Key<Defaulted, Flag> = Key {
    name: "subnet_change_protection",
    presence: default(Fallback::Flag(true)),
    shape: Flag,
    example: "subnet_change_protection = true",
    line: "AWS refuses other subnets in the same way",
    rule: "",
};

pub(in crate::config) static POLICY_CHANGE_PROTECTION: Key<Defaulted, Flag> = Key {
    name: "policy_change_protection",
    presence: default(Fallback::Flag(true)),
    shape: Flag,
    example: "policy_change_protection = true",
    line: "AWS refuses another policy in the same way",
    rule: "",
};
