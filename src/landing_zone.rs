//! A landing zone with the AWS that it is in: where the walk of every command begins.

use std::rc::Rc;
use std::time::SystemTime;

use crate::cloud::{CallError, ConnectError, Connection, Role, Sessions};
use crate::discover::{Live, Search, discover};
use crate::kinds::Desired;
use crate::plan::{Intent, Plan, PlanError, plan};
use crate::zone::{Layout, Zone};

/// The role of a single-account zone's sessions: there are none, since everything is in the caller's account.
const NO_ROLE: &str = "none";

/// A zone, what it needs, and the accounts that it is in.
#[derive(Debug)]
pub struct LandingZone<'a> {
    zone: &'a Zone,
    desired: &'a Desired,
    /// The accounts.
    pub sessions: Rc<Sessions>,
    /// The run's name: the moment at which it began, and six random digits.
    pub run: String,
}

impl<'a> LandingZone<'a> {
    /// Goes to the zone's AWS. `desired` is what the zone expands to.
    ///
    /// # Errors
    /// Where AWS can't be reached or does not accept the caller's credentials.
    pub async fn connect(zone: &'a Zone, desired: &'a Desired, connection: Connection) -> Result<Self, ConnectError> {
        let run = format!("{}-{:06x}", timestamp(connection.now()), fastrand::u32(..1 << 24));
        let (name, external_id) = match &zone.layout {
            Layout::Organization(organization) => (organization.role.clone(), organization.external_id.clone()),
            Layout::SingleAccount => (NO_ROLE.to_owned(), None),
        };
        let role = Role { name, external_id, session_name: format!("lz-{run}") };
        let sessions = Rc::new(Sessions::open(connection, zone.region.clone(), role).await?);
        Ok(Self { zone, desired, sessions, run })
    }

    /// What is in AWS.
    ///
    /// # Errors
    /// Where the management account can't be read.
    pub async fn discover(&self) -> Result<Live, CallError> {
        let accounts = matches!(self.zone.layout, Layout::Organization(_)).then(|| {
            let accounts = self.zone.accounts.values();
            accounts.filter_map(|account| Some((account.name.clone(), account.email.clone()?))).collect()
        });
        discover(&self.sessions, &Search { zone: self.zone.name.clone(), accounts }).await
    }

    /// What is wanted.
    #[must_use]
    pub fn intent(&self) -> Intent<'a> {
        Intent {
            zone: &self.zone.name,
            networking: &self.zone.transit_gateway.account,
            tags: &self.zone.tags,
            desired: self.desired,
        }
    }

    /// What has to change.
    ///
    /// # Errors
    /// Where what is wanted contradicts itself.
    pub fn plan(&self, live: &Live) -> Result<Plan, PlanError> {
        plan(&self.intent(), live)
    }
}

/// A moment as it stands in run names: `20261121T233818Z`.
#[must_use]
pub fn timestamp(moment: SystemTime) -> String {
    match jiff::Timestamp::try_from(moment) {
        Ok(moment) => moment.strftime("%Y%m%dT%H%M%SZ").to_string(),
        Err(_) => "unknown-time".to_owned(),
    }
}
