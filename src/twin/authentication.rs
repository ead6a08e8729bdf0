//! Who calls, as a request's SigV4 signature tells.
//!
//! The access key id and the session token are looked up; the signature itself is not verified.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use super::service::Service;
use super::time::Moment;
use super::wire::Request;
use super::wire::fault::{Answer, Fault};
use super::world::{Caller, World};

/// What the signature's credential scope tells.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Whose key signed.
    pub access_key_id: &'a str,
    /// The region that the request is for.
    pub region: &'a str,
    /// The service that the request is for, by its signing name.
    pub service: &'a str,
}

impl<'a> Scope<'a> {
    /// The scope in a request's `Authorization` header.
    ///
    /// # Errors
    /// `MissingAuthenticationToken`, `IncompleteSignature`.
    pub fn of(request: &'a Request) -> Answer<Self> {
        let authorization = request.header("authorization").ok_or_else(|| {
            Fault::new("MissingAuthenticationToken", "Request is missing Authentication Token").with_status(403)
        })?;
        Self::parse(authorization).ok_or_else(|| {
            let message = "Authorization header requires 'Credential' parameter with a SigV4 credential scope.";
            Fault::new("IncompleteSignature", message)
        })
    }

    fn parse(authorization: &'a str) -> Option<Self> {
        let parameters = authorization.strip_prefix("AWS4-HMAC-SHA256")?;
        let credential = parameters.split(',').find_map(|one| one.trim().strip_prefix("Credential="))?;
        let mut parts = credential.split('/');
        let (access_key_id, _date) = (parts.next()?, parts.next()?);
        let (region, service) = (parts.next()?, parts.next()?);
        (parts.next()? == "aws4_request").then_some(Self { access_key_id, region, service })
    }

    /// The caller, by access key id and session token, at a moment of the client's clock.
    ///
    /// # Errors
    /// The service's own refusal of unknown and of expired credentials.
    pub fn caller(&self, world: &World, service: Service, token: Option<&str>, client_now: Moment) -> Answer<Caller> {
        let key = world.sts.key(self.access_key_id).ok_or_else(|| service.unknown_credentials())?;
        if token != key.session.as_ref().map(|session| session.token.as_str()) {
            return Err(service.unknown_credentials());
        }
        if key.session.as_ref().is_some_and(|session| session.expires <= client_now) {
            return Err(service.expired_credentials());
        }
        Ok(Caller {
            account: key.account.clone(),
            arn: key.arn.clone(),
            assumed: key.session.is_some(),
            region: self.region.to_owned(),
        })
    }
}
