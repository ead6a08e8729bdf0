//! The rules among accounts: names, e-mail addresses, units, segments, and who owns the hub.

use std::collections::BTreeMap;

use super::Pins;
use crate::config::account_file::{AccountSpec, PurposeWord};
use crate::config::diagnostic::{Diagnostic, Origin};
use crate::config::findings::Findings;
use crate::config::spelling;
use crate::config::zone_file::{LayoutWord, ZoneSpec, check_unit, with_parents};
use crate::values::Label;
use crate::zone::{Account, Egress, Purpose};

/// Names that mean something else: the account that pays, and lz's own scopes.
const RESERVED: [&str; 3] = ["management", "organization", "hub"];

/// Reports what is wrong among the accounts. `files` has the names of all that have a file, and whether it is TOML.
pub(super) fn check(
    spec: Option<&ZoneSpec>,
    accounts: &BTreeMap<Label, AccountSpec>,
    files: &BTreeMap<Label, bool>,
    pins: &Pins<'_>,
    findings: &Findings,
) {
    for name in files.keys().filter(|name| RESERVED.contains(&name.as_str())) {
        findings.refuse(Diagnostic::about_file(
            &format!("accounts/{name}.toml"),
            format!("`{name}` is a name that lz uses itself"),
            "give the account, and with it the file, another name",
        ));
    }
    check_emails(accounts, findings);
    // An account that could not be read may be the networking account.
    let all_known = files.values().all(|readable| *readable) && accounts.values().all(|one| one.purpose.is_ok());
    check_networking(accounts, all_known, findings);
    warn_of_missing_accounts(files, pins, findings);
    warn_of_missing_networks(accounts, pins, findings);
    let Some(spec) = spec else { return };
    check_segments(spec, accounts, findings);
    match spec.layout.as_ref().map(|layout| layout.value) {
        Ok(LayoutWord::Organization) => {
            check_membership(spec, accounts, findings);
            find_placeholders(accounts, findings);
        }
        Ok(LayoutWord::SingleAccount) => warn_of_single_account(spec, accounts, findings),
        Err(_) => {}
    }
}

fn check_emails(accounts: &BTreeMap<Label, AccountSpec>, findings: &Findings) {
    let mut seen: BTreeMap<String, &Origin> = BTreeMap::new();
    for email in accounts.values().filter_map(AccountSpec::email) {
        if let Some(first) = seen.insert(email.value.folded(), &email.origin) {
            findings.refuse(email.origin.error(
                format!("the e-mail address `{}` is already another account's, at {}", email.value, first.short()),
                "give every account an address of its own; AWS compares them without regard to case",
            ));
        }
    }
}

/// Finds addresses in which nobody receives mail. They do for a rehearsal.
fn find_placeholders(accounts: &BTreeMap<Label, AccountSpec>, findings: &Findings) {
    for email in accounts.values().filter_map(AccountSpec::email) {
        if let Some(domain) = email.value.reserved_domain() {
            findings.add_placeholder(email.origin.error(
                format!("`{}` can't be an account's address on AWS: {domain} is reserved for examples", email.value),
                "write an address that you receive mail at: AWS writes to it, and it is the way back into the account; a rehearsal \
                 with --twin takes this one",
            ));
        }
    }
}

fn check_networking(accounts: &BTreeMap<Label, AccountSpec>, all_known: bool, findings: &Findings) {
    let purposes = accounts.values().filter_map(|account| account.purpose.as_ref().ok());
    let mut networking = purposes.filter(|purpose| purpose.value == PurposeWord::Networking);
    let first = networking.next();
    for further in networking {
        let first = first.map(|first| first.origin.short()).unwrap_or_default();
        findings.refuse(further.origin.error(
            format!("this is a second networking account; the first is at {first}"),
            "keep one: it owns the transit gateway and the hub's VPCs",
        ));
    }
    if first.is_none() && all_known {
        findings.refuse(Diagnostic::about_file(
            "accounts/networking.toml",
            "no account has `purpose = \"networking\"`",
            "write this file, or the line into another account's; the account owns the transit gateway and the hub's VPCs",
        ));
    }
}

