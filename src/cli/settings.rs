//! Arguments and environment, resolved to what commands need.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;

use super::aws_files::AwsFiles;
use super::machine::{Host, ThisHost};
use crate::ui::Output;

/// What the help puts above the options that every command takes.
const EVERYWHERE: &str = "Options of every command";

/// Options that every command takes.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// The zone's folder.
    #[arg(long, global = true, help_heading = EVERYWHERE, env = "LZ_DIR", hide_env_values = true, default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,

    /// How results are written: for people (human), or as one JSON document on standard output (json).
    #[arg(long, global = true, help_heading = EVERYWHERE, env = "LZ_OUTPUT", hide_env_values = true, value_enum, default_value_t = Output::Human)]
    #[arg(hide_possible_values = true, value_name = "FORMAT")]
    pub output: Output,

    /// Work on a simulated AWS instead of the real one, in virtual time; its world is kept in `.lz/twin`.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub twin: bool,

    /// Set a key of the zone's files for this call, such as `--set region=eu-west-1`; may be repeated.
    #[arg(long = "set", global = true, help_heading = EVERYWHERE, value_name = "KEY=VALUE", value_parser = key_value)]
    pub overrides: Vec<(String, String)>,

    /// How many resources may be under way at once.
    #[arg(long, global = true, help_heading = EVERYWHERE, env = "LZ_PARALLELISM", hide_env_values = true, default_value = "1000", value_name = "N")]
    pub parallelism: NonZeroUsize,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE, such as region=eu-west-1".to_owned()),
    }
}

/// What commands need of arguments and environment.
#[derive(Debug)]
pub struct Settings {
    /// The zone's folder.
    pub directory: PathBuf,
    /// True where AWS is simulated in process.
    pub twin: bool,
    /// Keys of the files set by the command line.
    pub overrides: Vec<(String, String)>,
    /// The variables that start with `LZ_`, some of which set keys of the files.
    pub environment: BTreeMap<String, String>,
    /// How many resources may be under way at once.
    pub parallelism: usize,
    /// How much faster than AWS the other side runs.
    pub time_scale: NonZeroU32,
    /// Who runs lz, by name on this machine.
    pub user: String,
    /// What is logged to standard error.
    pub log: Option<String>,
    /// The files of the AWS SDK.
    pub aws_files: AwsFiles,
    /// The machine that the command runs on.
    pub host: Rc<dyn Host>,
}

/// An environment variable with a value that it can't have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {variable} is `{value}`, and {expected}")]
pub struct InvalidVariable {
    variable: String,
    value: String,
    expected: &'static str,
}

impl InvalidVariable {
    /// A variable, its value, and what it must be.
    pub fn new(variable: impl Into<String>, value: impl Into<String>, expected: &'static str) -> Self {
        Self { variable: variable.into(), value: value.into(), expected }
    }
}

/// The variables that are text. One that is not is nothing to lz, unless it is one of lz's or of the AWS SDK's: whoever set
/// it meant something by it, such as other credentials.
fn readable(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, String>, InvalidVariable> {
    let mut texts = BTreeMap::new();
    for (name, value) in variables {
        let shown = name.to_string_lossy().into_owned();
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => drop(texts.insert(name, value)),
            (_, value) if shown.starts_with("LZ_") || shown.starts_with("AWS_") => {
                let value = value.unwrap_or_else(|value| value.to_string_lossy().into_owned());
                return Err(InvalidVariable { variable: shown, value, expected: "it must be text in UTF-8" });
            }
            _ => {}
        }
    }
    Ok(texts)
}

impl Settings {
    /// Resolves the arguments with the environment.
    ///
    /// # Errors
    /// A variable of lz with a value that it can't have.
    pub fn resolve(
        args: GlobalArgs,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, InvalidVariable> {
        let all = readable(variables)?;
        let aws_files = AwsFiles::of(&all);
        let user = ["USER", "LOGNAME"].iter().find_map(|name| all.get(*name)).cloned();
        let environment: BTreeMap<String, String> =
            all.into_iter().filter(|(name, _)| name.starts_with("LZ_")).collect();
        let log = environment.get("LZ_LOG").cloned();
        let time_scale = match environment.get("LZ_TIME_SCALE") {
            None => NonZeroU32::MIN,
            Some(value) => value.parse().map_err(|_| InvalidVariable {
                variable: "LZ_TIME_SCALE".to_owned(),
                value: value.clone(),
                expected: "it must be a whole number from 1 on",
            })?,
        };
        Ok(Self {
            directory: args.dir,
            twin: args.twin,
            overrides: args.overrides,
            environment,
            parallelism: args.parallelism.get(),
            time_scale,
            user: user.unwrap_or_else(|| "unknown-user".to_owned()),
            log,
            aws_files,
            host: Rc::new(ThisHost),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn what_is_no_text_is_passed_over_unless_it_is_meant_for_lz_or_aws() {
        let bytes = || OsString::from_vec(vec![b'x', 0xff]);
        let one = |name: &str| readable([(name.into(), bytes()), ("LZ_LOG".into(), "lz=debug".into())].into_iter());
        assert_eq!(one("FOO").unwrap(), BTreeMap::from([("LZ_LOG".to_owned(), "lz=debug".to_owned())]));
        for name in ["LZ_REGION", "AWS_PROFILE"] {
            let told = one(name).unwrap_err().to_string();
            assert_eq!(told, format!("the environment variable {name} is `x\u{fffd}`, and it must be text in UTF-8"));
        }
    }
}
