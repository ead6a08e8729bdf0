//! The zone as files: what the sample zone means, what other zones mean, and how malformed ones are refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lz::config::{Files, Invalid, Loaded, load, resolve_files, starter_zone};

fn configs(folder: &str) -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(folder);
    let mut cases: Vec<(String, PathBuf)> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .collect();
    cases.sort();
    cases
}

/// The sample zone with a case's files over it. A case's file `removed.txt` lists files that it does without, its
/// `environment.txt` variables, its `set.txt` options, one a line.
fn load_case(case: &Path) -> Result<Loaded, Invalid> {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let file = directory.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    starter_zone().iter().for_each(|(path, text)| write(path, text));
    for folder in ["", "accounts", "blueprints"] {
        let Ok(entries) = std::fs::read_dir(case.join(folder)) else { continue };
        for entry in entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file()) {
            let path = Path::new(folder).join(entry.file_name());
            write(path.to_str().unwrap(), &std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    let pairs = |name: &str| -> Vec<(String, String)> {
        let text = std::fs::read_to_string(case.join(name)).unwrap_or_default();
        let split = |line: &str| line.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())).unwrap();
        text.lines().map(split).collect()
    };
    for path in std::fs::read_to_string(case.join("removed.txt")).unwrap_or_default().lines() {
        std::fs::remove_file(directory.path().join(path)).unwrap();
    }
    load(directory.path(), &pairs("environment.txt").into_iter().collect(), &pairs("set.txt"))
}

fn sample() -> Loaded {
    resolve_files(&Files::from_texts(starter_zone().iter().copied()), &BTreeMap::new(), &[]).unwrap()
}

#[test]
fn malformed_zones_are_refused_with_every_fault_its_place_and_the_way_out() {
    for (name, path) in configs("invalid") {
        let invalid = load_case(&path).expect_err(&name);
        let rendered: Vec<String> = invalid.diagnostics.iter().map(|one| one.render(false)).collect();
        insta::with_settings!({ snapshot_path => "../snapshots/config", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("invalid-{name}"), rendered.join("\n\n"));
        });
    }
}
