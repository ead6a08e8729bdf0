//! The rules of the code's shape that the compiler doesn't see.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which module of the crate may use which: data flows one way, and what is pure knows nothing of AWS or of terminals.
/// Tests inside the modules are free to use more.
const ALLOWED: &[(&str, &[&str])] = &[
    ("values", &[]),
    ("owner_only", &[]),
    ("text", &[]),
    ("whole_file", &[]),
    ("property", &[]),
    ("schema", &["property"]),
    ("template", &["property", "schema"]),
    ("firewall", &["values"]),
    ("reach", &["firewall", "graph", "kinds", "values"]),
    ("graph", &[]),
    ("zone", &["graph", "property", "schema", "values", "whole_file"]),
    ("config", &["firewall", "kinds", "property", "reach", "schema", "sweep", "template", "text", "values", "zone"]),
    ("cloud", &["values"]),
    ("kinds", &["cloud", "firewall", "graph", "property", "schema", "values"]),
    ("blueprint", &["firewall", "graph", "kinds", "property", "values", "zone"]),
    ("intent", &["blueprint", "reach", "values", "zone"]),
    ("discover", &["cloud", "kinds", "values"]),
    ("plan", &["discover", "graph", "kinds", "property", "values"]),
    ("journal", &["graph", "kinds", "owner_only", "plan", "values"]),
    ("apply", &["cloud", "discover", "graph", "journal", "kinds", "plan", "property", "values"]),
    ("reconcile", &["apply", "cloud", "discover", "graph", "journal", "kinds", "plan", "values", "zone"]),
    ("sweep", &["discover", "graph", "kinds", "plan", "reach", "values", "zone"]),
    ("trail", &["cloud", "discover", "graph", "kinds", "plan", "sweep", "values"]),
    ("report", &["apply", "graph", "journal", "kinds", "plan", "reach", "sweep", "text", "values", "zone"]),
    ("monitor", &["cloud", "report", "sweep", "text", "values"]),
    ("snapshot", &["cloud", "owner_only", "reach", "text", "values"]),
    ("ui", &["apply", "graph", "kinds", "plan", "report", "text"]),
    (
        "operate",
        &[
            "apply",
            "blueprint",
            "cloud",
            "config",
            "discover",
            "graph",
            "intent",
            "journal",
            "kinds",
            "plan",
            "reach",
            "reconcile",
            "snapshot",
            "sweep",
            "trail",
            "values",
            "zone",
        ],
    ),
    // A simulated AWS that knew of lz would agree with it instead of with AWS. Of the schemas it takes AWS's texts alone.
    ("twin", &["schema"]),
    (
        "cli",
        &[
            "apply",
            "blueprint",
            "cloud",
            "config",
            "discover",
            "journal",
            "kinds",
            "monitor",
            "operate",
            "owner_only",
            "plan",
            "reach",
            "report",
            "snapshot",
            "sweep",
            "text",
            "twin",
            "ui",
            "values",
            "whole_file",
            "zone",
        ],
    ),
];

/// Of these modules, these others may use only what is listed.
const ALLOWED_ITEMS: &[(&str, &str, &[&str])] = &[
    ("config", "reach", &["prove", "BUILT_IN", "BuiltIn"]),
    ("config", "kinds", &["KindName"]),
    ("config", "sweep", &["Class", "FindingId", "Pattern", "Suppression"]),
    ("plan", "discover", &["Live", "LiveResource", "Unknown"]),
    ("twin", "schema", &["embedded_text"]),
];

/// What the use cases wrap, each with the modules that it is made of. Nobody else uses it: the command line, the simulations
/// and the benchmarks call the use cases. A run is applied or undone only with an `Applying`, a zone is looked at only by
/// what `Reconciler::start` gives, a journal is written only with a `Recorder`, and findings are made only of a `Sweeping`.
const WRAPPED: &[(&str, &[&str])] = &[
    ("Reconciler::start", &["reconcile"]),
    ("Applying", &["reconcile"]),
    ("Recorder", &["apply", "reconcile"]),
    ("Journal::open", &["journal"]),
    ("lease::acquire", &["journal"]),
    ("lease::unlock", &["journal"]),
    ("tidy(", &["journal"]),
    ("read_history(", &["journal"]),
    ("Sweeping", &["sweep"]),
    ("snapshot::record", &["snapshot"]),
    ("trail::", &["trail"]),
    ("first_difference", &["plan"]),
    (".confirmed(", &["plan"]),
    (".check_identity(", &["reconcile"]),
];

const LONGEST_FILE: usize = 800;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder, by their path from the package's.
fn rust_files(folder: &str) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.insert(path.strip_prefix(root()).unwrap().to_owned(), text);
            }
        }
    }
    files
}

