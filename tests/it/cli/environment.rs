//! Any environment, and any configuration of the AWS SDK: lz ends, with a status of its own and a word.
//!
//! Each seed is one run of `lz` with variables and files chosen by it. Every endpoint is on the loopback interface, where
//! a server answers with what it likes. `LZ_ENVIRONMENT_SEEDS=FROM-TO` runs these seeds instead of the few that are always run.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use fastrand::Rng;

use super::{Place, Ran};

/// How long a run may take before it counts as hanging: lz gives up on credentials after 20 seconds.
const PATIENCE: Duration = Duration::from_secs(90);
/// What must never be told.
const SECRET: &str = "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY";
/// How many runs there are at once.
const THREADS: usize = 6;
/// The exit statuses that lz has.
const STATUSES: [i32; 7] = [0, 1, 2, 3, 4, 5, 130];

/// Answers everybody with what a seed says, for as long as the process lives.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut rng = Rng::with_seed(7);
        for stream in listener.incoming().flatten() {
            let answer = answer(&mut rng, port);
            std::thread::spawn(move || converse(stream, &answer));
        }
    });
    port
}

fn converse(mut stream: TcpStream, answer: &[u8]) {
    // Whoever goes away meanwhile has got enough.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let _ = stream.read(&mut [0; 65536]);
    let _ = stream.write_all(answer);
}

