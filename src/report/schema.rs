//! What `--output json` writes: the documents, their format version, and a JSON Schema of each.
//!
//! Words that a field may hold are taken from the types that have them.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::apply::{CAUSES, Outcome, ScopeOutcome, call_classes};
use crate::kinds::KindName;
use crate::plan::Action;
use crate::sweep::Class;
use crate::values::Severity;

/// The version of the documents' format. It grows where a field goes or means something else, not where one is added.
pub const FORMAT_VERSION: u32 = 1;

/// A document that a command writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentName {
    /// `validate`.
    Validate,
    /// `plan`.
    Plan,
    /// `bootstrap`, `onboard-workload` and `rollback`.
    Run,
    /// `sweep`.
    Sweep,
    /// `trace`.
    Trace,
    /// `snapshot`.
    Snapshot,
    /// `history` without a run.
    Runs,
    /// `history` of a run.
    History,
    /// `lock`.
    Lock,
    /// `lock --rebuild`.
    LockRebuild,
    /// `journal check` and `journal repair`.
    Journal,
    /// `unlock`.
    Unlock,
    /// `init`.
    Init,
    /// `twin env`.
    TwinEnv,
    /// `twin reset`.
    TwinReset,
    /// Any command that ends early.
    Error,
}

impl DocumentName {
    /// All documents.
    pub const ALL: [Self; 16] = [
        Self::Validate,
        Self::Plan,
        Self::Run,
        Self::Sweep,
        Self::Trace,
        Self::Snapshot,
        Self::Runs,
        Self::History,
        Self::Lock,
        Self::LockRebuild,
        Self::Journal,
        Self::Unlock,
        Self::Init,
        Self::TwinEnv,
        Self::TwinReset,
        Self::Error,
    ];

    /// Its name, which it bears itself: the field `document`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Plan => "plan",
            Self::Run => "run",
            Self::Sweep => "sweep",
            Self::Trace => "trace",
            Self::Snapshot => "snapshot",
            Self::Runs => "runs",
            Self::History => "history",
            Self::Lock => "lock",
            Self::LockRebuild => "lock-rebuild",
            Self::Journal => "journal",
            Self::Unlock => "unlock",
            Self::Init => "init",
            Self::TwinEnv => "twin-env",
            Self::TwinReset => "twin-reset",
            Self::Error => "error",
        }
    }

    /// The document as it is written: with its name and the format's version.
    #[must_use]
    pub fn written(self, document: &Value) -> Value {
        let mut written = document.clone();
        written["document"] = json!(self.as_str());
        written["format_version"] = json!(FORMAT_VERSION);
        written
    }

    /// Its JSON Schema.
    #[must_use]
    pub fn schema(self) -> Value {
        let mut schema = match self {
            Self::Validate => object(
                &[
                    ("valid", constant(true)),
                    ("diagnostics", list(diagnostic())),
                    ("zone", map(any())),
                    ("resources", count()),
                    ("proof", proof()),
                ],
                &[],
            ),
            Self::Plan => plan(),
            Self::Run => run(&[("next", nullable(next())), ("put_off", list(put_off()))]),
            Self::Sweep => sweep(),
            Self::Trace => trace(),
            Self::Snapshot => object(
                &[("folder", text()), ("accounts", count()), ("answers", count()), ("unread", list(text()))],
                &[],
            ),
            Self::Runs => object(&[("runs", list(run_summary()))], &[]),
            Self::History => object(&[("summary", run_summary()), ("records", list(map(any())))], &[]),
            Self::Lock => object(
                &[
                    ("zone", nullable(map(any()))),
                    ("availability_zones", map(text())),
                    ("accounts", map(text())),
                    ("networks", map(map(any()))),
                    ("resources", map(text())),
                ],
                &[],
            ),
            Self::LockRebuild => {
                let change = object(
                    &[("table", text()), ("name", text()), ("from", nullable(text())), ("to", nullable(text()))],
                    &[("evidence", text())],
                );
                object(
                    &[
                        ("changes", list(change)),
                        ("unchanged", count()),
                        ("unread", list(text())),
                        ("written", boolean()),
                    ],
                    &[],
                )
            }
            Self::Journal => object(
                &[
                    ("whole", boolean()),
                    ("damaged", list(object(&[("part", text()), ("problem", text())], &[]))),
                    ("records", count()),
                    ("runs", count()),
                    ("lost", count()),
                    ("left_out", count()),
                ],
                &[("lease", nullable(text())), ("repaired", constant(true)), ("kept_in", text())],
            ),
            Self::Unlock => object(&[("freed", nullable(any()))], &[]),
            Self::Init => object(&[("written", list(text()))], &[]),
            Self::TwinEnv => object(&[("variables", map(text()))], &[]),
            Self::TwinReset => object(&[("world", text()), ("seed", count())], &[]),
            Self::Error => {
                let error = object(&[("kind", text()), ("message", text()), ("hint", nullable(text()))], &[]);
                object(&[("error", error)], &[("diagnostics", list(diagnostic())), ("violations", list(violation()))])
            }
        };
        bear(&mut schema, "document", constant(self.as_str()));
        bear(&mut schema, "format_version", constant(FORMAT_VERSION));
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["title"] = json!(format!("lz: the document `{}`", self.as_str()));
        schema
    }
}

