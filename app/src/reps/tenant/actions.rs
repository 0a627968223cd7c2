//! What the forms about one tenant do.

use axum::extract::Path;
use axum::response::Response;
use domain::Result;
use domain::drafts::Provisioned;
use domain::organizations::list::{Tenant, tenant};
use domain::organizations::suspend::{Suspension, SuspensionForm, restore, suspend};
use domain::reps::visit::{VisitForm, begin, leave};
use domain::tenants::new_links::{LinksForm, NewLinks, new_links};
use std::time::Instant;

use crate::act::Act;
use crate::form::Form;
use crate::invitations::letter;
use crate::reps::hand_over_page::HandedOver;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const TENANT: &str = "/rep/tenants/{slug}";
    RouteTable::new()
        .post(&format!("{TENANT}/suspend"), suspend_tenant)
        .post(&format!("{TENANT}/restore"), restore_tenant)
        .post(&format!("{TENANT}/links"), make_links)
        .post(&format!("{TENANT}/visit"), begin_visit)
        .post(&format!("{TENANT}/leave"), end_visit)
}

async fn suspend_tenant(
    act: Act,
    Path(slug): Path<String>,
    Form(form): Form<SuspensionForm>,
) -> Response {
    let began = Instant::now();
    let suspended = async {
        let (rep, tenant, why) = meant(&act, &slug, &form).await?;
        suspend(act.backend(), &rep, &slug, &why).await?;
        Ok(tenant.id)
    };
    match suspended.await {
        Ok(id) => {
            let done = "Suspended. All of its keys";
            act.done_for_all(&routes::tenant(&slug), id.0, began, done).await
        }
        Err(error) => act.refuse(error, form).await,
    }
}

async fn restore_tenant(
    act: Act,
    Path(slug): Path<String>,
    Form(form): Form<SuspensionForm>,
) -> Response {
    let restored = async {
        let (rep, _, why) = meant(&act, &slug, &form).await?;
        restore(act.backend(), &rep, &slug, &why).await
    };
    match restored.await {
        Ok(()) => act.done(&routes::tenant(&slug), "Restored: its keys are accepted again").await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn meant(
    act: &Act,
    slug: &str,
    form: &SuspensionForm,
) -> Result<(domain::reps::Rep, Tenant, Suspension)> {
    let rep = act.rep().await?;
    let tenant = tenant(act.backend(), &rep, slug).await?;
    let why = Suspension::parse(form, &tenant)?;
    Ok((rep, tenant, why))
}

async fn make_links(act: Act, Path(slug): Path<String>, Form(form): Form<LinksForm>) -> Response {
    let made = async {
        let rep = act.rep().await?;
        new_links(act.backend(), &rep, &slug, &NewLinks::parse(&form)?).await
    };
    match made.await {
        Ok(made) => {
            let mailed = letter::send(&act.state, &made.letter).await;
            act.hand_over(HandedOver { provisioned: Provisioned::Now(Box::new(made)), mailed })
                .await
        }
        Err(error) => act.refuse(error, form).await,
    }
}

async fn begin_visit(act: Act, Path(slug): Path<String>, Form(form): Form<VisitForm>) -> Response {
    let begun = async {
        let rep = act.rep().await?;
        begin(act.backend(), &rep, &slug, &form).await
    };
    match begun.await {
        Ok(_) => act.done(&routes::overview(&slug), "You are in. This stands in their log.").await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn end_visit(act: Act, Path(slug): Path<String>) -> Response {
    let left = async {
        let rep = act.rep().await?;
        leave(act.backend(), &rep, &slug).await
    };
    match left.await {
        Ok(()) => act.done(&routes::tenant(&slug), "You have left the organization").await,
        Err(error) => act.fail(error).await,
    }
}