fn answer(rng: &mut Rng, port: u16) -> Vec<u8> {
    let bodies = [
        String::new(),
        "<html>".to_owned(),
        "{}".to_owned(),
        "null".to_owned(),
        format!("{{\"AccessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"SecretAccessKey\":\"{SECRET}\",\"Token\":\"t\",\"Expiration\":\"soon\"}}"),
        format!("{{\"roleCredentials\":{{\"accessKeyId\":\"A\",\"secretAccessKey\":\"{SECRET}\",\"sessionToken\":\"\",\"expiration\":-1}}}}"),
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no\u{1b}[2J</Message></Error></ErrorResponse>".to_owned(),
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>12</Account></GetCallerIdentityResult></GetCallerIdentityResponse>".to_owned(),
    ];
    let statuses = ["200 OK", "204 No Content", "302 Found", "400 Bad Request", "403 Forbidden", "404 Not Found", "x"];
    let body = &bodies[rng.usize(..bodies.len())];
    let status = statuses[rng.usize(..statuses.len())];
    let location = format!("Location: http://127.0.0.1:{port}/elsewhere\r\n");
    match rng.u8(..8) {
        0 => Vec::new(),
        1 => (0..64).map(|_| rng.u8(..)).collect(),
        2 => format!("HTTP/1.1 {status}\r\nContent-Length: 99999\r\n\r\n{body}").into_bytes(),
        _ => {
            format!("HTTP/1.1 {status}\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
                .into_bytes()
        }
    }
}

/// What one seed chooses from.
struct Choice<'a> {
    rng: Rng,
    port: u16,
    place: &'a Place,
}

impl Choice<'_> {
    fn one(&mut self, of: &[&str]) -> String {
        of[self.rng.usize(..of.len())].to_owned()
    }

    fn happens(&mut self, in_hundred: u8) -> bool {
        self.rng.u8(..100) < in_hundred
    }

    fn endpoint(&mut self) -> String {
        let here = format!("http://127.0.0.1:{}", self.port);
        let with_path = format!("{here}/a/path?query=1");
        let nonsense = [
            "http://127.0.0.1:9",
            "http://[::1]:9",
            "https://127.0.0.1:9",
            "http://127.0.0.1:99999",
            "ftp://127.0.0.1:9",
        ];
        let more = ["", " ", "4566", "http://", "//127.0.0.1", "http://127.0.0.1:9/\u{7f}", "localhost:9", "\u{2028}"];
        let all: Vec<&str> =
            [here.as_str(), &here, &here, &here, &with_path].into_iter().chain(nonsense).chain(more).collect();
        self.one(&all)
    }

    /// A path to something, most of which is not what a configuration should be.
    fn path(&mut self) -> String {
        let kept = ["config", "garbage", "pipe", "folder", "missing/file", "link-to-itself", "token"];
        let path = self.place.path(&self.one(&kept)).to_str().unwrap().to_owned();
        let others = [
            "/dev/null",
            "/dev/zero",
            "/dev/full",
            "/dev/stdin",
            "/proc/self/mem",
            "",
            "~/x",
            "~",
            "\u{1b}[31m",
            "relative",
        ];
        if self.happens(60) { path } else { self.one(&others) }
    }

    /// Nonsense that any variable may hold.
    fn nonsense(&mut self) -> Vec<u8> {
        match self.rng.u8(..6) {
            0 => Vec::new(),
            1 => vec![b'a'; self.rng.usize(1..100_000)],
            2 => (0..self.rng.usize(1..40)).map(|_| self.rng.u8(1..)).collect(),
            3 => "-1".into(),
            4 => "\u{202e}\u{1b}]0;x\u{7}\n::error::x".into(),
            _ => "99999999999999999999999".into(),
        }
    }

    fn value(&mut self, variable: &str) -> Vec<u8> {
        if self.happens(12) {
            return self.nonsense();
        }
        let number = ["0", "1", "-1", "1000", "4294967296", "1e9", "", "many", "0x10"];
        let truth = ["true", "false", "TRUE", "1", "yes", "", "perhaps"];
        let value = match variable {
            "AWS_RETRY_MODE" => self.one(&["standard", "adaptive", "legacy", "STANDARD", "", "none"]),
            "AWS_MAX_ATTEMPTS" | "LZ_PARALLELISM" | "LZ_TIME_SCALE" | "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES" => {
                self.one(&number)
            }
            "AWS_PROFILE" | "AWS_DEFAULT_PROFILE" => {
                self.one(&["default", "a", "b", "process", "sso", "web", "loop", "missing", "", "a b", "[x]"])
            }
            "AWS_REGION" | "AWS_DEFAULT_REGION" => {
                self.one(&["eu-west-1", "", "nowhere", "us-gov-west-1", "a/b", "eu-west-1\n"])
            }
            "LZ_REGION" => self.one(&["eu-west-1", "eu-west-3", "", "nowhere"]),
            "LZ_OUTPUT" => self.one(&["json", "human", "JSON", "", "yaml"]),
            "LZ_LOG" => self.one(&["lz=debug", "off", "[[[", "=", "warn,lz=trace", "warn", "aws_config=trace", ""]),
            "LZ_NAME" | "LZ_ADDRESSES__HUB" | "LZ_NONSENSE" | "LZ_TAGS" | "LZ___" => {
                self.one(&["x", "", "{", "[1", "10.0.0.0/99", "true"])
            }
            "AWS_ROLE_ARN" => self.one(&["arn:aws:iam::123456789012:role/x", "", "role"]),
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" => self.one(&["no-slash", "", " "]),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE" => self.one(&["IPv4", "IPv6", "ipv5", ""]),
            "AWS_RESPONSE_CHECKSUM_VALIDATION" | "AWS_REQUEST_CHECKSUM_CALCULATION" => {
                self.one(&["when_required", "WHEN_SUPPORTED", "x", ""])
            }
            "AWS_ACCOUNT_ID_ENDPOINT_MODE" => self.one(&["required", "preferred", "disabled", "x"]),
            "AWS_ACCOUNT_ID" => self.one(&["123456789012", "x", ""]),
            "COLUMNS" => self.one(&["0", "1", "-1", "100000", ""]),
            _ if variable.contains("ENDPOINT") && !variable.contains("USE_") || variable.ends_with("_FULL_URI") => {
                self.endpoint()
            }
            _ if variable.ends_with("_FILE") || variable == "HOME" || variable == "LZ_DIR" => self.path(),
            _ => self.one(&truth),
        };
        value.into_bytes()
    }

    /// A file of profiles: some that make sense, and lines that do not.
    fn profiles(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        for profile in
            ["default", "profile a", "profile b", "profile process", "profile sso", "profile web", "profile loop"]
        {
            let odd = ["[profile", "[]", "[profile  x  ]", "profile a", "[sso-session s", "[services s]", "[a]]"];
            let header = if self.happens(90) { format!("[{profile}]") } else { self.one(&odd) };
            text.extend(header.into_bytes());
            text.push(b'\n');
            for _ in 0..self.rng.usize(..6) {
                text.extend(self.line(profile));
                text.extend(if self.happens(90) { "\n" } else { "\r\n" }.as_bytes());
            }
        }
        text.extend(
            format!("[sso-session s]\nsso_region = eu-west-1\nsso_start_url = http://127.0.0.1:{}\n", self.port)
                .into_bytes(),
        );
        text
    }

    fn line(&mut self, profile: &str) -> Vec<u8> {
        let (path, endpoint) = (self.path(), self.endpoint());
        let processes = [
            "/bin/false".to_owned(),
            "echo garbage".to_owned(),
            "printf '\\377\\376'".to_owned(),
            format!(
                "echo '{{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"{SECRET}\",\"Expiration\":\"x\"}}'"
            ),
            format!("echo '{{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"{SECRET}\"}}'"),
            format!("echo '{{\"Version\":2,\"SecretAccessKey\":\"{SECRET}\"}}'"),
            "no-such-program-anywhere".to_owned(),
            "head -c 1000000 /dev/zero".to_owned(),
            "echo '\u{1b}[31m::error::x' >&2; exit 3".to_owned(),
            String::new(),
        ];
        let process = processes[self.rng.usize(..processes.len())].clone();
        let lines = [
            format!("credential_process = {process}"),
            "role_arn = arn:aws:iam::123456789012:role/x\nsource_profile = a".to_owned(),
            "role_arn = arn:aws:iam::123456789012:role/x\nsource_profile = loop".to_owned(),
            "role_arn = x\ncredential_source = Nowhere".to_owned(),
            "role_arn = x\ncredential_source = Environment".to_owned(),
            format!("role_arn = x\nweb_identity_token_file = {}", self.place.path("token").display()),
            "sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r".to_owned(),
            "sso_session = missing".to_owned(),
            "sso_start_url = x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r".to_owned(),
            format!("aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET}"),
            format!("aws_secret_access_key = {SECRET}"),
            format!("endpoint_url = {endpoint}"),
            format!("services = s\nca_bundle = {path}"),
            "region =".to_owned(),
            "retry_mode = legacy\nmax_attempts = -1".to_owned(),
            "use_fips_endpoint = maybe\nuse_dualstack_endpoint = 2".to_owned(),
            "defaults_mode = nonsense\nrequest_checksum_calculation = x".to_owned(),
            "s3 =\n  endpoint_url = x\n  addressing_style".to_owned(),
            "= value".to_owned(),
            "key".to_owned(),
            format!("{} = {}", "k".repeat(5000), "v".repeat(5000)),
        ];
        match profile {
            _ if self.happens(8) => (0..self.rng.usize(1..60)).map(|_| self.rng.u8(1..)).collect(),
            "profile process" if self.happens(60) => lines[0].clone().into_bytes(),
            "profile web" if self.happens(60) => lines[5].clone().into_bytes(),
            "profile sso" if self.happens(60) => lines[6].clone().into_bytes(),
            _ => lines[self.rng.usize(..lines.len())].clone().into_bytes(),
        }
    }
}

