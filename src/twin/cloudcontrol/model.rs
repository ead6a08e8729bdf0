//! What AWS makes of what was asked for: names, defaults, what it sets itself, and the order of what has none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::defaults::{self, Place};
use super::made_up::Maker;
use super::pointer::{self, Pointer};
use super::schemas::Schema;
use super::state::Resource;
use super::text::invalid;
use crate::twin::ec2::availability_zone;
use crate::twin::wire::fault::Answer;
use crate::twin::world::{Call, World, mix};

/// Properties that AWS fills with a name of its own where they are left out and do not identify.
const NAMES: &[(&str, &str)] = &[
    ("AWS::ApiGateway::ApiKey", "Name"),
    ("AWS::Cognito::UserPool", "UserPoolName"),
    ("AWS::Cognito::UserPoolClient", "ClientName"),
    ("AWS::ECS::Service", "ServiceName"),
    ("AWS::ECS::TaskDefinition", "Family"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::SecretsManager::Secret", "Name"),
];

/// What is kept of a model: what can be read, and what cannot.
pub(crate) struct Made {
    pub(crate) model: Value,
    pub(crate) hidden: Value,
}

/// Completes what was asked for of a new resource.
pub(crate) fn complete(call: &mut Call<'_>, schema: &Schema, desired: Value) -> Value {
    let mut model = desired;
    name(call.world, schema, &mut model);
    refill(call, schema, &mut model);
    model
}

/// Fills in what is missing of a model that has its name.
pub(crate) fn refill(call: &mut Call<'_>, schema: &Schema, model: &mut Value) {
    transform(schema, model);
    let (account, region) = (call.caller.account.clone(), call.caller.region.clone());
    let zones = availability_zone::zones(call.world.seed, &account, &region);
    let zone = zones.first().map(|zone| zone.name.clone()).unwrap_or_default();
    defaults::fill(schema, model, &Place { account: &account, region: &region, zone: &zone });
    let revision = revision(call, schema, model);
    Maker { world: call.world, account: &account, region: &region, revision }.fill(schema, model);
}

/// The number that a new task definition has in its family.
fn revision(call: &mut Call<'_>, schema: &Schema, model: &Value) -> u64 {
    if schema.type_name != "AWS::ECS::TaskDefinition" || !model["TaskDefinitionArn"].is_null() {
        return 0;
    }
    let family = model["Family"].as_str().unwrap_or_default().to_owned();
    let (account, region) = (call.caller.account.clone(), call.caller.region.clone());
    let last = call.world.cloud_control.regional(&account, &region).revisions.entry(family).or_insert(0);
    *last += 1;
    *last
}

/// Gives a name to what was left without.
fn name(world: &mut World, schema: &Schema, model: &mut Value) {
    let own = NAMES.iter().filter(|(of, _)| *of == schema.type_name).map(|(_, name)| (*name).to_owned());
    let identifying = schema.identifier.iter().filter(|name| !schema.is_read_only(name)).cloned();
    let may_be_left_out = |name: &String| {
        let known = ["SetIdentifier", "BasePath", "HostedZoneId", "HttpMethod", "Scope"];
        !known.contains(&name.as_str())
    };
    for name in own.chain(identifying).filter(may_be_left_out) {
        if model[&name].is_null() && schema.property(&name).is_some_and(|property| property["type"] == "string") {
            // Small letters and digits, first a letter: what every service takes.
            let drawn = format!("g{:016x}{:08x}", world.draw("generated-name"), world.draw("generated-name") >> 32);
            model[name] = Value::from(drawn);
        }
    }
}

/// The forms that services keep texts in, by the transforms of the schemas.
fn transform(schema: &Schema, model: &mut Value) {
    for (path, rule) in schema.document["propertyTransform"].as_object().into_iter().flatten() {
        let Some(pointer) = Pointer::of_schema(path) else { continue };
        let rule = rule.as_str().unwrap_or_default();
        let mut change: Box<dyn FnMut(&mut Value)> = if rule.starts_with("$lowercase($replace(") {
            Box::new(|value| texts(value, |text| text.trim_end_matches('.').to_lowercase()))
        } else if rule.starts_with("$lowercase(") && !rule.contains('?') && !path.ends_with("/NetworkType") {
            Box::new(|value| texts(value, str::to_lowercase))
        } else if rule.ends_with("\".\"])") || rule.starts_with("Name $OR $join([Name, \".\"])") {
            Box::new(|value| texts(value, |text| format!("{}.", text.trim_end_matches('.').to_lowercase())))
        } else {
            continue;
        };
        pointer.change(model, &mut *change);
    }
    // A key is told by its ARN.
    if schema.type_name.starts_with("AWS::RDS::") {
        let texts_of = |model: &Value| model["KmsKeyId"].as_str().map(str::to_owned);
        if let Some(key) = texts_of(model).filter(|key| key.len() == 36 && !key.contains(':')) {
            model["KmsKeyId"] = Value::from(format!("key/{key}"));
        }
    }
}

fn texts(value: &mut Value, change: impl Fn(&str) -> String) {
    if let Value::String(text) = value {
        *text = change(text);
    }
}

/// Takes out what is never read back, and puts lists that have no order into one of AWS's own.
pub(crate) fn split(seed: u64, schema: &Schema, mut model: Value) -> Made {
    let mut hidden = Value::Object(Map::new());
    for pointer in &schema.write_only {
        if let Some(taken) = pointer.take(&mut model) {
            pointer::join(&mut hidden, taken);
        }
    }
    shuffle(seed, schema, &schema.document, &mut model, 0);
    Made { model, hidden }
}

/// Lists with `insertionOrder` false come back in another order than they were given.
fn shuffle(seed: u64, schema: &Schema, part: &Value, value: &mut Value, depth: usize) {
    let part = schema.resolved(part);
    if depth > 40 {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                shuffle(seed, schema, &part["properties"][name], member, depth + 1);
            }
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| shuffle(seed, schema, &part["items"], item, depth + 1));
            if part["insertionOrder"] == false {
                items.sort_by_key(|item| mix(seed, &item.to_string(), 0));
            }
        }
        _ => {}
    }
}

