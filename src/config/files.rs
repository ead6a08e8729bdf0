//! The zone's files as texts, and the layers that they, the environment and the options make.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, SourceText};
use super::findings::Findings;
use super::layer::{KeyPath, Layer, LayerKind, Part, written_path};
use super::suppressions_file;
use crate::values::Label;
use crate::zone::lock;

/// The file that makes a directory a zone's.
pub const ZONE_FILE: &str = "lz.toml";

/// Variables that start like a key's and are lz's own options.
pub const COMMAND_VARIABLES: &[&str] = &["LZ_DIR", "LZ_LOG", "LZ_OUTPUT", "LZ_PARALLELISM", "LZ_TIME_SCALE"];

/// What the environment is called in messages.
pub(super) const ENVIRONMENT: &str = "environment";

/// The file of statements about paths.
const INVARIANTS: &str = "invariants.toml";

/// The file of findings that are lived with.
const SUPPRESSIONS: &str = "suppressions.toml";

/// The endings of templates.
pub(super) const TEMPLATE_ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// The folder of schemas that lz does not bring.
pub(super) const SCHEMAS: &str = "blueprints/schemas";

/// The texts of a zone's directory. Everything after reading them is pure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// `lz.toml`.
    pub zone: Option<String>,
    /// `accounts/NAME.toml`, by NAME.
    pub accounts: BTreeMap<String, String>,
    /// `blueprints/NAME.toml`, by NAME.
    pub blueprints: BTreeMap<String, String>,
    /// `invariants.toml`.
    pub invariants: Option<String>,
    /// `suppressions.toml`.
    pub suppressions: Option<String>,
    /// `blueprints/NAME.rules`, the firewall's rules, by NAME.
    pub rules: BTreeMap<String, String>,
    /// The templates of stacks, `blueprints/NAME.yaml`, `.yml` or `.json`, by the file's name.
    pub templates: BTreeMap<String, String>,
    /// Schemas of resource types that lz does not bring, `blueprints/schemas/NAME.json`, by NAME.
    pub schemas: BTreeMap<String, String>,
    /// `lz.lock`.
    pub lock: Option<String>,
}

impl Files {
    /// Reads a zone's directory. Files of other names are left alone.
    ///
    /// # Errors
    /// Where what is there cannot be read; absent files are not an error yet.
    pub fn read(directory: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut failures = Vec::new();
        let mut kept = |result: Result<Option<String>, Box<Diagnostic>>| {
            result.unwrap_or_else(|diagnostic| {
                failures.push(*diagnostic);
                None
            })
        };
        let zone = kept(read_text(directory, ZONE_FILE));
        let lock = kept(read_text(directory, lock::FILE_NAME));
        let invariants = kept(read_text(directory, INVARIANTS));
        let suppressions = kept(read_text(directory, SUPPRESSIONS));
        let accounts = read_folder(directory, "accounts", ".toml", &mut failures);
        let blueprints = read_folder(directory, "blueprints", ".toml", &mut failures);
        let rules = read_folder(directory, "blueprints", ".rules", &mut failures);
        let templates = TEMPLATE_ENDINGS.into_iter().flat_map(|ending| {
            let texts = read_folder(directory, "blueprints", ending, &mut failures);
            texts.into_iter().map(|(name, text)| (format!("{name}{ending}"), text)).collect::<Vec<_>>()
        });
        let templates = templates.collect();
        let schemas = read_folder(directory, SCHEMAS, ".json", &mut failures);
        // A folder that can't be read is said once.
        failures.dedup();
        let files = Self { zone, accounts, blueprints, invariants, suppressions, rules, templates, schemas, lock };
        if failures.is_empty() { Ok(files) } else { Err(failures) }
    }

    /// The files of a list of paths and texts, such as the starter zone's. Other paths are left out.
    #[must_use]
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files = Self::default();
        for (path, text) in texts {
            let text = text.to_owned();
            let place = path.split_once('/').and_then(|(folder, file)| Some((folder, file.rsplit_once('.')?)));
            match (path, place) {
                (ZONE_FILE, _) => files.zone = Some(text),
                (lock::FILE_NAME, _) => files.lock = Some(text),
                (INVARIANTS, _) => files.invariants = Some(text),
                (SUPPRESSIONS, _) => files.suppressions = Some(text),
                (_, Some(("accounts", (name, "toml")))) => {
                    files.accounts.insert(name.to_owned(), text);
                }
                (_, Some(("blueprints", (name, "toml")))) => {
                    files.blueprints.insert(name.to_owned(), text);
                }
                (_, Some(("blueprints", (name, "rules")))) => {
                    files.rules.insert(name.to_owned(), text);
                }
                (_, Some(("blueprints", (name, "json")))) if name.starts_with("schemas/") => {
                    files.schemas.insert(name.trim_start_matches("schemas/").to_owned(), text);
                }
                (_, Some(("blueprints", (name, "yaml" | "yml" | "json")))) => {
                    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
                    files.templates.insert(format!("{name}.{ending}"), text);
                }
                _ => {}
            }
        }
        files
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::about_file(
        name,
        format!("this cannot be read: {error}"),
        "see that it is a text and that you may read it",
    )
    .into()
}

