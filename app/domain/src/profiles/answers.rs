//! A profile's answers to requests that it does not serve, rendered once when it is loaded.

use super::file::Errors;
use crate::verification::Reason;

/// A finished answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Why a request with a good key is not served all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    NotFound,
    MethodNotAllowed,
    NotJson,
    NotAnObject,
    TooLarge,
    Unavailable,
    Internal,
    /// The service behind cannot be reached, or does not answer as it should.
    BadGateway,
    /// The service behind takes too long.
    GatewayTimeout,
    /// The connection should speak another protocol from here on.
    NoUpgrade,
    /// The request's body is coded in a way that only the next hop would have to undo.
    NoCoding,
    /// The request's body ended before its end.
    Incomplete,
    /// The request breaks a rule, which is told.
    Invalid,
    /// The tenant's number is missing in the document, or is another tenant's.
    TenantNotFound,
    /// The body should be declared as JSON.
    ContentType,
    /// The caller should accept JSON.
    Accept,
    /// The request came without encryption.
    PlainHttp,
    /// The idempotency key was used with another request.
    Reused,
    /// A login's address or password is wrong, or who they belong to may not log in there.
    LoginRefused,
}

impl Problem {
    const ALL: [Self; 19] = [
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotJson,
        Self::NotAnObject,
        Self::TooLarge,
        Self::Unavailable,
        Self::Internal,
        Self::BadGateway,
        Self::GatewayTimeout,
        Self::NoUpgrade,
        Self::NoCoding,
        Self::Incomplete,
        Self::Invalid,
        Self::TenantNotFound,
        Self::ContentType,
        Self::Accept,
        Self::PlainHttp,
        Self::Reused,
        Self::LoginRefused,
    ];

    /// Status, the name under which a profile may word it, and the wording otherwise.
    fn defaults(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::NotFound => (404, "not_found", "Not found"),
            Self::MethodNotAllowed => (405, "method_not_allowed", "Method not allowed"),
            Self::NotJson => (400, "not_json", "The request body is not valid JSON"),
            Self::NotAnObject => (400, "not_an_object", "The request body must be a JSON object"),
            Self::TooLarge => (413, "too_large", "The request body is too large"),
            Self::Unavailable => (503, "unavailable", "Service temporarily unavailable"),
            Self::Internal => (500, "internal", "Internal server error"),
            Self::BadGateway => (502, "bad_gateway", "The service behind this API does not answer"),
            Self::GatewayTimeout => {
                (504, "gateway_timeout", "The service behind this API takes too long to answer")
            }
            Self::NoCoding => (501, "no_coding", "The only transfer coding of this API is chunked"),
            Self::NoUpgrade => {
                (501, "no_upgrade", "Connections of this API cannot change to another protocol")
            }
            Self::Incomplete => (400, "incomplete", "The request body did not arrive completely"),
            Self::Invalid => (400, "invalid", "The request is invalid"),
            Self::TenantNotFound => (400, "tenant_not_found", "There is no such tenant"),
            Self::ContentType => (415, "content_type", "Content-Type must be application/json"),
            Self::Accept => (406, "accept", "Accept must allow application/json"),
            Self::PlainHttp => (403, "plain_http", "HTTPS is required"),
            Self::Reused => (409, "reused", "This Idempotency-Key was used with another request"),
            Self::LoginRefused => (401, "login_refused", "Invalid email or password"),
        }
    }
}

/// The status of a refusal, and the name under which a profile may word all refusals like it.
fn defaults(reason: Reason) -> (u16, &'static str, &'static str) {
    match reason {
        Reason::Stale => (503, "unavailable", "Service temporarily unavailable"),
        Reason::Missing
        | Reason::Malformed
        | Reason::Unknown
        | Reason::WrongTenant
        | Reason::SecretRequired
        | Reason::WrongSecret
        | Reason::Revoked
        | Reason::Disabled
        | Reason::Expired
        | Reason::NotYetValid => (401, "unauthorized", "Invalid or missing API key"),
        Reason::OrganizationSuspended
        | Reason::ChannelInactive
        | Reason::ChannelSuspended
        | Reason::WrongEnvironment
        | Reason::OutOfScope
        | Reason::IpRefused
        | Reason::GateClosed => (403, "forbidden", "Forbidden"),
        Reason::RateLimited => (429, "rate_limited", "Too many requests"),
    }
}

