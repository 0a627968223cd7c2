//! A call as PostgreSQL's binary COPY takes it, written straight into the queue's memory.

use memchr::memchr_iter;
use std::net::IpAddr;
use uuid::Uuid;

use crate::directory::KeyRecord;
use crate::verification::Reason;

/// The columns, in the order in which they are written.
pub(super) const COLUMNS: &str = "organization_id, request_id, at, key_id, channel_id, method, endpoint, path, status, \
     reason, duration_us, ip, user_agent, datastore, node";
const FIELDS: i16 = 15;
/// Bytes of a path and of a user agent that are kept.
const PATH_MAX: usize = 512;
const AGENT_MAX: usize = 256;
/// Of what looks like a secret by its length alone: longer than a UUID's text, and as long as any
/// profile's key at most.
const SECRET_MIN: usize = 40;
/// Longer than any registered method's name.
const METHOD_MAX: usize = 20;
/// In the place of what is no method.
const OTHER_METHOD: &str = "OTHER";
/// Parts of a path that nobody knows which are looked at.
const PARTS_MAX: usize = 8;
const DAY_MS: i64 = 86_400_000;
/// Milliseconds from 1970 to 2000, where PostgreSQL's time begins.
const EPOCH_MS: i64 = 946_684_800_000;
/// In the place of what looks like a key.
const MASK: &str = "…";

/// A call that has been answered.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub request_id: Uuid,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    pub key: &'a KeyRecord,
    pub method: &'a str,
    pub endpoint: Endpoint<'a>,
    pub path: &'a str,
    pub status: u16,
    pub reason: Option<Reason>,
    pub duration_us: u64,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<&'a [u8]>,
    pub datastore: Option<&'a str>,
    /// How the profile's keys begin: nothing that does is kept.
    pub prefixes: [Option<&'a str>; 2],
}

/// Which of the API's paths was called.
#[derive(Clone, Copy, Debug)]
pub enum Endpoint<'a> {
    Known(&'a str),
    /// One thing beneath this path.
    Item(&'a str),
    /// None that the profile names.
    Other,
}

/// A call on its own, while there is no room for it.
#[derive(Debug)]
pub struct Row {
    pub(super) day: i64,
    pub(super) bytes: Vec<u8>,
}

impl Call<'_> {
    /// Days since 1970-01-01 UTC.
    pub(super) fn day(&self) -> i64 {
        self.at_ms.div_euclid(DAY_MS)
    }

    pub(super) fn write(&self, node: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(&FIELDS.to_be_bytes());
        field(out, self.key.organization.id.0.as_bytes());
        field(out, self.request_id.as_bytes());
        field(out, &((self.at_ms - EPOCH_MS) * 1_000).to_be_bytes());
        field(out, self.key.id.0.as_bytes());
        option(out, self.key.channel.as_ref().map(|channel| channel.id.0.as_bytes().as_slice()));
        field(out, method(self.method).as_bytes());
        self.write_endpoint(out);
        let path = start(self.path, PATH_MAX);
        sized(out, |out| masked(out, path.as_bytes(), self.prefixes));
        field(out, &i16::try_from(self.status).unwrap_or(i16::MAX).to_be_bytes());
        option(out, self.reason.map(|reason| reason.as_str().as_bytes()));
        field(out, &i32::try_from(self.duration_us).unwrap_or(i32::MAX).to_be_bytes());
        write_ip(out, self.ip);
        match self.user_agent {
            Some(agent) => {
                let agent = &agent[..agent.len().min(AGENT_MAX)];
                sized(out, |out| masked(out, agent, self.prefixes));
            }
            None => option(out, None),
        }
        option(out, self.datastore.map(str::as_bytes));
        field(out, node.as_bytes());
    }

    fn write_endpoint(&self, out: &mut Vec<u8>) {
        match self.endpoint {
            Endpoint::Known(path) => field(out, path.as_bytes()),
            Endpoint::Item(path) => sized(out, |out| {
                out.extend_from_slice(path.as_bytes());
                out.extend_from_slice(b"/{id}");
            }),
            Endpoint::Other => sized(out, |out| general(out, self.path)),
        }
    }
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    // Nothing here is longer than some hundred bytes.
    out.extend_from_slice(&i32::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn option(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => field(out, bytes),
        None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
    }
}

/// A field whose length is known once it is written.
fn sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let place = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let length = i32::try_from(out.len() - place - 4).unwrap_or(0);
    out[place..place + 4].copy_from_slice(&length.to_be_bytes());
}

/// PostgreSQL's `inet`: family, bits, "not a network", length, address.
fn write_ip(out: &mut Vec<u8>, ip: Option<IpAddr>) {
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => sized(out, |out| {
            out.extend_from_slice(&[2, 32, 0, 4]);
            out.extend_from_slice(&ip.octets());
        }),
        Some(IpAddr::V6(ip)) => sized(out, |out| {
            out.extend_from_slice(&[3, 128, 0, 16]);
            out.extend_from_slice(&ip.octets());
        }),
        None => option(out, None),
    }
}

