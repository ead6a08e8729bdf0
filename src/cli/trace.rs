//! `lz trace`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::error::{CliError, ExitStatus};
use super::settings::Settings;
use super::workspace::{Access, Workspace};
use crate::config::{Diagnostic, ZONE_FILE};
use crate::operate::{self, Declared, OperateError, endpoint};
use crate::reach::network::{Network, Protocol};
use crate::reach::{Verdict, planned, trace, worst_verdict};
use crate::report::{DocumentName, trace_document, trace_text};
use crate::snapshot;
use crate::ui::Printer;

/// Follow a packet and its answer through the network, and say what decides at every hop. Changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz trace payments-prod api.example.com --port 443
  lz trace payments-prod orders-prod --planned      in what the files ask for, without a look at AWS
  lz trace internet 10.32.0.10 --port 22            who can come in?
  lz trace eni-0123456789abcdef0 10.0.3.4 --snapshot recorded/ --output json

An end is a workload's account, the address of a VPC or subnet as `lz plan` shows it, an AWS id (subnet, network interface, \
instance, VPC, gateway, attachment), an IP address, a domain name (TO only), or `internet`.

A workload or VPC stands for a host in each of its Availability Zones: in the tier that has a route to the other end, and \
among several in one that has a way out of the VPC. To choose another tier, name it, such as \
payments-prod/container/data/az1, or one of its addresses.

Verdicts: delivered, dropped, asymmetric (the answer misses a hop that keeps state), loop, inspected (a firewall rule that \
lz can't judge decides).")]
pub struct TraceArgs {
    /// Where the packet starts.
    from: String,

    /// Where it shall go.
    to: String,

    /// The destination port, of TCP and UDP.
    #[arg(long, default_value_t = 443)]
    port: u16,

    /// The protocol; `icmp` is an echo request.
    #[arg(long, value_enum, default_value_t = ProtocolArg::Tcp)]
    protocol: ProtocolArg,

    /// Trace in what the files ask for, instead of what is in AWS.
    #[arg(long, conflicts_with = "snapshot")]
    planned: bool,

    /// Trace in recorded answers of AWS: a folder that `lz snapshot` or the AWS CLI has written. Needs no zone.
    #[arg(long, value_name = "DIR")]
    snapshot: Option<PathBuf>,

    /// Exit with 4 unless this is the verdict.
    #[arg(long, value_name = "VERDICT", value_enum)]
    expect: Option<VerdictArg>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProtocolArg {
    Tcp,
    Udp,
    Icmp,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum VerdictArg {
    Delivered,
    Dropped,
    Asymmetric,
    Loop,
    Inspected,
}

impl VerdictArg {
    fn verdict(self) -> Verdict {
        match self {
            Self::Delivered => Verdict::Delivered,
            Self::Dropped => Verdict::Dropped,
            Self::Asymmetric => Verdict::Asymmetric,
            Self::Loop => Verdict::Loop,
            Self::Inspected => Verdict::Inspected,
        }
    }
}

pub fn run(args: &TraceArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let (network, declared) = network(args, settings, printer)?;
    let from = endpoint(&network, declared.as_ref(), &args.from)?;
    let to = endpoint(&network, declared.as_ref(), &args.to)?;
    let protocol = match args.protocol {
        ProtocolArg::Tcp => Protocol::Tcp,
        ProtocolArg::Udp => Protocol::Udp,
        ProtocolArg::Icmp => Protocol::Icmp,
    };
    let traces = trace(&network, &from, &to, protocol, args.port).map_err(OperateError::from)?;
    let text = trace_text(&args.from, &args.to, &traces, &network, printer.palette());
    printer.result(DocumentName::Trace, &text, &trace_document(&args.from, &args.to, &traces))?;
    let is_expected = args.expect.is_none_or(|expected| expected.verdict() == worst_verdict(&traces));
    Ok(if is_expected { ExitStatus::Done } else { ExitStatus::Differences })
}

/// The network to walk, and what the files ask for, whose names may be used.
fn network(args: &TraceArgs, settings: &Settings, printer: &Printer) -> Result<(Network, Option<Declared>), CliError> {
    if let Some(folder) = &args.snapshot {
        let network = snapshot::read(folder)?.network().map_err(OperateError::from)?;
        // A recording can be of any network: the zone's names help where there is a zone, and are not needed.
        return Ok((network, zone_of_folder(settings, printer)));
    }
    let workspace = Workspace::load(settings)?;
    if args.planned {
        return Ok((planned::network(&workspace.declared.desired), Some(workspace.declared)));
    }
    let recorded = workspace.on_aws(settings, Access::Reads, printer, async |zone| operate::record(zone).await)?;
    for problem in &recorded.unread {
        printer.error(problem, None);
    }
    Ok((operate::recorded_network(recorded)?, Some(workspace.declared)))
}

/// The zone in the folder, if there is one. One whose files are invalid is told, since then its names are not known.
fn zone_of_folder(settings: &Settings, printer: &Printer) -> Option<Declared> {
    if !settings.directory.join(ZONE_FILE).exists() {
        return None;
    }
    match Workspace::load(settings) {
        Ok(workspace) => Some(workspace.declared),
        Err(error) => {
            let fault = match &error {
                CliError::Invalid(invalid) => invalid.first_error().map(Diagnostic::to_string),
                _ => None,
            };
            let fault = fault.unwrap_or_else(|| error.to_string());
            printer.warning(format!("the zone's names can't be used, since its files are invalid: {fault}"));
            None
        }
    }
}
