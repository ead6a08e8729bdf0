//! A hand-made AWS client for tests: requests as an SDK would send them, and what comes back.

use std::collections::BTreeMap;

use serde_json::Value;

use super::front::Twin;
use super::time::Moment;
use super::wire::{Reply, Request};

/// Credentials and a clock on a twin.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) twin: Twin,
    pub(crate) key: String,
    pub(crate) token: Option<String>,
    pub(crate) now: Moment,
    pub(crate) region: String,
}

impl Client {
    /// The management account's administrator, at the twin's present.
    pub(crate) fn management(twin: &Twin) -> Self {
        let region = "eu-west-1".to_owned();
        Self { twin: twin.clone(), key: twin.management_credentials().id, token: None, now: twin.now(), region }
    }

    /// Lets time pass, in seconds.
    pub(crate) fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now.after(seconds * 1000);
        self
    }

    fn request(&self, service: &str, path: &str, body: impl Into<Vec<u8>>) -> Request {
        let credential = format!("{}/20260101/{}/{service}/aws4_request", self.key, self.region);
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0");
        let mut headers = BTreeMap::from([("authorization".to_owned(), authorization)]);
        headers.extend(self.token.clone().map(|token| ("x-amz-security-token".to_owned(), token)));
        Request { method: "POST".into(), path: path.into(), query: String::new(), headers, body: body.into() }
    }

    /// A form-encoded action of EC2 or STS.
    pub(crate) fn form(&self, service: &str, parameters: &[(&str, &str)]) -> Reply {
        let version = if service == "ec2" { "2016-11-15" } else { "2011-06-15" };
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Version", version)
            .extend_pairs(parameters)
            .finish();
        self.twin.answer(&self.request(service, "/", body), self.now)
    }

    /// An action of Organizations: its answer, or the error code with the reason.
    pub(crate) fn organizations(&self, action: &str, members: &Value) -> Result<Value, String> {
        let mut request = self.request("organizations", "/", members.to_string());
        request.headers.insert("x-amz-target".into(), format!("AWSOrganizationsV20161128.{action}"));
        Self::outcome(&self.twin.answer(&request, self.now))
    }

    /// An action of CloudWatch Logs: its answer, or the error code.
    pub(crate) fn logs(&self, action: &str, members: &Value) -> Result<Value, String> {
        let mut request = self.request("logs", "/", members.to_string());
        request.headers.insert("x-amz-target".into(), format!("Logs_20140328.{action}"));
        Self::outcome(&self.twin.answer(&request, self.now))
    }

    /// An action of Cloud Control: its answer, or the error code, without its namespace, with the message.
    pub(crate) fn cloud_control(&self, action: &str, members: &Value) -> Result<Value, (String, String)> {
        let mut request = self.request("cloudcontrolapi", "/", members.to_string());
        request.headers.insert("x-amz-target".into(), format!("CloudApiService.{action}"));
        let reply = self.twin.answer(&request, self.now);
        let body: Value = serde_json::from_str(&reply.body).expect("a JSON body");
        if reply.status == 200 {
            return Ok(body);
        }
        let code = body["__type"].as_str().and_then(|name| name.split_once('#')).expect("a namespace").1;
        Err((code.to_owned(), body["Message"].as_str().expect("a message").to_owned()))
    }

    /// An action of the Resource Groups Tagging API: its answer, or the error code.
    pub(crate) fn tagging(&self, action: &str, members: &Value) -> Result<Value, String> {
        let mut request = self.request("tagging", "/", members.to_string());
        request.headers.insert("x-amz-target".into(), format!("ResourceGroupsTaggingAPI_20170126.{action}"));
        Self::outcome(&self.twin.answer(&request, self.now))
    }

    /// An action of CloudTrail: its answer, or the error code.
    pub(crate) fn cloud_trail(&self, action: &str, members: &Value) -> Result<Value, String> {
        let mut request = self.request("cloudtrail", "/", members.to_string());
        let target = format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{action}");
        request.headers.insert("x-amz-target".into(), target);
        Self::outcome(&self.twin.answer(&request, self.now))
    }

    /// An action of Network Firewall: the answer's body, or the error code with the message.
    pub(crate) fn firewall(&self, action: &str, members: &Value) -> Result<Value, (String, String)> {
        let mut request = self.request("network-firewall", "/", members.to_string());
        request.headers.insert("x-amz-target".into(), format!("NetworkFirewall_20201112.{action}"));
        let reply = self.twin.answer(&request, self.now);
        let body: Value = serde_json::from_str(&reply.body).expect("a JSON body");
        if reply.status == 200 {
            return Ok(body);
        }
        let text = |member: &str| body[member].as_str().expect("a text").to_owned();
        Err((text("__type"), text("message")))
    }

    /// An action of RAM that is a POST: its answer, or the error code.
    pub(crate) fn ram(&self, action: &str, members: &Value) -> Result<Value, String> {
        let request = self.request("ram", &format!("/{}", action.to_lowercase()), members.to_string());
        Self::outcome(&self.twin.answer(&request, self.now))
    }

    /// DeleteResourceShare, whose parameters stand in the query.
    pub(crate) fn delete_share(&self, arn: &str) -> Result<Value, String> {
        let mut request = self.request("ram", "/deleteresourceshare", "");
        request.method = "DELETE".into();
        request.query = form_urlencoded::Serializer::new(String::new()).append_pair("resourceShareArn", arn).finish();
        Self::outcome(&self.twin.answer(&request, self.now))
    }

    fn outcome(reply: &Reply) -> Result<Value, String> {
        let body: Value = serde_json::from_str(&reply.body).expect("a JSON body");
        if reply.status == 200 {
            return Ok(body);
        }
        let code = body["__type"].as_str().expect("an error code").to_owned();
        Err(body["Reason"].as_str().map_or(code.clone(), |reason| format!("{code}:{reason}")))
    }

    /// All items of a list of Organizations, over all its pages.
    pub(crate) fn all(&mut self, action: &str, list: &str, mut members: Value) -> Vec<Value> {
        let mut items = Vec::new();
        loop {
            let answer = self.wait(1).organizations(action, &members).expect("a page");
            items.extend(answer[list].as_array().expect("a list").clone());
            match &answer["NextToken"] {
                Value::Null => return items,
                token => members["NextToken"] = token.clone(),
            }
        }
    }

    /// A client with the credentials of a role, or the error code.
    pub(crate) fn assume(&self, parameters: &[(&str, &str)]) -> Result<Self, String> {
        let reply = self.form("sts", &[&[("Action", "AssumeRole")], parameters].concat());
        if reply.status != 200 {
            return Err(text(&reply.body, "Code"));
        }
        let (key, token) = (text(&reply.body, "AccessKeyId"), Some(text(&reply.body, "SessionToken")));
        Ok(Self { key, token, ..self.clone() })
    }
}

/// The text of the first element of that name.
pub(crate) fn text(xml: &str, element: &str) -> String {
    let start = xml.split_once(&format!("<{element}>")).expect("the element").1;
    start.split_once("</").expect("its end").0.to_owned()
}
