//! `lz twin`, and the simulated AWS behind `--twin`.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::error::{CliError, ExitStatus};
use super::files::{create_private_folder, failed, lock, plain, writable};
use super::machine::{hold, twin_folder, twin_lock_file, world_file};
use super::settings::Settings;
use super::signal::interrupted;
use crate::cloud::{Clock, Connection};
use crate::report::DocumentName;
use crate::text::{Text, shell_word, text};
use crate::twin::Twin;
use crate::twin::connector::Connector;
use crate::twin::server::{Settings as ServerSettings, serve};
use crate::ui::Printer;
use crate::values::Region;
use crate::zone::Zone;

/// The folder below lz's own in which the simulated AWS is kept.
pub const FOLDER: &str = "twin";
/// The file that holds it.
pub const WORLD: &str = "world.json";
/// The seed of a simulated AWS that nobody chose one for.
const SEED: u64 = 1;

/// The simulated AWS: serve it to AWS CLI and SDKs, or forget it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz twin serve --speed 60                      serve one that runs sixty times as fast as AWS
  eval \"$(lz twin env)\"                       let AWS CLI, SDKs and lz use it
  lz twin reset                                 forget the one that `lz --twin` works on")]
pub struct TwinArgs {
    #[command(subcommand)]
    command: TwinCommand,
}

#[derive(Debug, Subcommand)]
enum TwinCommand {
    Serve(ServeArgs),
    Env(EnvArgs),
    Reset(ResetArgs),
}

/// Serve a simulated AWS over HTTP on this machine's loopback interface, until interrupted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz twin serve                                 on port 4566, in real time
  lz twin serve --port 4600 --speed 60          a minute in a second
  lz twin serve --state .lz/twin/world.json     go on with the world of `lz --twin`
  eval \"$(lz twin env)\" && aws ec2 describe-vpcs")]
struct ServeArgs {
    /// The port; 0 takes a free one.
    #[arg(long, default_value = "4566", value_name = "PORT")]
    port: u16,

    /// How many seconds pass in AWS in one second; give lz the same number in LZ_TIME_SCALE.
    #[arg(long, default_value = "1", value_name = "N")]
    speed: NonZeroU32,

    /// Decides ids, delays and the order of zone names of a new world.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Keep the world in a file: read it if it is there, save it as it changes.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// A folder of schemas, NAME.json: resource types that Cloud Control shall know besides those that lz brings.
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
}

/// Print `export` lines for AWS CLI, SDKs and lz: endpoint, region, the management account's credentials.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  eval \"$(lz twin env)\"\n  eval \"$(lz twin env --port 4600 --region eu-west-1)\""
)]
struct EnvArgs {
    /// The port that the simulated AWS is served on.
    #[arg(long, default_value = "4566", value_name = "PORT")]
    port: u16,

    /// The seed that it is served with.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// The file that it is kept in.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// The region for clients that ask for one.
    #[arg(long, default_value = "eu-west-1", value_name = "REGION")]
    region: Region,
}

/// Forget the simulated AWS that `--twin` works on: the next command starts with a new one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz twin reset
  lz twin reset --seed 7
  lz twin reset --quota accounts-per-organization=100    as if AWS had raised it; it is 10 in a new organization
  lz twin reset --quota L-F678F1CE=20                    VPCs per region, by the code that Service Quotas gives it")]
struct ResetArgs {
    /// A service quota of the new world that differs from AWS's default; may be repeated.
    #[arg(long = "quota", value_name = "NAME=NUMBER", value_parser = quota)]
    quotas: Vec<(String, u64)>,

    /// Decides ids, delays and the order of zone names of the new world.
    #[arg(long, default_value_t = SEED, value_name = "N")]
    seed: u64,
}

pub fn run(args: &TwinArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    match &args.command {
        TwinCommand::Serve(args) => serve_until_interrupted(args, printer),
        TwinCommand::Env(args) => env(args, printer),
        TwinCommand::Reset(args) => reset(args, settings, printer),
    }
}

