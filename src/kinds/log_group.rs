//! Log groups of CloudWatch Logs.

use super::answer::Answer;
use super::fields::with_fields;
use super::view::TaggedLogGroup;
use super::{
    Calls, FindingRule, Identity, Kind, Observed, Realm, Specification, State, Tagging, Task, Timing, View, When, arn,
};
use crate::cloud::{CallError, Operation, Service};
use crate::values::{Label, Severity};

with_fields! {
    /// A log group. lz never deletes one: it holds records, which somebody may be bound to keep.
    pub struct LogGroup with LogGroupField {
        /// Its name, which begins with [`LogGroup::prefix`].
        #[key]
        #[immutable]
        pub name: String,
        /// How long an event is kept; none is for ever.
        pub retention_days: Option<u16>,
    }
}

impl Specification for LogGroup {
    const NAME: &'static str = "log-group";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(1, 1, 0);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::Logs;
    const DELETABLE: bool = false;
    const CALLS: Calls =
        Calls::new(&["CreateLogGroup"], &["PutRetentionPolicy", "DeleteRetentionPolicy"], &["DeleteLogGroup"]);
    const OPERATIONS: &'static [Operation] =
        &[DESCRIBE, CREATE, SET_RETENTION, CLEAR_RETENTION, Service::Logs.read("ListTagsForResource")];
    const FINDINGS: &'static [FindingRule<LogGroupField>] = &[
        FindingRule::gone(Severity::High).nist(&["AU-12"]),
        FindingRule::weakened(LogGroupField::retention_days, When::Lowered, Severity::Medium).nist(&["AU-11"]),
    ];
    const STAYS: Option<&'static str> = Some("it may hold records by now, and the next run uses it");

    fn excludes(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl LogGroup {
    /// What the names of a zone's log groups begin with. AWS lets services deliver to groups below `/aws/vendedlogs/`
    /// without an entry in the account's resource policy for each, which has a limit of size (CloudWatch Logs user guide,
    /// "Enable logging from AWS services").
    #[must_use]
    pub fn prefix(zone: &Label) -> String {
        format!("/aws/vendedlogs/lz/{zone}/")
    }
}

const DESCRIBE: Operation = Service::Logs.read("DescribeLogGroups");
const CREATE: Operation = Service::Logs.create("CreateLogGroup");
const SET_RETENTION: Operation = Service::Logs.idempotent("PutRetentionPolicy");
const CLEAR_RETENTION: Operation = Service::Logs.idempotent("DeleteRetentionPolicy");

impl Kind for LogGroup {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        view.log_groups().await?.iter().map(|group| observed(answer, group)).collect()
    }

    /// A group that was kept from before is there already, and taken as it is.
    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let send = || {
            let request = task.cloud.logs().create_log_group().log_group_name(&self.name);
            request.set_tags(Some(task.tags.clone().into_iter().collect())).send()
        };
        task.cloud.call(CREATE, send).await?;
        Ok(Some(arn::of_log_group(&self.name, task.cloud.region(), task.cloud.id())))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.retention_days == live.spec.retention_days {
            return Ok(());
        }
        let client = task.cloud.logs();
        match self.retention_days {
            Some(days) => {
                let request = || client.put_retention_policy().log_group_name(&self.name);
                let send = || request().retention_in_days(i32::from(days)).send();
                task.cloud.call(SET_RETENTION, send).await.map(drop)
            }
            None => {
                let send = || client.delete_retention_policy().log_group_name(&self.name).send();
                task.cloud.call(CLEAR_RETENTION, send).await.map(drop)
            }
        }
    }

    async fn delete(_live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }
}

fn observed(answer: Answer<'_>, there: &TaggedLogGroup) -> Result<Observed<LogGroup>, CallError> {
    let TaggedLogGroup { arn, group, tags } = there;
    let days = group.retention_in_days.map(u16::try_from).transpose();
    Ok(Observed {
        id: arn.clone(),
        aliases: Vec::new(),
        tags: tags.clone(),
        state: State::Ready,
        spec: LogGroup {
            name: answer.part(group.log_group_name.clone(), "logGroupName")?,
            retention_days: days.map_err(|_| answer.error(None, "retentionInDays is no number of days"))?,
        },
    })
}