/// Every variable that lz or the AWS SDK for Rust knows, but for the one that turns endpoints on loopback off.
const VARIABLES: &[&str] = &[
    "AWS_ACCOUNT_ID",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_DISABLE_CLOCK_SKEW_CORRECTION",
    "AWS_DISABLE_REQUEST_COMPRESSION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_EXECUTION_ENV",
    "AWS_MAX_ATTEMPTS",
    "AWS_NEW_RETRIES_2026",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SDK_UA_APP_ID",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_SIGV4A_SIGNING_REGION_SET",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "COLUMNS",
    "HOME",
    "LZ_ADDRESSES__HUB",
    "LZ_DIR",
    "LZ_LOG",
    "LZ_NAME",
    "LZ_NONSENSE",
    "LZ_OUTPUT",
    "LZ_PARALLELISM",
    "LZ_REGION",
    "LZ_TAGS",
    "LZ_TIME_SCALE",
    "LZ___",
    "SSL_CERT_FILE",
];
/// The services that are called, or that credentials come from, each with an endpoint of its own on loopback.
const SERVICES: &[&str] = &[
    "CLOUDTRAIL",
    "CLOUDWATCH_LOGS",
    "EC2",
    "NETWORK_FIREWALL",
    "ORGANIZATIONS",
    "RAM",
    "SIGNIN",
    "SSO",
    "SSO_OIDC",
    "STS",
];

