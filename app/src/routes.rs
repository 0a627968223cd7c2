//! Every address of the dashboard. Links, forms and redirects are built by these functions, never
//! by pasting strings.

use domain::ids::{ChannelId, DeliveryId, DraftId, InvitationId, KeyId, UserId, WebhookId};
use domain::tenants::Step;
use uuid::Uuid;

pub const SIGN_IN: &str = "/login";
pub const SIGN_OUT: &str = "/logout";
pub const ORGANIZATIONS: &str = "/";
pub const THEME: &str = "/theme";
pub const ACCOUNT: &str = "/account";
/// The second step of signing in.
pub const SIGN_IN_CODE: &str = "/login/code";
pub const SECOND_FACTOR: &str = "/account/second-factor";
pub const SECOND_FACTOR_CONFIRM: &str = "/account/second-factor/confirm";
pub const SECOND_FACTOR_REMOVE: &str = "/account/second-factor/remove";
/// Asks for the password once more.
pub const CONFIRM: &str = "/account/confirm";
/// Asks for a new password. Beneath it stand the links by which one is chosen, which hold a secret.
pub const RESET: &str = "/reset";
/// Beneath it stand the links of invitations, which hold a secret.
pub const INVITATIONS: &str = "/invitations";

/// The sign-in page that leads on to `next`.
pub fn sign_in_then(next: &str) -> String {
    format!("{SIGN_IN}?next={}", query_value(next))
}

/// The page that asks for a code and leads on to `next`.
pub fn sign_in_code_then(next: &str) -> String {
    format!("{SIGN_IN_CODE}?next={}", query_value(next))
}

/// The page that asks for the password and leads on to `next`.
pub fn confirm_then(next: &str) -> String {
    format!("{CONFIRM}?next={}", query_value(next))
}

pub fn settings(organization: &str) -> String {
    format!("/{organization}/settings")
}

/// How members sign in.
pub fn settings_security(organization: &str) -> String {
    format!("{}/security", settings(organization))
}

/// What the organization's programs and people are told.
pub fn notices(organization: &str) -> String {
    format!("{}/notices", settings(organization))
}

pub fn new_webhook(organization: &str) -> String {
    format!("{}/new", notices(organization))
}

pub fn webhook(organization: &str, id: WebhookId) -> String {
    format!("{}/{id}", notices(organization))
}

/// One page of the webhook's deliveries.
pub fn webhook_page(organization: &str, id: WebhookId, page: u32) -> String {
    format!("{}?page={page}", webhook(organization, id))
}

/// A page or action of the webhook: `test`, `rotate`, `disable`, `enable`, `remove`.
pub fn webhook_action(organization: &str, id: WebhookId, action: &str) -> String {
    format!("{}/{action}", webhook(organization, id))
}

/// Where a delivery is sent once more.
pub fn send_again(organization: &str, webhook: WebhookId, delivery: DeliveryId) -> String {
    format!("{}/deliveries/{delivery}/again", self::webhook(organization, webhook))
}

pub fn overview(organization: &str) -> String {
    format!("/{organization}")
}

pub fn channels(organization: &str) -> String {
    format!("/{organization}/channels")
}

pub fn new_channel(organization: &str) -> String {
    format!("/{organization}/channels/new")
}

pub fn channel(organization: &str, id: ChannelId) -> String {
    format!("/{organization}/channels/{id}")
}

pub fn channel_status(organization: &str, id: ChannelId) -> String {
    format!("/{organization}/channels/{id}/status")
}

pub fn channel_acting_user(organization: &str, id: ChannelId) -> String {
    format!("/{organization}/channels/{id}/acting-user")
}

pub fn keys(organization: &str) -> String {
    format!("/{organization}/settings/api-keys")
}

/// The list with filters: names and values, of which empty ones are left out.
pub fn keys_with(organization: &str, filters: &[(&str, &str)]) -> String {
    format!("{}{}", keys(organization), query(filters))
}

pub fn new_key(organization: &str) -> String {
    format!("/{organization}/settings/api-keys/new")
}

/// The form for a new key of this channel.
pub fn new_key_for(organization: &str, channel: ChannelId) -> String {
    format!("{}?channel={channel}", new_key(organization))
}

pub fn key(organization: &str, id: KeyId) -> String {
    format!("/{organization}/settings/api-keys/{id}")
}

/// The key's page with this stretch of time in its graph.
pub fn key_range(organization: &str, id: KeyId, range: &str) -> String {
    format!("{}?range={range}", key(organization, id))
}

