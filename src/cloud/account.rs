//! One account in one region.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::call::{Line, Statistics, call};
use super::clock::Clock;
use super::document::{Turns, fresh};
use super::error::CallError;
use super::operation::Operation;
use super::pace::Pace;
use super::role::AssumedRole;
use crate::values::{AccountId, Region};

/// The clients of one account in one region, with the pace at which they may be used. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccountCloud {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: AccountId,
    region: Region,
    sdk: SdkConfig,
    // Made when they are asked for: no account uses them all, and they stay for as long as there are accounts.
    ec2: OnceLock<aws_sdk_ec2::Client>,
    organizations: OnceLock<aws_sdk_organizations::Client>,
    ram: OnceLock<aws_sdk_ram::Client>,
    network_firewall: OnceLock<aws_sdk_networkfirewall::Client>,
    logs: OnceLock<aws_sdk_cloudwatchlogs::Client>,
    cloud_trail: OnceLock<aws_sdk_cloudtrail::Client>,
    cloud_control: OnceLock<aws_sdk_cloudcontrol::Client>,
    tagging: OnceLock<aws_sdk_resourcegroupstagging::Client>,
    turns: Turns,
    line: Line,
    /// None in the caller's own account.
    role: Option<Arc<AssumedRole>>,
}

impl AccountCloud {
    /// The account whose credentials are in an SDK configuration. The SDK's own retries must be off in it: what may be
    /// sent again is decided by [`AccountCloud::call`].
    #[must_use]
    pub fn new(id: AccountId, region: Region, sdk: &SdkConfig, clock: Clock, statistics: Arc<Statistics>) -> Self {
        let line = Line { account: id.to_string(), pace: Arc::new(Pace::default()), clock, statistics };
        Self::on_line(id, region, sdk, line, None)
    }

    /// An account whose role's credentials are in an SDK configuration.
    pub(super) fn of_role(
        region: Region,
        sdk: &SdkConfig,
        statistics: Arc<Statistics>,
        role: Arc<AssumedRole>,
    ) -> Self {
        let id = role.account.clone();
        let line = Line { account: id.to_string(), pace: Arc::new(Pace::default()), clock: role.clock, statistics };
        Self::on_line(id, region, sdk, line, Some(role))
    }

    fn on_line(id: AccountId, region: Region, sdk: &SdkConfig, line: Line, role: Option<Arc<AssumedRole>>) -> Self {
        Self {
            inner: Arc::new(Inner {
                id,
                region,
                sdk: sdk.clone(),
                ec2: OnceLock::new(),
                organizations: OnceLock::new(),
                ram: OnceLock::new(),
                network_firewall: OnceLock::new(),
                logs: OnceLock::new(),
                cloud_trail: OnceLock::new(),
                cloud_control: OnceLock::new(),
                tagging: OnceLock::new(),
                turns: Turns::default(),
                line,
                role,
            }),
        }
    }

    /// The account's id.
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.inner.id
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.inner.region
    }

    /// The clock that waits are counted on.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.inner.line.clock
    }

    /// EC2's client. Send its requests through [`AccountCloud::call`] only.
    #[must_use]
    pub fn ec2(&self) -> &aws_sdk_ec2::Client {
        self.inner.ec2.get_or_init(|| aws_sdk_ec2::Client::new(&self.inner.sdk))
    }

    /// Organizations' client. Send its requests through [`AccountCloud::call`] only.
    #[must_use]
    pub fn organizations(&self) -> &aws_sdk_organizations::Client {
        self.inner.organizations.get_or_init(|| aws_sdk_organizations::Client::new(&self.inner.sdk))
    }

    /// RAM's client. Send its requests through [`AccountCloud::call`] only.
    #[must_use]
    pub fn ram(&self) -> &aws_sdk_ram::Client {
        self.inner.ram.get_or_init(|| aws_sdk_ram::Client::new(&self.inner.sdk))
    }

    /// Network Firewall's client. Send its requests through [`AccountCloud::call`] only.
    #[must_use]
    pub fn network_firewall(&self) -> &aws_sdk_networkfirewall::Client {
        self.inner.network_firewall.get_or_init(|| aws_sdk_networkfirewall::Client::new(&self.inner.sdk))
    }

    /// CloudWatch Logs' client. Send its requests through [`AccountCloud::call`] only.
    #[must_use]
    pub fn logs(&self) -> &aws_sdk_cloudwatchlogs::Client {
        self.inner.logs.get_or_init(|| aws_sdk_cloudwatchlogs::Client::new(&self.inner.sdk))
    }

    /// CloudTrail's client. Send its requests through [`AccountCloud::call`] only.
    #[must_use]
    pub fn cloud_trail(&self) -> &aws_sdk_cloudtrail::Client {
        self.inner.cloud_trail.get_or_init(|| aws_sdk_cloudtrail::Client::new(&self.inner.sdk))
    }

    /// Cloud Control's client. Send its requests through [`AccountCloud::call`] only.
    #[must_use]
    pub fn cloud_control(&self) -> &aws_sdk_cloudcontrol::Client {
        self.inner.cloud_control.get_or_init(|| aws_sdk_cloudcontrol::Client::new(&self.inner.sdk))
    }

    /// The Resource Groups Tagging API's client. Send its requests through [`AccountCloud::call`] only.
    #[must_use]
    pub fn tagging(&self) -> &aws_sdk_resourcegroupstagging::Client {
        self.inner.tagging.get_or_init(|| aws_sdk_resourcegroupstagging::Client::new(&self.inner.sdk))
    }

    /// Changes a document that AWS replaces as a whole: `change` reads it, and writes it back by the update token that it
    /// was read with. Where somebody else has changed it in between, it is read and changed again. Those who change one
    /// document through this account take turns, so that many of them do not wear each other out.
    ///
    /// # Errors
    /// What `change` fails with; that the document changes faster than lz can, after five minutes.
    pub async fn by_update_token<T>(
        &self,
        document: &str,
        change: impl AsyncFn() -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let _turn = self.inner.turns.take(document).await;
        fresh(self.inner.line.clock, change).await
    }

    /// Sends a request: at AWS's pace, counted, and again where that is safe. `send` builds and sends it anew each time.
    ///
    /// # Errors
    /// What AWS answered last, with what it means.
    pub async fn call<T, E, F, Sent>(&self, operation: Operation, send: F) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Fn() -> Sent,
        Sent: Future<Output = Result<T, SdkError<E, Response>>>,
    {
        call(operation, &self.inner.line, self.inner.role.as_deref(), send).await
    }
}