/// A world that was kept, or a new one.
fn kept_or_new(state: Option<&Path>, seed: Option<u64>) -> Result<Twin, CliError> {
    match state {
        Some(path) if path.exists() => {
            // Reading a pipe would wait for whoever writes to it.
            writable(path)?;
            let twin = Twin::load(path)?;
            match seed {
                Some(seed) if twin.with_world(|world| world.seed) != seed => Err(CliError::Usage {
                    message: format!("{} holds a world of another seed", path.display()),
                    hint: "leave --seed out to go on with it, or name another --state file",
                }),
                _ => Ok(twin),
            }
        }
        _ => Ok(Twin::new(seed.unwrap_or(SEED))),
    }
}

/// The schemas of a folder.
fn schemas_in(folder: &Path) -> Result<Vec<String>, CliError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| failed(folder, source))? {
        files.push(entry.map_err(|source| failed(folder, source))?.path());
    }
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    let text = |file: &PathBuf| std::fs::read_to_string(file).map_err(|source| failed(file, source).into());
    files.iter().map(text).collect()
}

/// Lets Cloud Control know more resource types.
fn add_schemas<'a>(twin: &Twin, texts: impl Iterator<Item = &'a str>) -> Result<(), CliError> {
    let added = twin.with_world(|world| world.cloud_control.add_schemas(texts));
    added.map_err(|error| CliError::Process(format!("the simulated AWS can't take a schema: {error}")))
}

/// Keeps other processes from changing the world in a file until the value is dropped.
fn hold_world(file: &Path) -> Result<File, CliError> {
    writable(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let in_use = |since| CliError::WorldInUse { file: plain(file), since };
    // The world's own file is replaced by each saving, so that another one is locked.
    lock(&file.with_file_name(format!(".{name}.lock")), in_use)
}

fn serve_until_interrupted(args: &ServeArgs, printer: &Printer) -> Result<ExitStatus, CliError> {
    let _held = args.state.as_deref().map(hold_world).transpose()?;
    let twin = kept_or_new(args.state.as_deref(), args.seed)?;
    if let Some(folder) = &args.schemas {
        let texts = schemas_in(folder)?;
        add_schemas(&twin, texts.iter().map(String::as_str))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Process(format!("the runtime can't be started: {error}")))?;
    runtime.block_on(async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
        let unusable = |error| CliError::Process(format!("port {} can't be served on: {error}", args.port));
        let listener = tokio::net::TcpListener::bind(address).await.map_err(unusable)?;
        let port = listener.local_addr().map_err(unusable)?.port();
        printer.status(format!("a simulated AWS listens on http://127.0.0.1:{port} (stop it with Ctrl-C)"));
        let mut options = String::new();
        if port != 4566 {
            options.push_str(&format!(" --port {port}"));
        }
        match (&args.state, args.seed) {
            (Some(state), _) => options.push_str(&format!(" --state {}", shell_word(&state.to_string_lossy()))),
            (None, Some(seed)) => options.push_str(&format!(" --seed {seed}")),
            (None, None) => {}
        }
        printer.status(format!("for clients: eval \"$(lz twin env{options})\""));
        let settings = ServerSettings { speed: args.speed, state: args.state.clone() };
        serve(twin, listener, settings, interrupted()).await?;
        Ok(ExitStatus::Done)
    })
}

fn env(args: &EnvArgs, printer: &Printer) -> Result<ExitStatus, CliError> {
    let key = kept_or_new(args.state.as_deref(), args.seed)?.management_credentials();
    let variables = [
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", args.port)),
        ("AWS_REGION", args.region.to_string()),
        ("AWS_DEFAULT_REGION", args.region.to_string()),
        ("AWS_ACCESS_KEY_ID", key.id),
        ("AWS_SECRET_ACCESS_KEY", key.secret),
    ];
    let mut text = Text::default();
    let mut document = serde_json::Map::new();
    for (name, value) in variables {
        text.push(text!("export {}={}\n", name, shell_word(&value)));
        document.insert(name.to_owned(), value.into());
    }
    // A session left over from elsewhere would be sent along with these keys.
    text.push(Text::own("unset AWS_SESSION_TOKEN AWS_PROFILE\n"));
    printer.result(DocumentName::TwinEnv, &text, &json!({ "variables": document }))?;
    Ok(ExitStatus::Done)
}

