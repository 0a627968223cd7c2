//! Calls as lines of a table.

use domain::access_log::list::LoggedCall;
use leptos::prelude::*;

use super::reasons::reason_text;
use crate::ui::{Cell, StatusTag, Tone};
use crate::{routes, when};

/// How a call ended, as a tag.
pub fn ended(call: &LoggedCall) -> impl IntoView + use<> {
    let (tone, text) = match (call.reason, call.status) {
        (Some(reason), _) => (Tone::Danger, reason_text(reason).to_owned()),
        (None, 500..) => (Tone::Warning, "Failed".to_owned()),
        (None, _) => (Tone::Success, "Accepted".to_owned()),
    };
    view! { <StatusTag tone text /> }
}

/// `12.3 ms`.
pub fn milliseconds(microseconds: i32) -> String {
    let tenths = (i64::from(microseconds) + 50) / 100;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

/// `GET /v1/patients`, of which a narrow screen shows the rest on the call's own page.
pub fn request_text(call: &LoggedCall) -> String {
    if call.method.is_empty() {
        call.path.clone()
    } else {
        format!("{} {}", call.method, call.path)
    }
}

/// The rows of the log.
pub fn rows(slug: &str, calls: Vec<LoggedCall>) -> AnyView {
    let row = |call: LoggedCall| {
        let href = routes::call(slug, call.request_id);
        let key = call.key_name.clone().unwrap_or_else(|| "A deleted key".to_owned());
        let (ended, request) = (ended(&call), request_text(&call));
        let ip = call.ip.map(|ip| view! { <code>{ip}</code> });
        view! {
            <tr>
                <Cell>{when::second_view(call.at)}</Cell>
                <Cell header=true>
                    <a href=href>
                        <code>{request}</code>
                    </a>
                </Cell>
                <Cell>{ended}</Cell>
                <Cell numeric=true secondary=true>
                    {call.status}
                </Cell>
                <Cell secondary=true>{key}</Cell>
                <Cell secondary=true>{ip}</Cell>
                <Cell numeric=true secondary=true>
                    {milliseconds(call.duration_us)}
                </Cell>
            </tr>
        }
    };
    calls.into_iter().map(row).collect_view().into_any()
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn tenths_are_enough() {
        assert_eq!(milliseconds(0), "0.0 ms");
        assert_eq!(milliseconds(149), "0.1 ms");
        assert_eq!(milliseconds(12_350), "12.4 ms");
    }
}
