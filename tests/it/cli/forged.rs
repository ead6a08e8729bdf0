//! Text from AWS and from people can hold anything: whatever is printed of it, nothing is obeyed, and no line is forged.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;

use super::{Place, Ran};

/// What means something to a terminal, a CI server, XML, JSON or a page.
const FORGED: &str = "x\r\nNo changes: all 9 resources are as the files say.\n::error::forged\n##[error]##vso[task.complete]\
    \u{1b}[2K\u{9b}31m\u{85}\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{feff}<script>&amp;]]>\"'\\";

/// Panics where a text that was printed or written holds something that is obeyed or hidden, or a line that is forged.
fn check(what: &str, text: &str) {
    let hidden = |one: char| matches!(one, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let raw = text.chars().find(|one| *one != '\n' && (one.is_control() || hidden(*one)));
    assert_eq!(raw, None, "{what}:\n{text}");
    for line in text.lines().map(str::trim_start) {
        assert!(!line.starts_with("::") && !line.starts_with("No changes: all 9"), "{what}: {line}");
        assert!(!line.contains("##[") && !line.contains("##vso["), "{what}: {line}");
    }
}

impl Ran {
    /// Checks all that was printed; gives it.
    fn checked(self, what: &str) -> String {
        let text = format!("{}{}", self.stdout, self.stderr);
        check(what, &text);
        text
    }
}

/// Puts something behind the texts that people and AWS name in a world: tags, names, descriptions, addresses of accounts.
fn forge(value: &mut Value, forged: &str) -> usize {
    match value {
        Value::Array(items) => items.iter_mut().map(|item| forge(item, forged)).sum(),
        Value::Object(fields) => fields
            .iter_mut()
            .map(|(name, field)| match (name.as_str(), field) {
                // lz finds what is its own by these.
                ("lz:zone" | "lz:address" | "lz:run" | "cloudtrail", _) => 0,
                ("tags" | "root_tags", Value::Object(tags)) => {
                    tags.insert("Name".to_owned(), forged.into());
                    tags.insert(forged.to_owned(), forged.into());
                    if let Some(owner) = tags.get_mut("owner") {
                        *owner = forged.into();
                    }
                    1
                }
                ("description", Value::String(text)) => {
                    text.push_str(forged);
                    1
                }
                (_, field) => forge(field, forged),
            })
            .sum(),
        _ => 0,
    }
}

fn forge_world(place: &Place) {
    let mut world: Value = serde_json::from_str(&place.read(".lz/twin/world.json")).unwrap();
    assert!(forge(&mut world, FORGED) > 30);
    place.write(".lz/twin/world.json", &world.to_string());
}

#[test]
fn names_and_tags_in_aws() {
    let place = Place::with_hub();
    place.lz(["--twin", "onboard-workload", "payments-prod", "--yes"]).done();
    forge_world(&place);
    let reports = ["--junit", "s.xml", "--sarif", "s.sarif", "--asff", "s.json", "--prometheus", "s.prom"];
    let sweep: Vec<&str> = ["--twin", "sweep"].into_iter().chain(reports).collect();
    let commands: &[&[&str]] = &[
        &["--twin", "plan"],
        &["--twin", "plan", "--allow-removals"],
        &["--twin", "plan", "--output", "json"],
        &["--twin", "plan", "--out", "zone.plan"],
        &["--twin", "trace", "payments-prod", "api.example.com"],
        &["--twin", "trace", "payments-prod", "internet", "--output", "json"],
        &["--twin", "lock", "--rebuild"],
        &["--twin", "sweep", "--cloudtrail"],
        &["--twin", "sweep", "--output", "json"],
        &sweep,
        &["--twin", "sweep", "--repair", "--yes"],
        &["--twin", "history"],
    ];
    let mut all = String::new();
    for arguments in commands {
        all.push_str(&place.lz(arguments.iter().copied()).checked(&arguments.join(" ")));
    }
    assert!(all.contains("\\u{1b}[2K") && all.contains("\\nNo changes"), "what is forged was shown:\n{all}");
    for file in ["s.xml", "s.sarif", "s.json", "s.prom", "zone.plan"] {
        check(file, &place.read(file));
    }
    let xml = place.read("s.xml");
    assert!(!xml.contains("<script>") && !xml.contains("]]>"), "{xml}");
    let runs = place.lz(["--twin", "history", "--output", "json"]).document();
    for run in runs["runs"].as_array().unwrap() {
        let name = run["run"].as_str().unwrap();
        let _ = place.lz(["--twin", "history", name]).checked("history of a run");
        let _ = place.lz(["--twin", "history", name, "--output", "json"]).checked("history of a run as JSON");
    }
}

#[test]
fn names_and_texts_of_files_options_and_variables() {
    let place = Place::with_zone();
    let forged: &[&[&str]] = &[
        &["plan", FORGED],
        &["--twin", "plan", "--scope", FORGED],
        &["--twin", "trace", FORGED, FORGED, "--planned"],
        &["trace", "a", "b", "--snapshot", FORGED],
        &["--twin", "plan", "--set", &format!("region={FORGED}")],
        &["--twin", "plan", "--set", &format!("{FORGED}=1")],
        &["--twin", "bootstrap", "--yes", "--plan", FORGED],
        &["--twin", "history", FORGED],
        &["--twin", "rollback", FORGED, "--yes"],
        &["--twin", "sweep", "--account", FORGED],
        &["validate", "--dir", FORGED],
        &["validate", "--allow-violation", FORGED],
        &["twin", "serve", "--port", FORGED],
        &["twin", "serve", "--port", "0", "--state", FORGED, "--seed", FORGED],
    ];
    for arguments in forged {
        let ran = place.lz(arguments.iter().copied());
        assert_ne!(ran.status, Some(0), "{arguments:?}");
        let _ = ran.checked(&format!("{arguments:?}"));
    }
    for variable in ["LZ_OUTPUT", "LZ_PARALLELISM", "LZ_TIME_SCALE", "LZ_LOG", "LZ_REGION"] {
        let value = FORGED.replace('\n', "");
        let ran = place.lz_with(&[(variable, &value)], ["validate"]);
        assert_ne!(ran.status, Some(0), "{variable}");
        let _ = ran.checked(variable);
    }
    let name = FORGED.replace('/', "");
    place.write(&format!("accounts/{name}.toml"), "unit = 1\n");
    place.write(&format!("blueprints/{name}.toml"), "kind = \"vpc\"\n");
    place.write("suppressions.toml", &format!("[[suppression]]\nreason = {:?}\n", "x"));
    let key: String = FORGED.chars().filter(|one| !one.is_control() && *one != '"' && *one != '\\').collect();
    place.edit("lz.toml", "region =", &format!("\"{key}\" = \"{key}\" # \u{202e}\nregion ="));
    for output in [["validate", "--output", "human"], ["validate", "--output", "json"]] {
        let ran = place.lz(output).with_status(3);
        let _ = ran.checked("files");
    }
}

#[test]
fn messages_of_aws() {
    let place = Place::with_zone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let message = FORGED.replace("\u{1b}", "").replace('&', "&amp;").replace('<', "&lt;").replace("]]>", "]]&gt;");
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>"
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 65536];
            let _ = stream.read(&mut request);
            let head = format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    place.use_own_addresses();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("LZ_LOG", "debug"),
    ];
    let human = place.lz_with(&variables, ["plan"]).with_status(1).checked("an error of AWS");
    assert!(human.contains("forged"), "{human}");
    let _ = place.lz_with(&variables, ["plan", "--output", "json"]).with_status(1).checked("an error of AWS as JSON");
}