fn any() -> Value {
    json!({})
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn constant(value: impl Serialize) -> Value {
    json!({ "const": json!(value) })
}

fn words<W: Serialize>(words: &[W]) -> Value {
    json!({ "enum": words.iter().map(|word| json!(word)).collect::<Vec<Value>>() })
}

fn nullable(schema: Value) -> Value {
    json!({ "anyOf": [{ "type": "null" }, schema] })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn map(values: Value) -> Value {
    json!({ "type": "object", "additionalProperties": values })
}

/// An object with these fields, some of which may be left out, and no others.
fn object(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let fields: Map<String, Value> =
        required.iter().chain(optional).map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "properties": fields, "required": names, "additionalProperties": false })
}

/// Has an object bear one more field.
fn bear(object: &mut Value, name: &str, schema: Value) {
    object["properties"][name] = schema;
    if let Some(required) = object["required"].as_array_mut() {
        required.push(json!(name));
    }
}

fn kind() -> Value {
    words(KindName::ALL)
}

fn action() -> Value {
    words(&[Action::Create, Action::Update, Action::Replace, Action::Delete])
}

fn severity() -> Value {
    words(&Severity::ALL)
}

fn diagnostic() -> Value {
    object(
        &[
            ("severity", words(&["error", "warning"])),
            ("file", text()),
            ("line", nullable(count())),
            ("column", nullable(count())),
            ("key", text()),
            ("problem", text()),
            ("hint", text()),
        ],
        &[],
    )
}

fn proof() -> Value {
    object(&[("invariants", count()), ("violations", list(violation()))], &[])
}

fn violation() -> Value {
    let witness = object(
        &[
            ("subnet", nullable(text())),
            ("source", text()),
            ("destination", text()),
            ("protocol", words(&["tcp", "udp", "icmp"])),
            ("port", count()),
            ("domain", nullable(text())),
        ],
        &[],
    );
    object(
        &[
            ("invariant", text()),
            ("sentence", text()),
            ("at", nullable(text())),
            ("tables", list(any())),
            ("witness", nullable(witness)),
            ("trace", nullable(trace())),
        ],
        &[],
    )
}

fn trace() -> Value {
    let hops = || list(json!({ "type": "object", "required": ["hop"] }));
    let reasons = || list(json!({ "type": "object", "required": ["code"] }));
    let packet = object(
        &[
            ("source", nullable(text())),
            ("destination", nullable(text())),
            ("protocol", words(&["tcp", "udp", "icmp"])),
            ("source_port", nullable(count())),
            ("port", nullable(count())),
        ],
        &[],
    );
    let zone = object(
        &[
            ("zone", nullable(text())),
            ("verdict", text()),
            ("packet", packet),
            ("forward", hops()),
            ("return", nullable(hops())),
            ("reasons", reasons()),
        ],
        &[],
    );
    object(
        &[
            ("from", text()),
            ("to", text()),
            ("verdict", nullable(text())),
            ("forward", nullable(hops())),
            ("return", nullable(hops())),
            ("reasons", nullable(reasons())),
            ("zones", list(zone)),
            ("caveats", list(text())),
        ],
        &[],
    )
}

fn attribute(from: &str, to: &str) -> Value {
    object(&[("attribute", text()), (from, any()), (to, any())], &[])
}

fn put_off() -> Value {
    object(&[("address", text()), ("until", list(text()))], &[])
}

fn plan() -> Value {
    let change = object(
        &[
            ("address", text()),
            ("kind", kind()),
            ("account", text()),
            ("account_id", nullable(text())),
            ("region", text()),
            ("scope", text()),
            ("action", action()),
            ("reason", text()),
            ("duplicate_of", nullable(text())),
            ("identified_by", nullable(text())),
            ("attributes", list(attribute("from", "to"))),
        ],
        &[],
    );
    let blocked = object(
        &[
            ("address", text()),
            ("kind", kind()),
            ("account", text()),
            ("id", nullable(text())),
            ("scope", text()),
            ("action", action()),
            ("reason", text()),
            ("identified_by", nullable(text())),
            ("barrier", text()),
        ],
        &[],
    );
    let undecided = object(
        &[
            ("address", text()),
            ("kind", kind()),
            ("account", text()),
            ("scope", text()),
            ("needs", nullable(text())),
            ("reason", text()),
        ],
        &[],
    );
    let interruption = object(
        &[
            ("address", text()),
            ("kind", kind()),
            ("seconds", nullable(count())),
            ("by_availability_zone", boolean()),
            ("scopes", list(text())),
        ],
        &[],
    );
    let unmanaged = object(&[("id", text()), ("kind", kind()), ("account", text()), ("reason", text())], &[]);
    let counts = ["create", "update", "replace", "delete", "duplicates", "unchanged"].map(|name| (name, count()));
    let step = object(&[("address", text()), ("seconds", count())], &[]);
    object(
        &[
            ("zone", text()),
            ("changes", list(change)),
            ("unmanaged", list(unmanaged)),
            ("blocked", list(blocked)),
            ("undecided", list(undecided)),
            ("unread", list(text())),
            ("interruptions", list(interruption)),
            ("problems", list(object(&[("scope", text()), ("message", text())], &[]))),
            ("summary", object(&counts, &[])),
            ("estimate", object(&[("seconds", count()), ("critical_path", list(step))], &[])),
            ("proof", proof()),
        ],
        &[("put_off", list(put_off()))],
    )
}