/// What a read tells of a resource: with what follows from other resources.
pub(crate) fn told(
    world: &World,
    account: &str,
    region: &str,
    schema: &Schema,
    identifier: &str,
    resource: &Resource,
) -> Value {
    let mut model = resource.model.clone();
    let state = &world.cloud_control;
    match schema.type_name.as_str() {
        "AWS::ElasticLoadBalancingV2::TargetGroup" => {
            let mut of = Vec::new();
            for (_, listener) in state.of_type(account, region, "AWS::ElasticLoadBalancingV2::Listener") {
                let actions = &listener.model["DefaultActions"];
                if actions.to_string().contains(&format!("\"{identifier}\""))
                    && !of.contains(&listener.model["LoadBalancerArn"])
                {
                    of.push(listener.model["LoadBalancerArn"].clone());
                }
            }
            model["LoadBalancerArns"] = Value::from(of);
        }
        // A role is read with the policies that were put to it as resources of their own.
        "AWS::IAM::Role" => {
            let mut policies = model["Policies"].as_array().cloned().unwrap_or_default();
            for (_, policy) in state.of_type(account, region, "AWS::IAM::RolePolicy") {
                if policy.model["RoleName"] == identifier {
                    policies.retain(|one| one["PolicyName"] != policy.model["PolicyName"]);
                    let (name, document) = (&policy.model["PolicyName"], &policy.model["PolicyDocument"]);
                    policies.push(json!({"PolicyName": name, "PolicyDocument": document}));
                }
            }
            if !policies.is_empty() {
                model["Policies"] = Value::from(policies);
            }
        }
        "AWS::RDS::DBInstance" if resource.ready > world.now => model["DBInstanceStatus"] = json!("creating"),
        "AWS::RDS::DBInstance" if resource.busy.is_some() => model["DBInstanceStatus"] = json!("modifying"),
        _ => {}
    }
    model
}

