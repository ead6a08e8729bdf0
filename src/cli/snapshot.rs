//! `lz snapshot`

use std::path::PathBuf;

use clap::Args;
use futures::future::join_all;
use serde_json::json;

use super::error::{CliError, ExitStatus};
use super::settings::Settings;
use super::workspace::Workspace;
use crate::kinds::Owner;
use crate::plan::Strangers;
use crate::reach::recorded::Recording;
use crate::reconcile::Reconciler;
use crate::snapshot;
use crate::ui::Printer;

/// Record the network of all accounts of the zone: what `lz trace --snapshot` examines offline. Changes nothing.
///
/// The folder holds the AWS CLI's own JSON, `DIR/<account id>/<region>/<command>[.<id>].json`: people without lz can make
/// one by running the AWS CLI.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz snapshot recorded/2026-11-22
  lz trace payments-prod api.example.com --snapshot recorded/2026-11-22")]
pub struct SnapshotArgs {
    /// The folder to write: a new one, or an empty one.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub fn run(args: &SnapshotArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load(settings)?;
    let (recording, unread) =
        workspace.on_aws(settings, Strangers::Kept, async |reconciler| record(reconciler).await)?;
    for problem in &unread {
        printer.error(problem, None);
    }
    if recording.places.is_empty() {
        return Ok(ExitStatus::Failed);
    }
    snapshot::write(&recording, &args.folder)?;
    let answers: usize = recording.places.iter().map(|place| place.answers.len()).sum();
    let accounts = recording.places.len();
    let text = format!("{answers} answers of {accounts} accounts recorded in {}\n", args.folder.display());
    let document = json!({ "folder": args.folder, "accounts": accounts, "answers": answers, "unread": unread });
    printer.result(&text, &document)?;
    Ok(if unread.is_empty() { ExitStatus::Done } else { ExitStatus::Failed })
}

/// Records every account that holds networks; what can't be read is said, a sentence per account, and the rest goes on.
pub async fn record(reconciler: &Reconciler<'_>) -> Result<(Recording, Vec<String>), CliError> {
    let mut accounts = reconciler.accounts().await?;
    // An organization's management account holds no network (reference architecture: "AWS Organizations, nothing else").
    if accounts.len() > 1 {
        accounts.remove(&Owner::Management);
    }
    let sessions = reconciler.sessions();
    let looks = accounts.iter().map(|(owner, id)| async move {
        let collect = async {
            let cloud = sessions.account(id).await?;
            snapshot::collect(&cloud, sessions.region()).await
        };
        collect.await.map_err(|error| format!("{owner} ({id}) could not be read: {error}"))
    });
    let mut recording = Recording::default();
    let mut unread = Vec::new();
    for seen in join_all(looks).await {
        match seen {
            Ok(place) => recording.places.push(place),
            Err(problem) => unread.push(problem),
        }
    }
    recording.places.sort_by(|one, other| one.account.cmp(&other.account));
    Ok((recording, unread))
}
