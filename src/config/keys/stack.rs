//! The keys of a stack in `accounts/NAME.toml`.

use super::{LABEL, NAME};
use crate::config::declaration::{Key, Keys, Optional, REQUIRED, Required};
use crate::config::shape::{Argument, Named, Nested, Parsed, Text};
use crate::values::Label;

pub(in crate::config) static STACKS: Key<Optional, Named<Nested>> = Key {
    name: "stacks",
    presence: Optional(""),
    shape: Named { placeholder: "NAME", noun: "", example: "[stacks.queues]", pattern: NAME, of: Nested(&STACK) },
    example: "[stacks.queues]",
    line: "a stack of resources from a CloudFormation template; see [stacks](stacks.md)",
    rule: "",
};

/// A stack's table.
pub(in crate::config) static STACK: Keys = Keys::of(&[&TEMPLATE, &WORKLOAD, &PARAMETERS]);

pub(in crate::config) static TEMPLATE: Key<Required, Text> = Key {
    name: "template",
    presence: REQUIRED,
    shape: Text { noun: "name of a template", rule: None },
    example: r#"template = "queues""#,
    line: "the template: `\"queues\"` is `blueprints/queues.yaml`, `.yml` or `.json`",
    rule: "",
};

pub(in crate::config) static WORKLOAD: Key<Optional, Parsed<Label>> = Key {
    name: "workload",
    presence: Optional("none"),
    shape: LABEL,
    example: r#"workload = "payments-prod""#,
    line: "of the networking account: the workload that the stack is for; it is onboarded and rolled back with that, and may \
           refer to that one's outputs",
    rule: "",
};

pub(in crate::config) static PARAMETERS: Key<Optional, Named<Argument>> = Key {
    name: "parameters",
    presence: Optional("the template's defaults"),
    shape: Named {
        placeholder: "PARAMETER",
        noun: "values by parameter",
        example: "Retention = 14",
        pattern: "^[A-Za-z0-9]+$",
        of: Argument,
    },
    example: "parameters = { Retention = 14 }",
    line: "the template's parameters: a text, a number, a truth value, or a list; `\"network:…\"` and `\"stack:…\"` name what \
           lz knows",
    rule: "",
};