fn read_text(directory: &Path, name: &str) -> Result<Option<String>, Box<Diagnostic>> {
    match std::fs::read_to_string(directory.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Box::new(unreadable(name, &error))),
    }
}

fn read_folder(
    directory: &Path,
    folder: &str,
    ending: &str,
    failures: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let entries = match std::fs::read_dir(directory.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return BTreeMap::new(),
        Err(error) => {
            failures.push(unreadable(folder, &error));
            return BTreeMap::new();
        }
    };
    let mut texts = BTreeMap::new();
    for entry in entries {
        let name = match entry {
            Ok(entry) => entry.file_name().to_string_lossy().into_owned(),
            Err(error) => {
                failures.push(unreadable(folder, &error));
                continue;
            }
        };
        let Some(stem) = name.strip_suffix(ending) else { continue };
        match read_text(directory, &format!("{folder}/{name}")) {
            Ok(text) => texts.extend(text.map(|text| (stem.to_owned(), text))),
            Err(diagnostic) => failures.push(*diagnostic),
        }
    }
    texts
}

/// Rules are a language of their own, which no setting is laid over.
fn rule_files(texts: &BTreeMap<String, String>, findings: &Findings) -> BTreeMap<Label, Arc<SourceText>> {
    let mut files = BTreeMap::new();
    for (name, text) in texts {
        let file = format!("blueprints/{name}.rules");
        if let Some(label) = file_name(name, &file, findings) {
            files.insert(label, Arc::new(SourceText { name: file, text: text.clone() }));
        }
    }
    files
}

fn source(folder: &str, name: &str, text: &str) -> Arc<SourceText> {
    Arc::new(SourceText { name: format!("{folder}/{name}"), text: text.to_owned() })
}

/// A file's name as one that lz takes.
fn file_name(name: &str, file: &str, findings: &Findings) -> Option<Label> {
    let label = Label::parse(name).ok();
    if label.is_none() {
        findings.refuse(Diagnostic::about_file(
            file,
            format!("`{name}` is not a name that lz takes"),
            "rename the file: 1 to 40 characters of a-z, 0-9 and `-`, starting with a letter, not ending with `-`",
        ));
    }
    label
}

/// All layers, lowest first, and the names of the accounts and blueprints that have a file.
pub(super) struct Layers {
    pub(super) all: Vec<Layer>,
    /// False where `lz.toml` is absent or no TOML, so that there is nothing to read.
    pub(super) has_zone: bool,
    /// By name: true where the file is TOML.
    pub(super) accounts: BTreeMap<Label, bool>,
    /// By name: true where the file is TOML.
    pub(super) blueprints: BTreeMap<Label, bool>,
    /// The files of firewall rules, by name without `.rules`.
    pub(super) rules: BTreeMap<Label, Arc<SourceText>>,
    /// The templates, by the file's name.
    pub(super) templates: BTreeMap<String, Arc<SourceText>>,
    /// The schemas that lz does not bring.
    pub(super) schemas: Vec<Arc<SourceText>>,
}

impl Layers {
    pub(super) fn new(
        files: &Files,
        environment: &BTreeMap<String, String>,
        overrides: &[(String, String)],
        findings: &Findings,
    ) -> Self {
        let mut layers = Self {
            all: Vec::new(),
            has_zone: false,
            accounts: BTreeMap::new(),
            blueprints: BTreeMap::new(),
            rules: rule_files(&files.rules, findings),
            templates: files
                .templates
                .iter()
                .map(|(name, text)| (name.clone(), source("blueprints", name, text)))
                .collect(),
            schemas: files.schemas.iter().map(|(name, text)| source(SCHEMAS, &format!("{name}.json"), text)).collect(),
        };
        match &files.zone {
            Some(text) => layers.push_zone(text, findings),
            None => {
                findings.refuse(Diagnostic::about_file(
                    ZONE_FILE,
                    "there is no lz.toml here, so this is not a landing zone's directory",
                    "run `lz init` to write a starter zone, or name the directory with `--dir`",
                ));
            }
        }
        layers.accounts = layers.push_folder("accounts", &files.accounts, findings);
        layers.blueprints = layers.push_folder("blueprints", &files.blueprints, findings);
        if let Some(text) = &files.invariants {
            layers.push_toml(INVARIANTS, text, vec!["invariants".to_owned()], findings);
        }
        if let Some(text) = &files.suppressions {
            layers.push_toml(SUPPRESSIONS, text, vec![suppressions_file::ROOT.to_owned()], findings);
        }
        for (name, value) in environment {
            if let Some(key) = name.strip_prefix("LZ_").filter(|_| !COMMAND_VARIABLES.contains(&name.as_str())) {
                let path = key.to_ascii_lowercase().split("__").map(str::to_owned).collect();
                layers.push_text(ENVIRONMENT, name, path, value, findings);
            }
        }
        for (key, value) in overrides {
            match toml_edit::Key::parse(key) {
                Ok(path) => {
                    let path = path.iter().map(|key| key.get().to_owned()).collect();
                    layers.push_text("--set", key, path, value, findings);
                }
                Err(_) => {
                    findings.refuse(Diagnostic::about_file(
                        "--set",
                        format!("`{key}` is not a key"),
                        "write it like `--set addresses.hub=10.16.0.0/16`",
                    ));
                }
            }
        }
        layers
    }