fn next() -> Value {
    object(&[("go_on", text()), ("undo", nullable(text()))], &[])
}

fn failure() -> Value {
    object(
        &[("cause", words(&CAUSES)), ("message", text())],
        &[
            ("address", text()),
            ("kind", kind()),
            ("action", action()),
            ("service", text()),
            ("operation", text()),
            ("account", text()),
            ("code", nullable(text())),
            ("aws_message", text()),
            ("class", words(&call_classes())),
            ("times", count()),
            ("hint", nullable(text())),
            ("state", text()),
            ("seconds", count()),
            ("needed", text()),
            ("run", text()),
        ],
    )
}

fn run(more: &[(&str, Value)]) -> Value {
    let deduplicated = object(&[("address", text()), ("kind", kind()), ("id", text()), ("reason", text())], &[]);
    let scope = object(
        &[
            ("scope", text()),
            (
                "outcome",
                words(&[
                    ScopeOutcome::Applied,
                    ScopeOutcome::Unchanged,
                    ScopeOutcome::RolledBack,
                    ScopeOutcome::Failed,
                    ScopeOutcome::Refused,
                    ScopeOutcome::Partial,
                ]),
            ),
            ("created", count()),
            ("updated", count()),
            ("deleted", count()),
            ("deduplicated", list(deduplicated)),
            ("failures", list(failure())),
        ],
        &[
            ("rollback_failures", list(failure())),
            ("recreated", list(object(&[("address", text()), ("message", text())], &[]))),
            ("kept", list(object(&[("address", text()), ("reason", text())], &[]))),
            ("unverified", text()),
            ("mended", list(text())),
            ("left", list(failure())),
        ],
    );
    object(
        &[
            ("run", text()),
            (
                "outcome",
                words(&[Outcome::Applied, Outcome::Unchanged, Outcome::Partial, Outcome::RolledBack, Outcome::Failed]),
            ),
            ("scopes", list(scope)),
            ("api_calls", count()),
            ("throttled", count()),
            ("aws_seconds", count()),
        ],
        more,
    )
}

fn run_summary() -> Value {
    object(
        &[
            ("run", text()),
            ("command", text()),
            ("scopes", list(text())),
            ("by", text()),
            ("started", text()),
            ("ended", nullable(text())),
            ("outcome", nullable(text())),
            ("created", count()),
            ("updated", count()),
            ("deleted", count()),
            ("failed", count()),
            ("open", count()),
            ("undone", count()),
        ],
        &[],
    )
}

fn sweep() -> Value {
    let by = object(&[("principal", text()), ("call", text()), ("at", text()), ("event", text())], &[]);
    let remedy = json!({ "oneOf": [object(&[("command", text())], &[]), object(&[("manual", text())], &[])] });
    let finding = object(
        &[
            ("id", text()),
            ("class", words(&Class::ALL)),
            ("severity", severity()),
            ("account", text()),
            ("account_id", nullable(text())),
            ("region", text()),
            ("scope", nullable(text())),
            ("address", nullable(text())),
            ("kind", nullable(kind())),
            ("aws_id", nullable(text())),
            ("console", nullable(text())),
            ("sentence", text()),
            ("attributes", list(attribute("actual", "expected"))),
            ("violation", nullable(violation())),
            ("by", nullable(by)),
            ("remedy", remedy),
            ("controls", list(any())),
        ],
        &[("suppressed", text())],
    );
    let severities: Vec<(&str, Value)> = Severity::ALL.iter().map(|one| (one.as_str(), count())).collect();
    let summary = object(
        &[
            ("findings", count()),
            ("severities", object(&severities, &[])),
            ("suppressed", count()),
            ("resources", count()),
            ("invariants", count()),
        ],
        &[],
    );
    object(
        &[
            ("zone", text()),
            ("region", text()),
            ("at", nullable(text())),
            ("accounts", map(text())),
            ("conformant", boolean()),
            ("summary", summary),
            ("findings", list(finding.clone())),
            ("suppressed", list(finding)),
            ("caveats", list(text())),
        ],
        &[("repair", object(&[("mended", list(text())), ("run", run(&[]))], &[]))],
    )
}