/// A page or action of the key: `edit`, `regenerate`, `rotate-secret`, `require-secret`,
/// `waive-secret`, `revoke`, `disable`, `enable`, `scream-test`, `scream-test/end`, `stored`,
/// `first-use`.
pub fn key_action(organization: &str, id: KeyId, action: &str) -> String {
    format!("{}/{action}", key(organization, id))
}

/// An action on one of the key's former texts: `extend`, `end`.
pub fn old_text_action(organization: &str, key: KeyId, old: KeyId, action: &str) -> String {
    format!("{}/old/{old}/{action}", self::key(organization, key))
}

pub fn team(organization: &str) -> String {
    format!("/{organization}/settings/team")
}

pub fn invite(organization: &str) -> String {
    format!("{}/invite", team(organization))
}

/// The form with what was typed into it: names and values, of which empty ones are left out.
pub fn invite_with(organization: &str, fields: &[(&str, &str)]) -> String {
    format!("{}{}", invite(organization), query(fields))
}

pub fn leave(organization: &str) -> String {
    format!("{}/leave", team(organization))
}

pub fn member(organization: &str, id: UserId) -> String {
    format!("{}/members/{id}", team(organization))
}

pub fn remove_member(organization: &str, id: UserId) -> String {
    format!("{}/remove", member(organization, id))
}

pub fn resend_invitation(organization: &str, id: InvitationId) -> String {
    format!("{}/invitations/{id}/resend", team(organization))
}

pub fn revoke_invitation(organization: &str, id: InvitationId) -> String {
    format!("{}/invitations/{id}/revoke", team(organization))
}

/// The page that an invitation's link opens. It holds the token: not for logs.
pub fn invitation(token: &str) -> String {
    format!("{INVITATIONS}/{token}")
}

/// The page that the link for a new password opens. It holds the token: not for logs.
pub fn reset_password(token: &str) -> String {
    format!("{RESET}/{token}")
}

/// The path as logs may have it: without the token of a link.
pub fn for_logs(path: &str) -> &str {
    // Whatever looks like one, however it is written.
    let lower = path.to_ascii_lowercase();
    if path.contains('%') {
        // No address of ours has any.
        "/{in percent code}"
    } else if lower.contains("invitations/") && !path.contains("/settings/team/") {
        "/invitations/{token}"
    } else if lower.contains("/reset/") {
        "/reset/{token}"
    } else if lower.contains("/claims/") {
        "/claims/{token}"
    } else {
        path
    }
}

/// How to call the API.
pub fn quick_start(organization: &str) -> String {
    format!("/{organization}/quick-start")
}

/// The same with names and values, of which empty ones are left out.
pub fn quick_start_with(organization: &str, choices: &[(&str, &str)]) -> String {
    format!("{}{}", quick_start(organization), query(choices))
}

/// How much the keys are used.
pub fn usage(organization: &str) -> String {
    format!("/{organization}/usage")
}

/// The same figures as a file: `csv`, `json`.
pub fn usage_file(organization: &str, kind: &str, filters: &[(&str, &str)]) -> String {
    format!("{}.{kind}{}", usage(organization), query(filters))
}

/// What programs asked for.
pub fn access_log(organization: &str) -> String {
    format!("/{organization}/access-log")
}

/// The same with filters: names and values, of which empty ones are left out.
pub fn access_log_with(organization: &str, filters: &[(&str, &str)]) -> String {
    format!("{}{}", access_log(organization), query(filters))
}

/// One call, by the id that its answer carried.
pub fn call(organization: &str, request_id: Uuid) -> String {
    format!("{}/{request_id}", access_log(organization))
}

pub fn audit_log(organization: &str) -> String {
    format!("/{organization}/settings/audit-log")
}

/// The log with filters: names and values, of which empty ones are left out.
pub fn audit_log_with(organization: &str, filters: &[(&str, &str)]) -> String {
    format!("{}{}", audit_log(organization), query(filters))
}

/// The same events as a file.
pub fn audit_log_csv(organization: &str, filters: &[(&str, &str)]) -> String {
    format!("{}.csv{}", audit_log(organization), query(filters))
}

/// Where another tenant tries to get at this one's data.
pub fn isolation(organization: &str) -> String {
    format!("/{organization}/settings/isolation")
}

/// The same for reps, between any two tenants.
pub const REP_ISOLATION: &str = "/rep/isolation";

/// The same as a file of JSON.
pub fn isolation_json(organization: &str) -> String {
    format!("{}.json", isolation(organization))
}