    fn push_toml(&mut self, name: &str, text: &str, at: KeyPath, findings: &Findings) -> bool {
        match Layer::from_toml(LayerKind::File, name, text, at) {
            Ok(layer) => {
                self.all.push(layer);
                true
            }
            Err(fault) => {
                findings.refuse(*fault);
                false
            }
        }
    }

    fn push_zone(&mut self, text: &str, findings: &Findings) {
        self.has_zone = self.push_toml(ZONE_FILE, text, Vec::new(), findings);
        let elsewhere = [
            ("accounts", "write each into a file of its own: accounts/NAME.toml"),
            ("blueprints", "write each into a file of its own: blueprints/NAME.toml"),
            ("invariants", "write them into invariants.toml, each as a table [NAME]"),
            (suppressions_file::ROOT, "write them into suppressions.toml, each as a table [[suppression]]"),
        ];
        for (key, hint) in elsewhere {
            let place = self.all.last().and_then(|layer| layer.origin(&[key.to_owned()], Part::Key));
            if let Some(origin) = place.filter(|_| self.has_zone) {
                findings.refuse(origin.error(format!("{key} do not stand in lz.toml"), hint));
            }
        }
    }

    fn push_folder(
        &mut self,
        folder: &str,
        texts: &BTreeMap<String, String>,
        findings: &Findings,
    ) -> BTreeMap<Label, bool> {
        let mut names = BTreeMap::new();
        for (name, text) in texts {
            let file = format!("{folder}/{name}.toml");
            let Some(label) = file_name(name, &file, findings) else { continue };
            let at = vec![folder.to_owned(), name.clone()];
            let readable = self.push_toml(&file, text, at, findings);
            names.insert(label, readable);
        }
        names
    }

    fn push_text(&mut self, source: &str, written: &str, path: KeyPath, value: &str, findings: &Findings) {
        let layer = Layer::from_text(source, written, &path, value);
        let root = path.first().map(String::as_str).unwrap_or_default();
        let named = path.get(1).filter(|_| path.len() >= 3);
        let known = self.names_below(root);
        if known.as_ref().is_some_and(|known| !named.is_some_and(|name| known.contains(name.as_str()))) {
            let written = written_path(&path);
            let (problem, hint) = match root {
                "invariants" => (
                    format!("`{written}` is not a key of a statement in {INVARIANTS}"),
                    "it is `invariants`, a statement's name, and a key of it; new statements are not made this way"
                        .to_owned(),
                ),
                suppressions_file::ROOT => (
                    format!("`{written}` can't be set this way"),
                    "suppressions stand in suppressions.toml alone, so that git knows who wrote them".to_owned(),
                ),
                folder => (
                    format!("`{written}` is not a key of a file in {folder}/"),
                    format!("it is `{folder}`, a file's name, and a key in that file; new files are not made this way"),
                ),
            };
            let place = layer.whole();
            if source == ENVIRONMENT {
                findings.warn(place.warning(format!("{problem}, so that this variable sets nothing"), hint));
            } else {
                findings.refuse(place.error(problem, hint));
            }
            return;
        }
        self.all.push(layer);
    }

    /// The names that may follow a key whose settings stand in files besides `lz.toml`.
    fn names_below(&self, root: &str) -> Option<BTreeSet<&str>> {
        match root {
            "accounts" => Some(self.accounts.keys().map(Label::as_str).collect()),
            "blueprints" => Some(self.blueprints.keys().map(Label::as_str).collect()),
            suppressions_file::ROOT => Some(BTreeSet::new()),
            "invariants" => {
                let root = [root.to_owned()];
                let statements = self.all.iter().filter_map(|layer| layer.below(&root));
                Some(statements.flat_map(|(statements, _)| statements.keys().map(String::as_str)).collect())
            }
            _ => None,
        }
    }
}