fn check_segments(spec: &ZoneSpec, accounts: &BTreeMap<Label, AccountSpec>, findings: &Findings) {
    let Ok(segments) = &spec.segments else { return };
    let names: Vec<String> = segments.iter().map(|segment| segment.value.to_string()).collect();
    for segment in accounts.values().filter_map(AccountSpec::segment) {
        if !names.iter().any(|name| name == segment.value.as_str()) {
            let hint = spelling::suggestion(segment.value.as_str(), &names, "list it in `segments` of lz.toml");
            findings.refuse(segment.origin.error(format!("there is no segment `{}`", segment.value), hint));
        }
    }
}

fn check_membership(spec: &ZoneSpec, accounts: &BTreeMap<Label, AccountSpec>, findings: &Findings) {
    let known = spec.units().map(with_parents);
    for account in accounts.values() {
        if matches!(account.email, Ok(None)) {
            let origin = Origin { key: "email".to_owned(), ..account.origin.clone() };
            findings.refuse(origin.error(
                "`email` is missing here",
                "add it, such as `email = \"aws+payments@example.com\"`; AWS needs one to create the account",
            ));
        }
        if let (Ok(Some(unit)), Ok(known)) = (&account.unit, &known) {
            check_unit(unit, known, findings);
        }
    }
}

fn warn_of_single_account(spec: &ZoneSpec, accounts: &BTreeMap<Label, AccountSpec>, findings: &Findings) {
    let idle = accounts.values().any(|account| account.email().is_some() || matches!(account.unit, Ok(Some(_))));
    if let Some(layout) = spec.layout.as_ref().ok().filter(|_| idle) {
        findings.warn(layout.origin.warning(
            "a single-account zone has no organization: the accounts' `email` and `unit` say nothing in it",
            "leave them for a later organization, or remove them",
        ));
    }
}

/// A network that has left its account's file.
fn warn_of_missing_networks(accounts: &BTreeMap<Label, AccountSpec>, pins: &Pins<'_>, findings: &Findings) {
    for name in pins.lock.networks.keys() {
        let missing = accounts.get(&name.account).is_some_and(|account| !account.networks.contains_key(&name.network));
        if let Some(origin) = pins.origin(&["networks", &name.to_string()]).filter(|_| missing) {
            findings.warn(origin.warning(
                format!("`{name}` is in lz.lock and not in accounts/{}.toml", name.account),
                "its range stays reserved; when its VPC is gone for good, delete it from lz.lock",
            ));
        }
    }
}

fn warn_of_missing_accounts(files: &BTreeMap<Label, bool>, pins: &Pins<'_>, findings: &Findings) {
    let networks = pins.lock.networks.keys().map(|network| &network.account);
    let mut gone: Vec<&Label> = networks.chain(pins.lock.accounts.keys()).collect();
    gone.sort();
    gone.dedup();
    for name in gone.into_iter().filter(|name| !files.contains_key(*name)) {
        let first = pins.lock.networks.keys().find(|network| network.account == *name).map(ToString::to_string);
        let place = match &first {
            Some(network) => pins.origin(&["networks", network]),
            None => pins.origin(&["accounts", name.as_str()]),
        };
        if let Some(origin) = place {
            findings.warn(origin.warning(
                format!("`{name}` is in lz.lock and has no file in accounts/"),
                "lz does not offboard accounts: what it built stays, and its ranges stay reserved; when it is gone for \
                 good, delete it from lz.lock",
            ));
        }
    }
}

/// The accounts as the zone has them.
pub(super) fn build(
    spec: &ZoneSpec,
    accounts: &BTreeMap<Label, AccountSpec>,
    pins: &Pins<'_>,
) -> Option<BTreeMap<Label, Account>> {
    let organized = spec.layout.as_ref().ok()?.value == LayoutWord::Organization;
    let built = accounts.iter().map(|(name, account)| {
        let purpose = match account.purpose.as_ref().ok()?.value {
            PurposeWord::Networking => Purpose::Networking,
            PurposeWord::Workload => {
                let segment = account.segment.as_ref().ok()?;
                Purpose::Workload { segment: segment.as_ref().map(|segment| segment.value.clone()) }
            }
        };
        let email = account.email().filter(|_| organized).map(|email| email.value.clone());
        let unit = account.unit.as_ref().ok()?.as_ref().filter(|_| organized).map(|unit| unit.value.clone());
        let id = pins.lock.accounts.get(name).filter(|_| organized).cloned();
        let egress = match account.egress.as_ref().ok()? {
            Some(list) => list.egress.clone().ok()?,
            None => Egress::default(),
        };
        Some((name.clone(), Account { name: name.clone(), email, unit, purpose, id, egress }))
    });
    built.collect()
}
