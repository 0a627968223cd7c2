//! What happened to one thing lately, for its own page.

use domain::audit::list::LoggedEvent;
use domain::members::Member;
use leptos::prelude::*;
use uuid::Uuid;

use super::event_rows;
use crate::ui::{Card, Column, DataTable};
use crate::{routes, when};

/// Its latest events; who may see the log gets a link to all of them.
pub fn history_card(
    member: &Member,
    target_id: Uuid,
    events: Vec<LoggedEvent>,
) -> impl IntoView + use<> {
    let target = target_id.to_string();
    let all = member.is_admin().then(|| {
        routes::audit_log_with(&member.organization().slug, &[("target", target.as_str())])
    });
    let rows = event_rows::for_target(events);
    let columns = vec![
        Column::new(when::column_heading()),
        Column::new("Action"),
        Column::new("By"),
        Column::new("Change").secondary(),
    ];
    view! {
        <Card title="History">
            <DataTable caption="Latest events" columns>
                {rows}
            </DataTable>
            {all.map(|href| view! { <a href=href>"All events in the audit log"</a> })}
        </Card>
    }
}