const COMMANDS: &[&[&str]] = &[
    &["plan"],
    &["plan"],
    &["plan"],
    &["bootstrap", "--yes"],
    &["sweep"],
    &["sweep", "--repair", "--yes"],
    &["lock", "--rebuild"],
    &["rollback", "--yes"],
    &["snapshot", "recorded"],
    &["trace", "payments-prod", "internet"],
    &["validate"],
    &["history"],
    &["journal", "check"],
    &["unlock"],
    &["twin", "env"],
];

/// A zone's folder with files that configurations should not be.
fn prepared() -> Place {
    let place = Place::with_zone();
    std::fs::create_dir(place.path("folder")).unwrap();
    std::os::unix::fs::symlink(place.path("link-to-itself"), place.path("link-to-itself")).unwrap();
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    place.write("token", "token");
    std::fs::create_dir_all(place.path(".aws/sso/cache")).unwrap();
    // The name is the hash of `s`, the session.
    let token =
        "{\"accessToken\":\"t\",\"expiresAt\":\"2099-01-01T00:00:00Z\",\"startUrl\":\"x\",\"region\":\"eu-west-1\"}";
    place.write(".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json", token);
    place
}

/// The command of a seed, in its environment.
fn command(seed: u64, port: u16, place: &Place) -> Command {
    let mut choice = Choice { rng: Rng::with_seed(seed), port, place };
    let here = format!("http://127.0.0.1:{port}");
    place.write("config", "");
    let (config, garbage) = (choice.profiles(), (0..500).map(|_| choice.rng.u8(..)).collect::<Vec<u8>>());
    std::fs::write(place.path("config"), config).unwrap();
    std::fs::write(place.path("garbage"), garbage).unwrap();
    let arguments = COMMANDS[choice.rng.usize(..COMMANDS.len())];
    let mut command = place.command(arguments.iter().copied());
    command.env_remove("AWS_EC2_METADATA_DISABLED").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &here);
    command.env("AWS_ENDPOINT_URL", &here).env("LZ_TIME_SCALE", "600").env("AWS_CONFIG_FILE", place.path("config"));
    for service in SERVICES {
        command.env(format!("AWS_ENDPOINT_URL_{service}"), &here);
    }
    if choice.happens(40) {
        command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", SECRET);
    }
    if choice.happens(25) {
        command.env("AWS_ENDPOINT_URL", choice.endpoint());
    }
    for _ in 0..choice.rng.usize(..6) {
        let variable = VARIABLES[choice.rng.usize(..VARIABLES.len())];
        command.env(variable, OsString::from_vec(choice.value(variable)));
    }
    command
}

/// Runs a command to its end, which must come.
fn end_of(mut command: Command, context: &str) -> Ran {
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
    let child = child.unwrap_or_else(|error| panic!("{context}: {error}"));
    let (id, (done, ended)) = (child.id(), channel());
    std::thread::spawn(move || done.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(PATIENCE) else {
        let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
        panic!("{context}: it hangs: {command:?}");
    };
    let output = output.unwrap();
    Ran {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    }
}

/// Runs the seeds one after the other, and says how many ended with which status.
fn run(seeds: impl Iterator<Item = u64>) -> BTreeMap<i32, u32> {
    let (place, port) = (prepared(), server());
    let mut told = BTreeMap::new();
    for seed in seeds {
        let command = command(seed, port, &place);
        let shown = format!("seed {seed}");
        let variables: Vec<_> =
            command.get_envs().map(|one| format!("{one:?}").chars().take(200).collect::<String>()).collect();
        let ran = end_of(command, &shown);
        let context = format!("{shown}: {variables:#?}\n{}", ran.text());
        let status = ran.status.unwrap_or_else(|| panic!("killed: {context}"));
        assert!(STATUSES.contains(&status), "{context}");
        assert!(matches!(status, 0 | 4) || !ran.stderr.trim().is_empty(), "nothing is said: {context}");
        assert!(!ran.stderr.contains("panicked"), "{context}");
        assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.lines().any(|line| line.starts_with("::")), "{context}");
        assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET), "a secret is told: {context}");
        *told.entry(status).or_insert(0) += 1;
    }
    told
}