/// True for files that are compiled into tests only: they, or a folder they are in, are declared so.
fn is_test(path: &Path, files: &BTreeMap<PathBuf, String>) -> bool {
    path.ancestors().any(|module| {
        let (Some(folder), Some(name)) = (module.parent(), module.file_stem().and_then(|name| name.to_str())) else {
            return false;
        };
        let parent = [folder.join("mod.rs"), folder.join("lib.rs"), folder.with_extension("rs")];
        let Some(text) = parent.iter().find_map(|file| files.get(file)) else { return false };
        let declaration = format!("mod {name};");
        let mut pairs = text.lines().zip(text.lines().skip(1));
        pairs.any(|(before, line)| before == "#[cfg(test)]" && line.ends_with(&declaration))
    })
}

/// The code of a file without its tests and comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The module that a file of `src/` belongs to; none for the crate's roots.
fn module(path: &Path) -> Option<String> {
    let mut parts = path.components().skip(1);
    let first = parts.next()?.as_os_str().to_str()?;
    match parts.next() {
        Some(_) => Some(first.to_owned()),
        None => first.strip_suffix(".rs").filter(|name| !matches!(*name, "lib" | "main")).map(str::to_owned),
    }
}

/// What follows each `crate::` in a text, up to the end of the path or of its braces.
fn crate_paths(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices("crate::").map(|(at, found)| {
        let path = &code[at + found.len()..];
        let end = match (path.find(['{', ';', '(', ',', ' ', '\n', ')', '>', '<']), path.find('}')) {
            (Some(start), Some(end)) if path[start..].starts_with('{') => end,
            (Some(end), _) => end,
            (None, _) => path.len(),
        };
        &path[..end]
    })
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|word| !word.is_empty())
}

