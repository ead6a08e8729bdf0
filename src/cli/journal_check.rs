//! `lz journal`

use std::rc::Rc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::error::{CliError, ExitStatus};
use super::journal::{self, holder, journal_stores, lease_store};
use super::lease::{Holding, Tenure};
use super::machine;
use super::settings::Settings;
use super::workspace::{Workspace, run_on, runtime};
use crate::journal::lease::Claim;
use crate::journal::repair::{Damaged, Survey, repair, survey};
use crate::journal::{LeaseError, Message};
use crate::text::{Text, text};
use crate::ui::Printer;

/// Check the journal of this zone's runs, and repair one that is damaged.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz journal check                              exit with 1 if it is damaged
  lz journal repair                             say what is lost, ask, and go on with the rest
  lz --twin journal repair --yes")]
pub struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    Check(CheckArgs),
    Repair(RepairArgs),
}

/// Read the whole journal and the lease, and say what is damaged and what would be lost. Changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lz journal check\n  lz journal check --output json")]
struct CheckArgs {}

/// Go on with what can be read of a damaged journal. What is damaged is kept in `.lz/journal/damaged`.
///
/// What is lost is knowledge, not resources: what lost records have made is found by tags and keys, and no rollback undoes it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lz journal repair\n  lz journal repair --yes             do not ask")]
struct RepairArgs {
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

pub fn run(args: &JournalArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load(settings)?;
    match &args.command {
        JournalCommand::Check(_) => run_on(runtime(false)?, check(&workspace, settings, printer)),
        JournalCommand::Repair(args) => {
            let _held = workspace.hold()?;
            run_on(runtime(settings.twin)?, mend(args, &workspace, settings, printer))
        }
    }
}

async fn check(workspace: &Workspace, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let found = survey(&journal_stores(workspace, settings)).await?;
    let lease = match crate::journal::lease::holder(&*lease_store(workspace, settings), settings.machine.now()).await {
        Ok(_) => None,
        Err(error @ LeaseError::Unreadable { .. }) => Some(error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let mut told = told(&found);
    if let Some(error) = &lease {
        told.push(text!("{}\n", error));
    }
    let mut document = document(&found);
    document["lease"] = json!(lease);
    printer.result(&told, &document)?;
    if !found.is_whole() {
        printer.status("to go on with what can be read: `lz journal repair`");
    }
    Ok(if found.is_whole() && lease.is_none() { ExitStatus::Done } else { ExitStatus::Failed })
}

async fn mend(
    args: &RepairArgs,
    workspace: &Workspace,
    settings: &Settings,
    printer: &Printer,
) -> Result<ExitStatus, CliError> {
    let stores = journal_stores(workspace, settings);
    let found = survey(&stores).await?;
    if found.is_whole() {
        printer.result(&told(&found), &document(&found))?;
        return Ok(ExitStatus::Done);
    }
    if !args.yes {
        if !printer.can_ask() {
            return Err(CliError::Usage {
                message: "there is nobody to ask whether the journal may be repaired".to_owned(),
                hint: "add --yes to repair it without asking, or look first with `lz journal check`",
            });
        }
        printer.status(told(&found));
        if !printer.ask_meanwhile("Go on without what is lost?").await? {
            return Err(CliError::Declined);
        }
    }
    let folder = journal::folder(workspace, settings).join("journal").join("damaged");
    let beside = machine::stores(&*settings.machine, &folder);
    let claim =
        Claim { holder: holder(settings), run: "journal-repair".to_owned(), command: Message::new("journal repair") };
    let (store, requests) = (lease_store(workspace, settings), settings.machine.requests());
    let machine = Rc::clone(&settings.machine);
    let holding = Holding { store, claim, now: Rc::new(move || machine.now()), requests };
    let tell = |line: String| printer.status(line);
    let opens = async |tenure: &Tenure| {
        let talk = printer.clone();
        tenure.begin_changes(move |told| talk.status(told));
        Ok(repair(&stores, &found, &beside, tenure.lease).await?)
    };
    holding.during(&tell, async || Ok(()), opens, async |()| Ok(())).await?;
    let mut document = document(&found);
    document["repaired"] = json!(true);
    document["kept_in"] = json!(folder);
    let told = text!("{}repaired; what is damaged is kept in {}\n", told(&found), folder.display());
    printer.result(&told, &document)?;
    Ok(ExitStatus::Done)
}

/// What a journal holds, and what is wrong with it.
fn told(survey: &Survey) -> Text {
    let mut told = Text::default();
    for Damaged { part, problem } in &survey.damaged {
        told.push(text!("{}: {}\n", part, problem));
    }
    let kept = text!("{} records of {} runs can be read", survey.kept(), survey.runs());
    told.push(match survey.is_whole() {
        true => text!("The journal is whole: {}.\n", kept),
        false => text!(
            "{}; {} are lost at least, and {} mean nothing without them and are left out.\n",
            kept,
            survey.lost,
            survey.left_out
        ),
    });
    told
}

fn document(survey: &Survey) -> Value {
    let damaged = survey.damaged.iter().map(|one| json!({ "part": one.part.to_string(), "problem": one.problem }));
    json!({
        "whole": survey.is_whole(),
        "damaged": damaged.collect::<Vec<Value>>(),
        "records": survey.kept(),
        "runs": survey.runs(),
        "lost": survey.lost,
        "left_out": survey.left_out,
    })
}