/// So many bytes of the text, or a little less.
fn start(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The method, where it can be one: whoever calls may put anything there, a key too.
fn method(text: &str) -> &str {
    let is_method = text.len() <= METHOD_MAX
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    if is_method { text } else { OTHER_METHOD }
}

/// The text as PostgreSQL takes it, and with nothing in it that begins like a key of the profile, or
/// is as long as secrets are: another profile's key, one in percent code, a pair's secret, a token.
fn masked(out: &mut Vec<u8>, text: &[u8], prefixes: [Option<&str>; 2]) {
    let alike = |left: &u8, right: &u8| is_of_part(*left) == is_of_part(*right);
    let plain = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { *byte } else { b'?' };
    if first_of(text, prefixes).is_none() && !text.chunk_by(alike).any(is_long) {
        return out.extend(text.iter().map(plain));
    }
    for part in text.chunk_by(alike) {
        let place = if is_long(part) { Some(0) } else { first_of(part, prefixes) };
        out.extend(part[..place.unwrap_or(part.len())].iter().map(plain));
        if place.is_some() {
            out.extend_from_slice(MASK.as_bytes());
        }
    }
}

fn is_long(part: &[u8]) -> bool {
    part.len() >= SECRET_MIN && is_of_part(part[0])
}

/// What texts of keys, hexadecimal numbers, Base64 and percent code are made of.
fn is_of_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'%' | b'+' | b'=')
}

/// Where one of the prefixes stands first.
fn first_of(text: &[u8], prefixes: [Option<&str>; 2]) -> Option<usize> {
    let of = |prefix: &str| {
        let first = prefix.bytes().next()?;
        memchr_iter(first, text).find(|place| text[*place..].starts_with(prefix.as_bytes()))
    };
    prefixes.into_iter().flatten().filter_map(of).min()
}

/// The path with `{id}` for parts that name one thing of many: numbers, and what is long and has
/// digits in it.
fn general(out: &mut Vec<u8>, path: &str) {
    let mut parts = path.split('/').skip(1);
    for part in parts.by_ref().take(PARTS_MAX) {
        out.push(b'/');
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let plain =
            part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
        let is_id = digits == part.len() || (digits > 0 && part.len() >= 8);
        match part {
            "" => {}
            _ if is_id || !plain || part.len() > 32 => out.extend_from_slice(b"{id}"),
            _ => out.extend_from_slice(part.as_bytes()),
        }
    }
    if parts.next().is_some() {
        out.extend_from_slice(b"/");
        out.extend_from_slice(MASK.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn nothing_that_begins_like_a_key_is_kept() {
        let masked = |kept: &[u8]| text(|out| masked(out, kept, [Some("dp_live_"), None]));
        assert_eq!(masked(b"/v1/dp_live_abcDEF123/x"), "/v1/…/x");
        assert_eq!(masked(b"curl/8 dp_live_a"), "curl/8 …");
        assert_eq!(masked(b"a\xffb\x07"), "a?b?");
        assert_eq!(masked(b"dp_live_"), "…");
        assert_eq!(masked(b"/v1/dp_live_a.json"), "/v1/….json");
    }

    #[test]
    fn nothing_that_is_as_long_as_a_secret_is_kept() {
        let prefixes = [Some("dp_live_"), None];
        let masked = |kept: &str| text(|out| masked(out, kept.as_bytes(), prefixes));
        let (key, hex) = ("7maGx0Qd".repeat(4), "0f".repeat(32));
        for secret in [
            format!("dp%5flive%5f{key}"),
            format!("dp%255Flive%255F{key}"),
            format!("clk_live_{key}"),
            hex,
        ] {
            assert_eq!(masked(&format!("/v1/items/{secret}/notes")), "/v1/items/…/notes");
            assert_eq!(masked(&format!("tool/1 ({secret})")), "tool/1 (…)");
        }
        let token = format!("eyJhbGciOiJFZERTQSJ9.{}.{}", "eyJpc3Mi".repeat(9), "k".repeat(86));
        assert_eq!(masked(&token), "eyJhbGciOiJFZERTQSJ9.….…");
        let id = "/v1/items/0190f3a2-7b1c-7000-8000-00000000000a";
        assert_eq!(masked(id), id);
    }

    #[test]
    fn a_method_is_a_short_word_in_capitals() {
        for name in ["GET", "M-SEARCH", "UPDATEREDIRECTREF"] {
            assert_eq!(method(name), name);
        }
        let key = format!("dp_live_{}", "a".repeat(32));
        for other in ["get", "G E T", "GET\t", &key, &"A".repeat(300)] {
            assert_eq!(method(other), "OTHER", "{other}");
        }
    }

    #[test]
    fn what_names_one_of_many_is_left_out_of_an_endpoint() {
        let general = |path: &str| text(|out| general(out, path));
        assert_eq!(general("/v1/users/17"), "/v1/users/{id}");
        assert_eq!(general("/v1/items/0190f3a2-7b1c"), "/v1/items/{id}");
        assert_eq!(general("/api/v2/events_schema"), "/api/v2/events_schema");
        assert_eq!(general("/%00/a b"), "/{id}/{id}");
        assert_eq!(general("/a/b/c/d/e/f/g/h/i/j"), "/a/b/c/d/e/f/g/h/…");
        assert_eq!(general("*"), "");
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(start("aé", 2), "a");
        assert_eq!(start("ab", 9), "ab");
    }
}