fn query(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> =
        pairs.map(|(name, value)| format!("{name}={}", query_value(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// Where reps begin.
pub const TENANTS: &str = "/rep/tenants";

/// One tenant, for reps.
pub fn tenant(slug: &str) -> String {
    format!("{TENANTS}/{slug}")
}

/// The tenant's page with this stretch of time in its graph.
pub fn tenant_range(slug: &str, range: &str) -> String {
    format!("{}?range={range}", tenant(slug))
}

pub fn suspend_tenant(slug: &str) -> String {
    format!("{}/suspend", tenant(slug))
}

pub fn restore_tenant(slug: &str) -> String {
    format!("{}/restore", tenant(slug))
}

/// Where the links of the hand-over are made again.
pub fn tenant_links(slug: &str) -> String {
    format!("{}/links", tenant(slug))
}

/// Where a rep enters the tenant's own pages.
pub fn visit_tenant(slug: &str) -> String {
    format!("{}/visit", tenant(slug))
}

/// What ends that.
pub fn leave_tenant(slug: &str) -> String {
    format!("{}/leave", tenant(slug))
}

/// The list of tenants with filters: names and values, of which empty ones are left out.
pub fn tenants_with(filters: &[(&str, &str)]) -> String {
    format!("{TENANTS}{}", query(filters))
}

/// Where a form begins a draft.
pub const NEW_TENANT: &str = "/rep/tenants/new";

/// One step of provisioning.
pub fn draft_step(id: DraftId, step: Step) -> String {
    format!("{NEW_TENANT}/{id}/{}", step.as_str())
}

pub fn discard_draft(id: DraftId) -> String {
    format!("{NEW_TENANT}/{id}/discard")
}

pub fn tenant_approvals(organization: &str) -> String {
    format!("{TENANTS}/{organization}/approvals")
}

pub fn tenant_approval(organization: &str, gate: &str) -> String {
    format!("{}/{gate}", tenant_approvals(organization))
}

pub fn withdraw_approval(organization: &str, gate: &str) -> String {
    format!("{}/withdraw", tenant_approval(organization, gate))
}

pub fn tenant_terms(organization: &str) -> String {
    format!("{TENANTS}/{organization}/terms")
}

/// Beneath it stand the links that make a first key, which hold a secret.
pub const CLAIMS: &str = "/claims";

/// The page that a claim's link opens. It holds the token: not for logs.
pub fn claim(token: &str) -> String {
    format!("{CLAIMS}/{token}")
}

/// Whether a redirect may go there: a path on this dashboard and nothing that a browser could
/// take for another host.
pub fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
}

/// Percent-encoding for a query's value: all but RFC 3986's unreserved characters.
fn query_value(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_dashboard_are_local() {
        for path in ["/", "/st-mary/channels?x=1", "/a/b#c"] {
            assert!(is_local(path), "{path}");
        }
        for path in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\u{85}/evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "///evil.example",
            " //evil.example",
            " /evil",
            "javascript:alert(1)",
            "http:/evil.example",
            "?next=//evil.example",
            "a",
        ] {
            assert!(!is_local(path), "{path:?}");
        }
    }

    #[test]
    fn an_invitations_token_is_not_for_logs() {
        for path in ["/invitations/0f3a", "//invitations/0f3a", "/Invitations/0f3a/x"] {
            assert_eq!(for_logs(path), "/invitations/{token}");
        }
        for path in ["/reset/0f3a", "//reset/0f3a", "/Reset/0f3a/x", "/a/reset/0f3a"] {
            assert_eq!(for_logs(path), "/reset/{token}");
        }
        for path in ["/claims/0f3a", "//claims/0f3a", "/Claims/0f3a/x"] {
            assert_eq!(for_logs(path), "/claims/{token}");
        }
        for path in ["/%72eset/0f3a", "/reset%2f0f3a"] {
            assert_eq!(for_logs(path), "/{in percent code}");
        }
        for path in [
            "/",
            "/reset",
            "/a/settings/team/invitations/0f3a/resend",
            "/invitations",
            "/a/channels",
        ] {
            assert_eq!(for_logs(path), path);
        }
    }

    #[test]
    fn only_filters_that_are_set_stand_in_the_address() {
        assert_eq!(audit_log_with("a", &[("x", ""), ("y", "")]), "/a/settings/audit-log");
        assert_eq!(
            audit_log_csv("a", &[("x", "1&y=2"), ("y", ""), ("z", "3")]),
            "/a/settings/audit-log.csv?x=1%26y%3D2&z=3"
        );
    }

    #[test]
    fn values_cannot_break_out_of_the_query() {
        assert_eq!(sign_in_then("/a?b=c&d=é"), "/login?next=/a%3Fb%3Dc%26d%3D%C3%A9");
    }
}
