//! A rep's drafts, above the list of tenants.

use domain::drafts::Draft;
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::ui::{Button, ButtonKind, Card, Cell, Column, DataTable};
use crate::{routes, when};

/// Nothing where there are none.
pub fn drafts(drafts: Vec<Draft>, now: OffsetDateTime) -> AnyView {
    if drafts.is_empty() {
        return ().into_any();
    }
    let columns = vec![
        Column::new("Draft"),
        Column::new("Next step"),
        Column::new("Changed").secondary(),
        Column::new("Discard").name_hidden(),
    ];
    let rows = drafts.into_iter().map(|draft| row(draft, now)).collect_view();
    view! {
        <Card title="Your drafts">
            <DataTable caption="Your drafts" columns>
                {rows}
            </DataTable>
        </Card>
    }
    .into_any()
}

fn row(draft: Draft, now: OffsetDateTime) -> impl IntoView {
    let name = Some(draft.answers.name).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "Unnamed".to_owned());
    let what = format!(" draft {name}");
    view! {
        <tr>
            <Cell header=true>
                <a href=routes::draft_step(draft.id, draft.step)>{name}</a>
            </Cell>
            <Cell>{draft.step.title()}</Cell>
            <Cell secondary=true>{when::ago_view(draft.updated_at, now)}</Cell>
            <Cell>
                <form method="post" action=routes::discard_draft(draft.id)>
                    <Button kind=ButtonKind::Quiet>
                        "Discard"
                        <span class="visually-hidden">{what}</span>
                    </Button>
                </form>
            </Cell>
        </tr>
    }
}
