//! Log groups are CloudWatch Logs': what is made here is there, and what is changed there is told here.

use serde_json::{Map, Value, json};

use super::state::Resource;
use crate::twin::logs::Shared;
use crate::twin::world::{Caller, World};

const TYPE: &str = "AWS::Logs::LogGroup";

/// Takes over what has become of the caller's log groups in CloudWatch Logs.
pub(crate) fn refresh(world: &mut World, caller: &Caller) {
    let Caller { account, region, .. } = caller;
    let now = world.now;
    let there = world.logs.shared(account, region);
    let all = &mut world.cloud_control.regional(account, region).resources;
    if there.is_empty() && !all.contains_key(TYPE) {
        return;
    }
    let resources = all.entry(TYPE.to_owned()).or_default();
    resources.retain(|name, resource| there.contains_key(name) || resource.ready > now || resource.busy.is_some());
    for (name, shared) in there {
        let fresh = || {
            let arn = format!("arn:aws:logs:{region}:{account}:log-group:{name}:*");
            let model = json!({
                "LogGroupName": name, "Arn": arn, "DeletionProtectionEnabled": false,
                "BearerTokenAuthenticationEnabled": false,
            });
            Resource::settled(model, shared.created)
        };
        let resource = resources.entry(name.clone()).or_insert_with(fresh);
        let Value::Object(model) = &mut resource.model else { continue };
        put(model, "RetentionInDays", shared.retention.map(Value::from));
        // A third class, of deliveries, is not in the twin's CloudWatch Logs.
        if model.get("LogGroupClass").is_none_or(|class| class != "DELIVERY") {
            let class = if shared.infrequent_access { "INFREQUENT_ACCESS" } else { "STANDARD" };
            put(model, "LogGroupClass", Some(json!(class)));
        }
        if tags(model) != shared.tags {
            let list: Vec<Value> = shared.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            put(model, "Tags", (!list.is_empty()).then(|| Value::from(list)));
        }
    }
}

fn put(model: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => model.insert(name.to_owned(), value),
        None => model.remove(name),
    };
}

fn tags(model: &Map<String, Value>) -> std::collections::BTreeMap<String, String> {
    let items = model.get("Tags").and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned()))).collect()
}

/// Gives CloudWatch Logs what has become of a log group here.
pub(crate) fn write_back(world: &mut World, account: &str, region: &str, type_name: &str, identifier: &str) {
    if type_name != TYPE {
        return;
    }
    let Some(resource) = world.cloud_control.resource(account, region, TYPE, identifier) else { return };
    let Value::Object(model) = &resource.model else { return };
    let shared = Shared {
        created: resource.ready,
        retention: model.get("RetentionInDays").and_then(Value::as_u64).and_then(|days| u32::try_from(days).ok()),
        infrequent_access: model.get("LogGroupClass").is_some_and(|class| class == "INFREQUENT_ACCESS"),
        tags: tags(model),
    };
    world.logs.put(account, region, identifier, shared);
}
