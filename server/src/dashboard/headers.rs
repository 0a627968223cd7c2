//! Headers that keep browsers from being turned against their users. The content security policy
//! is the pages' own: each has a nonce.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::config::PublicUrl;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
/// Pages copy to the clipboard when asked, and have no use for anything else.
const NO_DEVICES: &str = "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), \
                          midi=(), payment=(), serial=(), usb=()";

/// Adds them to every answer.
pub async fn add(State(public): State<PublicUrl>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    // Forms without scripts need their own origin to be told.
    set(REFERRER_POLICY, "same-origin");
    set(OPENER_POLICY, "same-origin");
    set(RESOURCE_POLICY, "same-origin");
    set(PERMISSIONS_POLICY, NO_DEVICES);
    if public.is_https() {
        // For a year, this host by HTTPS only. What stands beneath it is not ours to decide on.
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // But for files, whose routes say how long, everything is for somebody's eyes.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