/// The tags of a model.
pub(crate) fn tags_of(schema: &Schema, model: &Value) -> BTreeMap<String, String> {
    let Some(property) = &schema.tags else { return BTreeMap::new() };
    match &model[property] {
        Value::Array(items) => {
            let pair = |item: &Value| Some((item["Key"].as_str()?.to_owned(), item["Value"].as_str()?.to_owned()));
            items.iter().filter_map(pair).collect()
        }
        Value::Object(members) => {
            members.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Gives a model other tags.
pub(crate) fn set_tags(schema: &Schema, model: &mut Value, tags: &BTreeMap<String, String>) {
    let Some(property) = &schema.tags else { return };
    let is_map = schema.property(property).is_some_and(|property| property["type"] != "array");
    model[property] = if is_map {
        json!(tags)
    } else {
        tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
    };
}

/// Refuses tags that only AWS may set, but for those that are there already.
///
/// # Errors
/// `InvalidRequestException`.
pub(crate) fn check_tags(schema: &Schema, model: &Value, before: Option<&Value>) -> Answer<()> {
    let there = before.map(|before| tags_of(schema, before)).unwrap_or_default();
    let is_new = |(key, value): &(String, String)| there.get(key) != Some(value);
    let reserved = |(key, _): &(String, String)| key.to_lowercase().starts_with("aws:");
    match tags_of(schema, model).into_iter().filter(is_new).find(reserved) {
        Some((key, _)) => Err(invalid(format!("aws: prefixed tag key names are not allowed for external use: {key}"))),
        None => Ok(()),
    }
}

/// A resource's ARN, as the tagging API tells it; nothing for what has none.
pub(crate) fn arn_of(schema: &Schema, account: &str, region: &str, identifier: &str, model: &Value) -> Option<String> {
    let text = |name: &str| model[name].as_str().unwrap_or_default().to_owned();
    let arn = match schema.type_name.as_str() {
        "AWS::ApiGateway::RestApi" => format!("arn:aws:apigateway:{region}::/restapis/{identifier}"),
        "AWS::ApiGateway::Stage" => {
            format!("arn:aws:apigateway:{region}::/restapis/{}/stages/{}", text("RestApiId"), text("StageName"))
        }
        "AWS::ApiGateway::UsagePlan" => format!("arn:aws:apigateway:{region}::/usageplans/{identifier}"),
        "AWS::ApiGateway::ApiKey" => format!("arn:aws:apigateway:{region}::/apikeys/{identifier}"),
        "AWS::ApiGateway::DomainName" => format!("arn:aws:apigateway:{region}::/domainnames/{identifier}"),
        "AWS::ApiGatewayV2::Api" => format!("arn:aws:apigateway:{region}::/apis/{identifier}"),
        "AWS::ApiGatewayV2::Stage" => {
            format!("arn:aws:apigateway:{region}::/apis/{}/stages/{}", text("ApiId"), text("StageName"))
        }
        "AWS::ApiGatewayV2::VpcLink" => format!("arn:aws:apigateway:{region}::/vpclinks/{identifier}"),
        "AWS::ApplicationAutoScaling::ScalableTarget" => {
            let id = format!("{:016x}", mix(0, identifier, 0));
            format!("arn:aws:application-autoscaling:{region}:{account}:scalable-target/{id}")
        }
        "AWS::CloudWatch::Dashboard" => format!("arn:aws:cloudwatch::{account}:dashboard/{identifier}"),
        "AWS::Logs::LogGroup" => format!("arn:aws:logs:{region}:{account}:log-group:{identifier}"),
        "AWS::RDS::DBClusterParameterGroup" => format!("arn:aws:rds:{region}:{account}:cluster-pg:{identifier}"),
        "AWS::Route53::HostedZone" => format!("arn:aws:route53:::hostedzone/{identifier}"),
        _ => {
            let ids = schema.identifier.iter().map(|name| text(name));
            let names = schema.document["properties"].as_object().into_iter().flatten().map(|(name, _)| name);
            let own = names.filter(|name| name.ends_with("Arn") && schema.is_read_only(name)).map(|name| text(name));
            return ids.chain(own).find(|value| value.starts_with("arn:"));
        }
    };
    Some(arn)
}
