use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::property::Property;

fn evaluated(text: &str, arguments: &[(&str, serde_json::Value)]) -> Result<Evaluated<String>, String> {
    let types = BTreeMap::new();
    let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), Property::from(value.clone())));
    let context = Context {
        arguments: arguments.collect(),
        account_id: Property::Text("111122223333".to_owned()),
        region: "eu-west-1".to_owned(),
        stack_name: "acme-payments-queues".to_owned(),
        types: &types,
    };
    let told = |faults: Vec<Fault>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Template::parse(text).map_err(told)?.evaluate(&context).map_err(told)
}

const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::LanguageExtensions
Parameters:
  Days: { Type: Number, Default: 14, AllowedValues: [7, 14, 30] }
  Names: { Type: CommaDelimitedList, Default: "arn:aws:iam::aws:policy/a, arn:aws:iam::aws:policy/b" }
  Stage: { Type: String, Default: dev }
Mappings:
  Sizes: { dev: { Days: 7 }, prod: { Days: 365 } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsNot: !Not [!Condition IsProd]
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Retain
    Properties:
      RetentionInDays: !If [IsProd, !FindInMap [Sizes, prod, Days], !Ref Days]
      KmsKeyId: !If [IsProd, "arn:aws:kms:eu-west-1:111122223333:key/x", !Ref AWS::NoValue]
  Role:
    Type: AWS::IAM::Role
    DependsOn: Logs
    Properties:
      Description: !Sub "${AWS::AccountId} of ${AWS::Region} ${!literal} ${Day}${Logs.Arn}"
      AssumeRolePolicyDocument: { Version: 2012-10-17, Statement: [] }
      ManagedPolicyArns: !Split [",", !Join [",", !Ref Names]]
      MaxSessionDuration: !Select [1, [3600, 7200]]
  OnlyProd:
    Type: AWS::S3::Bucket
    Condition: IsProd
Outputs:
  Count: { Value: !Length [1, 2, 3] }
  Arn: { Value: !GetAtt Role.Arn, Export: { Name: arn } }
  Text: { Value: !ToJsonString { a: [!Ref Days] } }
"#;

#[test]
fn functions_give_what_cloudformation_gives() {
    let text = TEMPLATE.replace("${Day}", "");
    let found = evaluated(&text, &[("Days", json!(30))]).unwrap();
    assert_eq!(found.resources.keys().collect::<Vec<_>>(), ["Logs", "Role"]);
    let logs = &found.resources["Logs"];
    assert_eq!(logs.properties["RetentionInDays"].json(), Some(json!(30)));
    assert!(!logs.properties.contains_key("KmsKeyId") && logs.deletion.as_deref() == Some("Retain"));
    let role = &found.resources["Role"];
    let description = role.properties["Description"].resolve(&mut |_, _| Some(json!("<arn>")));
    assert_eq!(description.json(), Some(json!("111122223333 of eu-west-1 ${literal} <arn>")));
    assert_eq!(
        role.properties["ManagedPolicyArns"].json(),
        Some(json!(["arn:aws:iam::aws:policy/a", "arn:aws:iam::aws:policy/b"]))
    );
    assert_eq!(role.properties["MaxSessionDuration"].json(), Some(json!(7200)));
    let document = json!({ "Version": "2012-10-17", "Statement": [] });
    assert_eq!(role.properties["AssumeRolePolicyDocument"].json(), Some(document));
    assert_eq!(found.outputs["Count"].json(), Some(json!(3)));
    assert_eq!(found.outputs["Text"].json(), Some(json!(r#"{"a":[30]}"#)));
    assert!(found.outputs["Arn"].json().is_none());
    let prod = evaluated(&text, &[("Stage", json!("prod"))]).unwrap();
    assert_eq!(prod.resources["Logs"].properties["RetentionInDays"].json(), Some(json!(365)));
    assert!(prod.resources.contains_key("OnlyProd"));
}

#[test]
fn json_says_the_same() {
    let yaml = "Resources:\n  Logs:\n    Type: AWS::Logs::LogGroup\n    Properties: { RetentionInDays: 14 }\n";
    let json = r#"{"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 14}}}}"#;
    assert_eq!(evaluated(yaml, &[]).unwrap().resources, evaluated(json, &[]).unwrap().resources);
}

/// Every invalid template, with what is told of it. `LZ_UPDATE_TEMPLATES=1` writes what is told.
#[expect(clippy::disallowed_methods, reason = "a test is asked by the environment")]
fn writes_what_is_told() -> bool {
    std::env::var_os("LZ_UPDATE_TEMPLATES").is_some()
}

#[test]
fn every_fault_of_the_corpus_is_told_at_its_place() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates/invalid");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "expected") {
            continue;
        }
        count += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let told = evaluated(&text, &[]).err().unwrap_or_else(|| panic!("{} has no fault", path.display())) + "\n";
        let expected = path.with_extension("expected");
        if writes_what_is_told() {
            std::fs::write(&expected, &told).unwrap();
        }
        assert_eq!(told, std::fs::read_to_string(&expected).unwrap_or_default(), "{}", path.display());
    }
    assert!(count >= 20, "{count}");
}

/// Templates as people write them, after AWS's documentation. Parameters without a default are given by their types.
#[test]
fn every_valid_template_of_the_corpus_is_taken() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates/valid");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let template = Template::parse(&text).unwrap();
        let open = template.parameters().iter().filter(|(_, parameter)| parameter.default.is_none());
        let given: Vec<(&str, serde_json::Value)> = open
            .map(|(name, parameter)| {
                let id = match parameter.parameter_type.to_string() {
                    of if of.contains("VPC") => "vpc-0123456789abcdef0",
                    of if of.contains("SecurityGroup") => "sg-0123456789abcdef0",
                    of if of.contains("Subnet") => "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
                    _ if name.contains("Arn") => "arn:aws:apigateway:eu-west-1::/restapis/abc/stages/live",
                    _ if name == "Stage" => "prod",
                    _ => "given",
                };
                (name.as_str(), json!(id))
            })
            .collect();
        let told = evaluated(&text, &given).err();
        assert_eq!(told, None, "{}", path.display());
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn bombs_and_strangers_are_refused() {
    let refused = |text: &str, why: &str| {
        let told = evaluated(text, &[]).unwrap_err();
        assert!(told.contains(why), "{told}");
    };
    refused("", "is empty");
    refused(&"x".repeat(5_000_000), "longer than 1 MB");
    let deep = format!("Resources: {}", "[".repeat(200));
    refused(&deep, "nested too deep");
    let mut bomb = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let of = level - 1;
        bomb.push_str(&format!(
            "b{level}: &a{level} [*a{of}, *a{of}, *a{of}, *a{of}, *a{of}, *a{of}, *a{of}, *a{of}, *a{of}]\n"
        ));
    }
    refused(&bomb, "aliases repeat too much");
    refused("Resources:\n\tQueue: {}\n", "neither YAML nor JSON");
    refused("Resources: {}\n---\nResources: {}\n", "second document");
    refused("Resources: !vault x\n", "no function of CloudFormation");
    refused("Resources: {A: {Type: AWS::Logs::LogGroup}, A: {Type: AWS::Logs::LogGroup}}", "stands here twice");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[ -~\n\t]{0,200}") {
        let _ = evaluated(&text, &[]);
    }

    #[test]
    fn no_mutation_of_a_template_makes_it_panic(place in 0..1500_usize, other in "[ -~\n]{0,4}", cut in 0..20_usize) {
        let mut chars: Vec<char> = TEMPLATE.chars().collect();
        let from = place.min(chars.len());
        let to = (from + cut).min(chars.len());
        chars.splice(from..to, other.chars());
        let _ = evaluated(&chars.into_iter().collect::<String>(), &[]);
    }
}