fn quota(text: &str) -> Result<(String, u64), String> {
    let expected = || "expected NAME=NUMBER, such as accounts-per-organization=100".to_owned();
    let (name, number) = text.split_once('=').ok_or_else(expected)?;
    if !crate::twin::quota_names().any(|known| known == name) {
        let known: Vec<&str> = crate::twin::quota_names().collect();
        return Err(format!("the simulated AWS has no quota `{name}`; it has {}", known.join(", ")));
    }
    Ok((name.to_owned(), number.parse().map_err(|_| expected())?))
}

fn reset(args: &ResetArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    // Whoever works on the old world goes on with it to the end, and keeps it then.
    let _held = hold(&settings.directory)?;
    let file = world_file(&settings.directory);
    if let Some(folder) = file.parent() {
        create_private_folder(folder)?;
    }
    let _held_world = hold_world(&file)?;
    // What runs have done to the old world says nothing of the new one.
    for kept in ["journal", "lease"] {
        let folder = file.with_file_name(kept);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|source| failed(&folder, source))?;
        }
    }
    let lock = twin_lock_file(&settings.directory);
    if lock.exists() {
        std::fs::remove_file(&lock).map_err(|source| failed(&lock, source))?;
    }
    let twin = Twin::new(args.seed);
    twin.with_world(|world| world.quotas.extend(args.quotas.iter().cloned()));
    twin.save(&file)?;
    let text = text!("{} holds a new world: one account, no organization\n", plain(&file).display());
    printer.result(DocumentName::TwinReset, &text, &json!({ "world": file, "seed": args.seed }))?;
    Ok(ExitStatus::Done)
}

/// The simulated AWS of a zone's folder, open for one command.
#[derive(Debug)]
pub struct OpenTwin {
    twin: Twin,
    connector: Connector,
    file: PathBuf,
    /// The lock, where the world is kept afterwards.
    _held: Option<File>,
}

impl OpenTwin {
    /// Opens the one that is kept in a zone's folder, or a new one. Must be called on the runtime whose clock drives it.
    /// The folder is made where the world is `kept` afterwards. It learns the resource types that the zone brings.
    pub fn open(directory: &Path, kept: bool, zone: &Zone) -> Result<Self, CliError> {
        let folder = twin_folder(directory);
        if kept {
            create_private_folder(&folder)?;
        }
        let file = folder.join(WORLD);
        let held = kept.then(|| hold_world(&file)).transpose()?;
        let twin = kept_or_new(Some(&file), None)?;
        // The types that only the zone's own schemas describe.
        let members = zone.stacks.values().flat_map(|stack| stack.resources.values());
        let given: BTreeSet<String> = members.filter_map(|one| one.rules.given().map(ToString::to_string)).collect();
        add_schemas(&twin, given.iter().map(String::as_str))?;
        // Waits between retries and run names depend on the world alone, so that the same commands on the same world do
        // the same.
        fastrand::seed(twin.with_world(|world| world.seed) ^ twin.now().0);
        Ok(Self { connector: Connector::new(twin.clone()), twin, file, _held: held })
    }

    /// The way to it.
    pub fn connection(&self, region: &Region, clock: Clock) -> Connection {
        Connection::new(self.connector.sdk_config(region.as_str()), clock)
    }

    /// Keeps it.
    pub fn close(self) -> Result<(), CliError> {
        self.connector.settle();
        self.twin.save(&self.file)?;
        Ok(())
    }
}
