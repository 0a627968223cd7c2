//! A profile's answers to requests that it does not serve, rendered once when it is loaded.

use std::collections::BTreeMap;

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
    /// The request's body ended before its end.
    Incomplete,
}

impl Problem {
    const ALL: [Self; 11] = [
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
        Self::Incomplete,
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
            Self::NoUpgrade => {
                (501, "no_upgrade", "Connections of this API cannot change to another protocol")
            }
            Self::Incomplete => (400, "incomplete", "The request body did not arrive completely"),
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
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
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
    body: Template,
    refusals: Vec<Answer>,
    problems: Vec<Answer>,
}

impl Answers {
    /// Renders every answer. A message is looked up by the reason's own name, then by its group's.
    pub(super) fn new(body: &str, messages: &BTreeMap<String, String>) -> Self {
        let body = Template::new(body);
        let answer =
            |status, message: &str| Answer { status, body: render(&body, status, message) };
        let refusals = Reason::ALL.iter().map(|reason| {
            let (status, group, wording) = defaults(*reason);
            let message = messages.get(reason.as_str()).or_else(|| messages.get(group));
            answer(status, message.map_or(wording, String::as_str))
        });
        let problems = Problem::ALL.iter().map(|problem| {
            let (status, name, wording) = problem.defaults();
            answer(status, messages.get(name).map_or(wording, String::as_str))
        });
        Self { refusals: refusals.collect(), problems: problems.collect(), body }
    }

    pub(super) fn refusal(&self, reason: Reason) -> &Answer {
        &self.refusals[reason as usize]
    }

    pub(super) fn problem(&self, problem: Problem) -> &Answer {
        &self.problems[problem as usize]
    }

    pub(super) fn render(&self, status: u16, message: &str) -> String {
        render(&self.body, status, message)
    }

    /// The names under which messages can be worded.
    pub(super) fn message_names() -> impl Iterator<Item = &'static str> {
        let refusals = Reason::ALL.iter().flat_map(|reason| [reason.as_str(), defaults(*reason).1]);
        refusals.chain(Problem::ALL.iter().map(|problem| problem.defaults().1))
    }
}

fn render(body: &Template, status: u16, message: &str) -> String {
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
