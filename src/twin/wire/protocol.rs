//! The envelopes that AWS's protocols put answers and errors in.

use serde_json::{Value, json};

use super::fault::Fault;
use super::http::Reply;
use super::xml::Xml;

/// One of AWS's wire protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Form-encoded requests and XML answers as EC2 has them.
    Ec2,
    /// Form-encoded requests and XML answers, such as STS's.
    Query,
    /// `awsJson` 1.0 as Cloud Control has it: errors bear the names of their namespaces, and a `Message`.
    CloudControl,
    /// `awsJson` 1.0: JSON both ways, the action in `X-Amz-Target`.
    Json10,
    /// `awsJson` 1.1: the same under another content type.
    Json11,
    /// `rest-json`: JSON both ways, the action in method and path.
    RestJson,
}

impl Protocol {
    /// The content type of its answers.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Ec2 | Self::Query => "text/xml",
            Self::CloudControl | Self::Json10 => "application/x-amz-json-1.0",
            Self::Json11 => "application/x-amz-json-1.1",
            Self::RestJson => "application/json",
        }
    }

    /// An error in its envelope.
    #[must_use]
    pub fn refuse(self, fault: &Fault, request_id: &str) -> Reply {
        match self {
            Self::Ec2 | Self::Query => {
                Reply::new(fault.status, self.content_type(), request_id, self.xml(fault, request_id))
            }
            Self::CloudControl => {
                let body = json!({"__type": cloud_control_name(&fault.code), "Message": fault.message}).to_string();
                Reply::new(fault.status, self.content_type(), request_id, body)
            }
            Self::Json10 | Self::Json11 | Self::RestJson => {
                let body = Self::json(fault).to_string();
                let mut reply = Reply::new(fault.status, self.content_type(), request_id, body);
                reply.headers.insert("x-amzn-errortype".to_owned(), fault.code.clone());
                reply
            }
        }
    }

    fn xml(self, fault: &Fault, request_id: &str) -> String {
        if self == Self::Ec2 {
            let mut response = Xml::new();
            response
                .element("Errors", |errors| {
                    errors.element("Error", |error| {
                        error.text("Code", &fault.code).text("Message", &fault.message);
                    });
                })
                .text("RequestID", request_id);
            return response.document("Response", EC2_NAMESPACE);
        }
        let mut response = Xml::new();
        response
            .element("Error", |error| {
                let side = if fault.status < 500 { "Sender" } else { "Receiver" };
                error.text("Type", side).text("Code", &fault.code).text("Message", &fault.message);
            })
            .text("RequestId", request_id);
        response.document("ErrorResponse", STS_NAMESPACE)
    }

    fn json(fault: &Fault) -> Value {
        let mut body = json!({"__type": fault.code, "message": fault.message});
        if let Some(reason) = fault.reason {
            body["Reason"] = Value::from(reason);
        }
        body
    }
}

/// An error's whole name, as it was seen on the wire: what AWS's frameworks refuse is in their namespaces.
fn cloud_control_name(code: &str) -> String {
    let namespace = match code {
        "AccessDeniedException"
        | "ExpiredTokenException"
        | "UnrecognizedClientException"
        | "UnknownOperationException"
        | "SerializationException" => "com.amazon.coral.service",
        "ValidationException" => "com.amazon.coral.validate",
        _ => "com.amazon.cloudapiservice",
    };
    format!("{namespace}#{code}")
}

/// The namespace of EC2's answers.
pub const EC2_NAMESPACE: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

/// The namespace of STS's answers.
pub const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The version of EC2's API.
pub const EC2_VERSION: &str = "2016-11-15";

/// The version of STS's API.
pub const STS_VERSION: &str = "2011-06-15";
