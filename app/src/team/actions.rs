//! What the team's forms do.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::{InvitationId, UserId};
use domain::invitations::invite::{InviteForm, NewInvitation, invite};
use domain::invitations::{Written, resend, revoke};
use domain::members::{self, Role, change_role, colleague, remove};
use domain::{Error, Result, Rule};

use crate::act::Act;
use crate::form::Form;
use crate::invitations::letter;
use crate::invitations::sent_page::Posted;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const TEAM: &str = "/{organization}/settings/team";
    RouteTable::new()
        .post(&format!("{TEAM}/invite"), invite_somebody)
        .post(&format!("{TEAM}/invitations/{{invitation}}/resend"), resend_invitation)
        .post(&format!("{TEAM}/invitations/{{invitation}}/revoke"), revoke_invitation)
        .post(&format!("{TEAM}/members/{{user}}"), set_role)
        .post(&format!("{TEAM}/members/{{user}}/remove"), remove_member)
        .post(&format!("{TEAM}/leave"), leave)
}

async fn invite_somebody(
    act: Act,
    Path(organization): Path<String>,
    Form(form): Form<InviteForm>,
) -> Response {
    let written = async {
        let admin = act.admin(&organization).await?;
        invite(act.backend(), &admin, &NewInvitation::parse(&form)?, act.fresh()).await
    };
    match written.await {
        Ok(written) => post_letter(act, &organization, written).await,
        // What was typed is there again afterwards.
        Err(Error::ProofNeeded) => {
            let typed = [("email", form.email.as_str()), ("role", form.role.as_str())];
            let form = routes::invite_with(&organization, &typed);
            Redirect::to(&routes::confirm_then(&form)).into_response()
        }
        Err(error) => act.refuse(error, form).await,
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct ResendForm {
    letters: i32,
}

async fn resend_invitation(
    act: Act,
    Path((organization, invitation)): Path<(String, String)>,
    Form(form): Form<ResendForm>,
) -> Response {
    let written = async {
        let admin = act.admin(&organization).await?;
        resend::resend(act.backend(), &admin, invitation.parse()?, form.letters, act.fresh()).await
    };
    match written.await {
        Ok(written) => post_letter(act, &organization, written).await,
        // The list, where the button is, rather than this address, which has no page.
        Err(Error::ProofNeeded) => {
            Redirect::to(&routes::confirm_then(&routes::team(&organization))).into_response()
        }
        Err(error) => act.fail(error).await,
    }
}

/// Sends the letter by mail, or shows its link to whom it was made for.
async fn post_letter(act: Act, organization: &str, written: Written) -> Response {
    let mut mail_failed = false;
    if let Written::Now(letter) = &written {
        if letter::send(&act.state, letter).await {
            let notice = format!("Invitation sent to {}", letter.email);
            return act.done(&routes::team(organization), &notice).await;
        }
        mail_failed = act.state.mail.is_some();
    } else if act.state.mail.is_some() {
        return act.done(&routes::team(organization), "The invitation was sent already").await;
    }
    act.show_letter(organization, Posted { written, mail_failed }).await
}

async fn revoke_invitation(
    act: Act,
    Path((organization, invitation)): Path<(String, String)>,
) -> Response {
    let revoked = async {
        let admin = act.admin(&organization).await?;
        let id: InvitationId = invitation.parse()?;
        revoke::revoke(act.backend(), &admin, id).await
    };
    match revoked.await {
        Ok(()) => act.done(&routes::team(&organization), "Invitation revoked").await,
        Err(error) => act.fail(error).await,
    }
}

/// The form's fields.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct RoleForm {
    pub role: String,
    /// What it was when the form was made.
    pub seen: String,
}

async fn set_role(
    act: Act,
    Path((organization, user)): Path<(String, String)>,
    Form(form): Form<RoleForm>,
) -> Response {
    match try_set_role(&act, &organization, &user, &form).await {
        Ok(notice) => act.done(&routes::team(&organization), &notice).await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn try_set_role(
    act: &Act,
    organization: &str,
    user: &str,
    form: &RoleForm,
) -> Result<String> {
    let admin = act.admin(organization).await?;
    let named = |name: &str| Role::named(name).ok_or(Error::invalid("role", Rule::NotAChoice));
    let (seen, role) = (named(&form.seen)?, named(&form.role)?);
    let who = colleague(act.backend(), &admin, user.parse()?).await?;
    change_role(act.backend(), &admin, who.user_id, seen, role, act.fresh()).await?;
    Ok(format!("{} has the role {role} now", who.name))
}

async fn remove_member(act: Act, Path((organization, user)): Path<(String, String)>) -> Response {
    let removed = async {
        let admin = act.admin(&organization).await?;
        let user_id: UserId = user.parse()?;
        let who = colleague(act.backend(), &admin, user_id).await?;
        remove(act.backend(), &admin, user_id, &act.fresh()?).await?;
        Ok::<_, Error>(format!("{} is no member any more", who.name))
    };
    match removed.await {
        Ok(notice) => act.done(&routes::team(&organization), &notice).await,
        Err(error) => act.fail(error).await,
    }
}

async fn leave(act: Act, Path(organization): Path<String>) -> Response {
    let left = async {
        let member = act.member(&organization).await?;
        members::leave(act.backend(), &member).await?;
        Ok::<_, Error>(format!("You have left {}", member.organization().name))
    };
    match left.await {
        Ok(notice) => act.done(routes::ORGANIZATIONS, &notice).await,
        Err(error) => act.fail(error).await,
    }
}
