//! What happened to a tenant, newest first.

use domain::audit::ActorKind;
use domain::organizations::list::Tenant;
use domain::organizations::story::Event;
use leptos::prelude::*;

use crate::audit::action_text;
use crate::ui::{Card, Cell, Column, DataTable};
use crate::when;

pub fn timeline(tenant: &Tenant, events: Vec<Event>) -> impl IntoView + use<> {
    let columns = vec![
        Column::new(when::column_heading()),
        Column::new("What"),
        Column::new("Who").secondary(),
        Column::new("Reason"),
    ];
    let rows = events.into_iter().map(row).collect_view();
    let provisioned = when::column_view(tenant.created_at);
    view! {
        <Card title="Timeline">
            <DataTable caption="Timeline" columns>
                {rows}
                <tr>
                    <Cell>{provisioned}</Cell>
                    <Cell header=true>"Provisioned"</Cell>
                    <Cell secondary=true>""</Cell>
                    <Cell>""</Cell>
                </tr>
            </DataTable>
            <p class="muted">
                "Staff reads what staff did and how the tenant was set up. What its people do stands in their own log."
            </p>
        </Card>
    }
}

fn row(event: Event) -> impl IntoView {
    let who = match event.actor_kind {
        ActorKind::Member => "Their people".to_owned(),
        ActorKind::Holder => "Whoever held the key".to_owned(),
        ActorKind::Rep => event.staff_name.unwrap_or_else(|| "Staff".to_owned()),
        ActorKind::Operator => {
            let name = event.staff_name.unwrap_or_else(|| "staff".to_owned());
            format!("{name}, by command")
        }
    };
    view! {
        <tr>
            <Cell>{when::column_view(event.at)}</Cell>
            <Cell header=true>{action_text(&event.action)}</Cell>
            <Cell secondary=true>{who}</Cell>
            <Cell>{event.reason.unwrap_or_default()}</Cell>
        </tr>
    }
}
