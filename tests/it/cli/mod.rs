//! The `lz` command as its users meet it: texts, documents, exit statuses, files.

mod apply;
mod connect;
mod environment;
mod forged;
mod help;
mod interrupt;
mod journal;
mod lock;
mod plan;
mod proof;
mod remedies;
mod settings;
mod stacks;
mod sweep;
mod trace;
mod twin;
mod unfinished;
mod zone_files;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use jsonschema::Validator;
use serde_json::Value;
use tempfile::TempDir;

/// What differs from run to run or with the engine's order of calls, and is not what the texts are about.
const FILTERS: &[(&str, &str)] = &[
    (r"\b\d{12}\b", "[account id]"),
    (r"\bprocess \d+ since \w+", "process [pid] since [time]"),
    (r"in [\w ]+ of AWS's time, \d+ API calls, \d+ throttled", "in [time] of AWS's time, [n] API calls, [n] throttled"),
    (r#""(api_calls|throttled|aws_seconds)": \d+"#, "\"$1\": [n]"),
    (r#"(--twin rollback |"run": "|/lz-|by run )\d{8}T\d{6}Z-[0-9a-f]{6}"#, "${1}[run]"),
    (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:[port]"),
];

/// Compares a text with the snapshot of a name, filtered.
macro_rules! assert_text {
    ($name:expr, $text:expr) => {
        insta::with_settings!({
            snapshot_path => "../../snapshots/cli",
            prepend_module_to_snapshot => false,
            omit_expression => true,
            filters => super::FILTERS.iter().copied(),
        }, { insta::assert_snapshot!($name, $text) })
    };
}
use assert_text;

/// A folder of its own to run `lz` in, with nothing of this machine's environment.
struct Place {
    folder: TempDir,
}

/// What a run of `lz` came to.
#[must_use]
struct Ran {
    stdout: String,
    stderr: String,
    status: Option<i32>,
}

impl Place {
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With the starter zone in it.
    fn with_zone() -> Self {
        let place = Self::empty();
        place.lz(["init"]).done();
        place
    }

    /// With the starter zone's hub on the simulated AWS.
    fn with_hub() -> Self {
        let place = Self::with_zone();
        place.lz(["--twin", "bootstrap", "--yes"]).done();
        place
    }

    /// Gives the accounts addresses that the real AWS could be asked for.
    fn use_own_addresses(&self) {
        for account in ["networking", "orders-prod", "payments-dev", "payments-prod"] {
            self.edit(&format!("accounts/{account}.toml"), "@example.com", "@acme.io");
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path(path), text).unwrap();
    }

    /// Replaces a piece of a file, which must be there.
    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no `{from}`:\n{text}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// The permissions of a file or folder.
    fn mode(&self, path: &str) -> u32 {
        std::fs::metadata(self.path(path)).unwrap().permissions().mode() & 0o777
    }

    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lz"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("COLUMNS", "100")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null());
        command
    }

    fn lz<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    fn lz_with<'a>(&self, variables: &[(&str, &str)], arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        Ran::of(self.command(arguments).envs(variables.iter().copied()).output().unwrap())
    }
}

/// The committed schema of a document.
fn schema(document: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schemas/output/{document}.json"));
    let schema = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    jsonschema::draft202012::new(&serde_json::from_str(&schema).unwrap()).unwrap()
}

/// Holds every document on standard output against its schema.
fn check_documents(stdout: &str) {
    if !stdout.starts_with('{') {
        return;
    }
    for document in serde_json::Deserializer::from_str(stdout).into_iter::<Value>() {
        let document = document.unwrap_or_else(|error| panic!("{error} in:\n{stdout}"));
        let name = document["document"].as_str().unwrap_or_else(|| panic!("no document's name in:\n{document:#}"));
        let wrong: Vec<String> =
            schema(name).iter_errors(&document).map(|one| format!("{}: {one}", one.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{document:#}");
    }
}

impl Ran {
    fn of(output: Output) -> Self {
        let stdout = String::from_utf8(output.stdout).unwrap();
        check_documents(&stdout);
        Self { stdout, stderr: String::from_utf8(output.stderr).unwrap(), status: output.status.code() }
    }

    /// The same, if it ended with a status.
    fn with_status(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output of a run that must have ended well.
    fn done(self) -> String {
        self.with_status(0).stdout
    }

    /// Standard output as the one document that it must be.
    fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in:\n{}", self.stdout))
    }

    /// All that a person sees.
    fn text(&self) -> String {
        let status = self.status.map_or("killed".to_owned(), |status| status.to_string());
        format!("--- stdout\n{}--- stderr\n{}--- exit status {status}\n", self.stdout, self.stderr)
    }
}

/// A process that ends with the value.
struct Process {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Process {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr }
    }

    /// Reads what the process says up to a line that a text is in.
    fn wait_for(&mut self, text: &str) -> String {
        let mut said = String::new();
        loop {
            let before = said.len();
            assert_ne!(self.stderr.read_line(&mut said).unwrap(), 0, "it ended without `{text}`:\n{said}");
            if said[before..].contains(text) {
                return said[before..].trim_end().to_owned();
            }
        }
    }

    fn interrupt(&self) {
        let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it with SIGKILL, which it can't notice.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What is said from here on, and the status.
    fn end(mut self) -> (String, Option<i32>) {
        let said = self.stderr.by_ref().lines().map(|line| line.unwrap() + "\n").collect();
        (said, self.child.wait().unwrap().code())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A simulated AWS that is served, with what a client needs to use it.
struct Served {
    port: String,
    variables: Vec<(String, String)>,
    _process: Process,
}

impl Served {
    fn start(place: &Place, speed: &str) -> Self {
        Self::with(place, speed, &[])
    }

    /// That goes on with the world of a place's `lz --twin`.
    fn continued(place: &Place) -> Self {
        Self::with(place, "60", &["--state", ".lz/twin/world.json"])
    }

    fn with(place: &Place, speed: &str, world: &[&str]) -> Self {
        let serve = ["twin", "serve", "--port", "0", "--speed", speed];
        let mut process = Process::start(place.command(serve.into_iter().chain(world.iter().copied())));
        let line = process.wait_for("listens on");
        let port = line.split("127.0.0.1:").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        let env = ["twin", "env", "--port", &port, "--output", "json"];
        let environment = place.lz(env.into_iter().chain(world.iter().copied())).with_status(0).document();
        let mut variables: Vec<(String, String)> = environment["variables"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        variables.push(("LZ_TIME_SCALE".to_owned(), speed.to_owned()));
        Self { port, variables, _process: process }
    }

    fn variables(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn variable(&self, name: &str) -> &str {
        self.variables.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str()).unwrap()
    }
}