#[test]
fn any_environment_and_any_configuration_of_the_sdk_end_in_a_status_and_a_word() {
    #[expect(clippy::disallowed_methods, reason = "whoever wants more asks for it")]
    let asked = std::env::var("LZ_ENVIRONMENT_SEEDS").ok();
    let asked = asked.as_deref().and_then(|asked| asked.split_once('-'));
    let (from, to) = asked.unwrap_or(("0", "48"));
    let seeds: Range<u64> = from.parse().unwrap()..to.parse().unwrap();
    // Most of them wait for something most of the time.
    let told: Vec<BTreeMap<i32, u32>> = std::thread::scope(|scope| {
        let threads = (0..THREADS).map(|number| seeds.clone().skip(number).step_by(THREADS));
        let threads: Vec<_> = threads.map(|seeds| scope.spawn(|| run(seeds))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let statuses: BTreeSet<i32> = told.iter().flat_map(BTreeMap::keys).copied().collect();
    assert!(statuses.len() > 2 || seeds.count() < 30, "they all end alike, so that little was tried: {told:?}");
}

#[test]
fn what_would_hang_is_refused_and_what_is_not_there_is_not() {
    let place = prepared();
    place.use_own_addresses();
    let key = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("LZ_TIME_SCALE", "600"),
    ];
    let pipe = place.path("pipe");
    for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "SSL_CERT_FILE"] {
        for file in [pipe.to_str().unwrap(), "/dev/zero", "folder"] {
            let variables: Vec<_> = key.into_iter().chain([(variable, file)]).collect();
            let refused = place.lz_with(&variables, ["plan"]).with_status(2);
            let told = format!("the environment variable {variable} is `{file}`, and it must be a regular file");
            assert!(refused.stderr.contains(&told), "{}", refused.stderr);
            // Who does not call AWS does not mind.
            let _ = place.lz_with(&variables, ["--twin", "plan"]).with_status(0);
        }
        for file in ["/dev/null", "missing", "config"] {
            let variables: Vec<_> = key.into_iter().chain([(variable, file)]).collect();
            let ran = place.lz_with(&variables, ["plan"]).with_status(1);
            assert!(ran.stderr.starts_with("error: AWS can't be reached"), "{variable} {file}: {}", ran.stderr);
        }
    }
    assert!(Command::new("mkfifo").arg(place.path(".aws/config")).status().unwrap().success());
    let refused = place.lz_with(&key, ["plan"]).with_status(2);
    assert!(refused.stderr.contains("what is in its folder `.aws` must be regular files"), "{}", refused.stderr);
}

#[test]
fn a_program_for_credentials_that_does_not_end_is_given_up() {
    let place = prepared();
    place.write("config", "[default]\ncredential_process = sleep 60\n");
    let mut command = place.command(["plan"]);
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("AWS_CONFIG_FILE", place.path("config"));
    let ran = end_of(command, "a program that does not end").with_status(1);
    assert!(
        ran.stderr.contains("no AWS credentials could be loaded: nothing came within 20 seconds"),
        "{}",
        ran.stderr
    );
}

#[test]
fn without_certificate_authorities_aws_is_not_called_and_a_simulated_one_is() {
    let place = prepared();
    place.use_own_addresses();
    place.write("garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for file in ["missing", "garbage", "/dev/null"] {
        let refused = place.lz_with(&[("SSL_CERT_FILE", file)], ["plan"]).with_status(1);
        let told = "error: no certificate authorities are known on this machine: ";
        assert!(refused.stderr.starts_with(told) && refused.stderr.contains("ca-certificates"), "{}", refused.stderr);
        let served = [("SSL_CERT_FILE", file), ("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
        let ran = place.lz_with(&served, ["plan"]).with_status(1);
        assert!(ran.stderr.contains("no AWS credentials could be loaded"), "{}", ran.stderr);
    }
}
