//! A call from its arrival to its line in the access log. Its answer carries the id by which the
//! line is found.

use axum::body::HttpBody;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use domain::Backend;
use domain::access_log::{Call, Endpoint as Logged, Offer};
use domain::clock::Moment;
use domain::directory::KeyRecord;
use domain::profiles::{Endpoint, EndpointId, Profile};
use domain::usage::Answered;
use domain::verification::{Reason, Verdict};
use std::net::IpAddr;
use std::time::Duration;
use uuid::Uuid;

/// The header that carries the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A call that has come in.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    request_id: Uuid,
    pub moment: Moment,
}

/// Who called, and what.
#[derive(Clone, Copy, Debug)]
pub struct Story<'a> {
    pub profile: &'a Profile,
    /// The profile's place among all.
    pub place: usize,
    pub key: &'a KeyRecord,
    pub reason: Option<Reason>,
    pub method: &'a str,
    pub path: &'a str,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<&'a HeaderValue>,
    /// The service that answered, where it was not we.
    pub datastore: Option<&'a str>,
    /// Where another program asked about a key: the place among [`DOORS`].
    pub door: Option<usize>,
}

impl Arrival {
    /// It comes in now.
    pub fn now(backend: &Backend) -> Self {
        let moment = backend.clock.moment();
        Self { request_id: backend.access_log.request_id(moment.ms), moment }
    }

    /// The answer with the call's id.
    pub fn mark(self, mut answer: Response) -> Response {
        let mut buffer = Uuid::encode_buffer();
        let id = self.request_id.hyphenated().encode_lower(&mut buffer);
        if let Ok(id) = HeaderValue::from_str(id) {
            answer.headers_mut().insert(REQUEST_ID, id);
        }
        answer
    }

    /// The id, as the answer has it.
    pub fn id(self) -> String {
        self.request_id.to_string()
    }

    /// For how long it has been here.
    pub fn age(self) -> Duration {
        self.moment.began.elapsed()
    }

    /// Hands the call to the log, and measures its answer.
    pub fn log(self, backend: &Backend, story: Story<'_>, answer: &Response) -> Offer {
        let bytes = answer.body().size_hint().exact().unwrap_or(0);
        self.log_as(backend, story, answer.status(), bytes)
    }

    /// The same where the answer is a part of another one.
    pub fn log_as(
        self,
        backend: &Backend,
        story: Story<'_>,
        status: StatusCode,
        bytes: u64,
    ) -> Offer {
        let mut prefixes = story.profile.key_prefixes();
        let found = Endpoint::find(story.profile, story.path);
        let took = self.age();
        let door = story.door.map(|door| story.profile.other_paths() + 1 + door);
        let place = door.map(|place| u16::try_from(place).unwrap_or(u16::MAX));
        let answered = Answered {
            endpoint: EndpointId {
                profile: u16::try_from(story.place).unwrap_or(u16::MAX),
                place: place.unwrap_or_else(|| found.place(story.profile)),
            },
            refused: story.reason.is_some(),
            took,
            bytes,
        };
        backend.recorder.measure(story.key, answered, self.moment.ms);
        let endpoint = match found {
            _ if door.is_some() => Logged::Known(story.path),
            Endpoint::Document(..) => Logged::Known(story.path),
            Endpoint::Collection(collection) => Logged::Known(&collection.path),
            Endpoint::Item(collection, _) => Logged::Item(&collection.path),
            Endpoint::Nothing => Logged::Other,
        };
        let call = Call {
            request_id: self.request_id,
            at_ms: self.moment.ms,
            key: story.key,
            method: story.method,
            endpoint,
            path: story.path,
            status: status.as_u16(),
            reason: story.reason,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            ip: story.ip,
            user_agent: story.user_agent.map(HeaderValue::as_bytes),
            datastore: story.datastore,
            prefixes: [prefixes.next(), prefixes.next()],
        };
        backend.access_log.offer(&call, story.profile.access_log, &backend.node_name)
    }
}

/// The key that a verdict is about, where it was recognized, and why it was refused.
pub fn subject(verdict: &Verdict) -> (Option<&KeyRecord>, Option<Reason>) {
    match verdict {
        Verdict::Accepted(key) => (Some(key), None),
        Verdict::Refused(reason, key) => (key.as_deref(), Some(*reason)),
    }
}