/// The standard's short name of a status (RFC 9110, section 15), where profiles show it.
pub(super) fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}

/// Text with `{name}` gaps.
#[derive(Clone, Debug)]
pub(super) struct Template(String);

impl Template {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Fills the gaps in one pass, so that a value that looks like a gap stays as it is.
    pub(super) fn render(&self, values: &[(&str, &str)]) -> String {
        let mut rendered = String::with_capacity(self.0.len() + 64);
        let mut rest = self.0.as_str();
        'text: while let Some(at) = rest.find('{') {
            rendered.push_str(&rest[..at]);
            rest = &rest[at..];
            for (name, value) in values {
                let gap = rest[1..].strip_prefix(name).and_then(|after| after.strip_prefix('}'));
                if let Some(after) = gap {
                    rendered.push_str(value);
                    rest = after;
                    continue 'text;
                }
            }
            rendered.push('{');
            rest = &rest[1..];
        }
        rendered.push_str(rest);
        rendered
    }
}

/// All fixed answers of a profile.
#[derive(Debug)]
pub(super) struct Answers {
    /// For a request that breaks a rule, which is told.
    invalid: (u16, Template),
    refusals: Vec<Answer>,
    problems: Vec<Answer>,
}

impl Answers {
    /// Renders every answer. Wording, status and body are looked up by the reason's own name, then
    /// by its group's.
    pub(super) fn new(errors: &Errors) -> Self {
        let answer = |names: &[&str], status, wording: &str| {
            let (status, body) = (status_of(errors, names, status), body_of(errors, names));
            let message = names.iter().find_map(|name| errors.messages.get(*name));
            let body = render(&body, status, message.map_or(wording, String::as_str));
            Answer { status, body }
        };
        let refusals = Reason::ALL.iter().map(|reason| {
            let (status, group, wording) = defaults(*reason);
            answer(&[reason.as_str(), group], status, wording)
        });
        let problems = Problem::ALL.iter().map(|problem| {
            let (status, name, wording) = problem.defaults();
            answer(&[name], status, wording)
        });
        let (status, name, _) = Problem::Invalid.defaults();
        Self {
            refusals: refusals.collect(),
            problems: problems.collect(),
            invalid: (status_of(errors, &[name], status), body_of(errors, &[name])),
        }
    }

    pub(super) fn refusal(&self, reason: Reason) -> &Answer {
        &self.refusals[reason as usize]
    }

    pub(super) fn problem(&self, problem: Problem) -> &Answer {
        &self.problems[problem as usize]
    }

    pub(super) fn invalid(&self, message: &str) -> Answer {
        let (status, body) = &self.invalid;
        Answer { status: *status, body: render(body, *status, message) }
    }

    /// The names under which answers can be worded.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        let refusals = Reason::ALL.iter().flat_map(|reason| [reason.as_str(), defaults(*reason).1]);
        refusals.chain(Problem::ALL.iter().map(|problem| problem.defaults().1))
    }
}

fn status_of(errors: &Errors, names: &[&str], usual: u16) -> u16 {
    names.iter().find_map(|name| errors.statuses.get(*name)).copied().unwrap_or(usual)
}

fn body_of(errors: &Errors, names: &[&str]) -> Template {
    Template::new(names.iter().find_map(|name| errors.bodies.get(*name)).unwrap_or(&errors.body))
}

/// A body with its gaps filled.
pub(super) fn render(body: &Template, status: u16, message: &str) -> String {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    body.render(&[
        ("message", &json(message)),
        ("status", &status.to_string()),
        ("title", &json(title(status))),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_gap_stays() {
        let template = Template::new(r#"{"a":{x},"b":{y}}"#);
        assert_eq!(template.render(&[("x", "{y}"), ("y", "1")]), r#"{"a":{y},"b":1}"#);
    }
}