#[test]
fn modules_use_only_what_they_may() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ALLOWED.iter().map(|(module, others)| (*module, others.iter().copied().collect())).collect();
    let mut wrong = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let files = rust_files("src");
    for (path, text) in &files {
        let Some(module) = module(path).filter(|_| !is_test(path, &files)) else { continue };
        let may =
            allowed.get(module.as_str()).unwrap_or_else(|| panic!("`{module}` is not in the table of {}", file!()));
        for used in crate_paths(&code(text)) {
            let mut words = identifiers(used);
            let other = words.next().unwrap_or_else(|| panic!("{}: `crate::` with a list is not read", path.display()));
            if other == module {
                continue;
            }
            seen.insert((module.clone(), other.to_owned()));
            if !may.contains(other) {
                wrong.insert(format!("{}: {module} may not use {other}", path.display()));
            }
            if let Some((_, _, items)) = ALLOWED_ITEMS.iter().find(|(one, two, _)| (*one, *two) == (&module, other)) {
                wrong.extend(
                    words
                        .filter(|item| !items.contains(item))
                        .map(|item| format!("{}: {module} may not use {other}::{item}", path.display())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unused: Vec<String> = allowed
        .iter()
        .flat_map(|(module, others)| others.iter().map(move |other| (module.to_string(), other.to_string())))
        .filter(|edge| !seen.contains(edge))
        .map(|(module, other)| format!("{module} → {other}"))
        .collect();
    assert!(unused.is_empty(), "allowed and not used, so that the table says more than the code does: {unused:?}");
}

/// The table of modules, as ARCHITECTURE.md shows it.
fn table_of_modules() -> String {
    let mut table = "| module | uses |\n| --- | --- |\n".to_owned();
    for (module, others) in ALLOWED {
        let names = others.iter().map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ");
        let names = if names.is_empty() { "nothing".to_owned() } else { names };
        table += &format!("| `{module}` | {names} |\n");
    }
    for (module, other, items) in ALLOWED_ITEMS {
        table += &format!("| `{module}` of `{other}` | only `{}` |\n", items.join("`, `"));
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests asks for a new table by it")]
fn the_table_in_the_documentation_is_the_one_that_is_held() {
    const BEGIN: &str = "<!-- imports: begin -->\n";
    const END: &str = "<!-- imports: end -->";
    let file = root().join("ARCHITECTURE.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("a beginning");
    let (_, after) = rest.split_once(END).expect("an end");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", table_of_modules());
    if std::env::var_os("LZ_UPDATE_DOCS").is_some() {
        std::fs::write(&file, &wanted).unwrap();
        return;
    }
    assert!(page == wanted, "it is stale; `LZ_UPDATE_DOCS=1 cargo test --test it architecture` makes it anew");
}

#[test]
fn the_overview_can_be_read_at_once() {
    const MOST: usize = 3500;
    let words = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap().split_whitespace().count();
    assert!(words <= MOST, "ARCHITECTURE.md has {words} words; the depth belongs into docs/design/");
}

#[test]
fn the_table_of_modules_has_no_cycle() {
    let mut left: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    while !left.is_empty() {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, others)| others.iter().all(|other| !left.contains_key(other)))
            .map(|(one, _)| *one)
            .collect();
        assert!(!free.is_empty(), "these use each other: {:?}", left.keys());
        left.retain(|module, _| !free.contains(module));
    }
}

#[test]
fn only_use_cases_call_what_they_wrap() {
    let sources = rust_files("src");
    let of_lz = sources.iter().filter(|(path, _)| !is_test(path, &sources));
    let of_lz = of_lz.map(|(path, text)| (path, module(path).unwrap_or_default(), code(text)));
    let others: BTreeMap<PathBuf, String> = rust_files("tests/it").into_iter().chain(rust_files("benches")).collect();
    let itself = Path::new("tests/it/architecture.rs");
    let of_others = others.iter().filter(|(path, _)| *path != itself);
    let of_others = of_others.map(|(path, text)| (path, String::new(), code(text)));
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for (path, module, code) in of_lz.chain(of_others) {
        for (wrapped, made_of) in WRAPPED.iter().filter(|(wrapped, _)| holds(&code, wrapped)) {
            if module == "operate" {
                used.insert(*wrapped);
            } else if !made_of.contains(&module.as_str()) {
                wrong.push(format!("{}: {wrapped}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "what only `operate` may use: {wrong:#?}");
    let unused: Vec<&str> = WRAPPED.iter().map(|(one, _)| *one).filter(|one| !used.contains(one)).collect();
    assert!(unused.is_empty(), "`operate` does not use these, so that the table proves nothing of them: {unused:?}");
}

/// True where a text holds a phrase that is no part of a longer word.
fn holds(code: &str, phrase: &str) -> bool {
    let is_of_word = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(phrase).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(is_of_word);
        let after = code[at + phrase.len()..].chars().next().is_some_and(is_of_word);
        let (starts, ends) = (phrase.starts_with(is_of_word), phrase.ends_with(is_of_word));
        !(starts && before || ends && after)
    })
}

#[test]
fn no_file_of_these_tests_is_forgotten() {
    let main = std::fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for (path, _) in rust_files("tests/it") {
        let parts: Vec<&str> = path.iter().skip(2).map(|part| part.to_str().unwrap()).collect();
        let (declared_in, name) = match parts.as_slice() {
            ["main.rs"] => continue,
            [file] => (main.clone(), file.trim_end_matches(".rs")),
            [folder, "mod.rs"] => (main.clone(), *folder),
            [folders @ .., file] => {
                let parent = root().join("tests/it").join(folders.join("/"));
                let (parent, name) = match *file {
                    "mod.rs" => (parent.parent().unwrap().to_owned(), *folders.last().unwrap()),
                    file => (parent, file.trim_end_matches(".rs")),
                };
                (std::fs::read_to_string(parent.join("mod.rs")).unwrap(), name)
            }
            [] => continue,
        };
        let declaration = format!("mod {name};");
        assert!(declared_in.lines().any(|line| line.trim() == declaration), "{} is compiled nowhere", path.display());
    }
}

#[test]
fn files_are_short_enough_to_be_read_at_once() {
    let mut files = rust_files("src");
    files.extend(rust_files("tests"));
    let long: Vec<(String, usize)> = files
        .iter()
        .map(|(path, text)| (path.display().to_string(), text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST_FILE} lines, to be split by subject: {long:#?}");
}

#[test]
fn only_the_printer_writes_to_the_terminal() {
    let writers: Vec<String> = rust_files("src")
        .into_iter()
        .filter(|(path, text)| {
            let code = code(text);
            let words = ["println!", "print!(", "dbg!(", "io::stdout(", "io::stderr("];
            !path.starts_with("src/ui") && words.iter().any(|word| code.contains(word))
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(writers.is_empty(), "{writers:?}");
}

/// What may put text before people that was not escaped piece by piece, each with what it draws.
const DRAWN: &[&str] = &[
    "src/cli/completions.rs",   // clap's script
    "src/cli/error.rs",         // clap's message
    "src/config/diagnostic.rs", // annotate-snippets' drawing
    "src/report/palette.rs",    // colours
    "src/text/mod.rs",
    "src/ui/printer.rs", // the same text with whole commands
];

#[test]
fn text_for_people_is_escaped_in_one_place() {
    let files = rust_files("src");
    for (path, text) in files.iter().filter(|(path, _)| !is_test(path, &files)) {
        let (code, path) = (code(text), path.to_string_lossy().into_owned());
        let makes_text = code.contains("Text::drawn(") || code.contains("Text::of(");
        assert!(!makes_text || DRAWN.contains(&path.as_str()), "{path} makes a `Text` that nobody has escaped");
        let writes = code.contains("io::stdout()") || code.contains("io::stderr()");
        assert!(!writes || path.starts_with("src/ui/"), "{path} writes to a stream, and `ui` alone does");
    }
}
