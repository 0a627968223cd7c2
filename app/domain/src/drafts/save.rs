//! Keeping a step's answers.

use serde_json::json;

use super::{begin, get};
use crate::ids::DraftId;
use crate::organizations::Slug;
use crate::reps::Rep;
use crate::tenants::{Step, TenantForm, check_step};
use crate::{Backend, Error, FieldError, Result, Rule};

/// Keeps the answers to one step, if they break no rule. What other steps hold stays. Gives the step
/// to go on with: the last one, once all others have been answered.
pub async fn save(
    backend: &Backend,
    rep: &Rep,
    id: DraftId,
    step: Step,
    sent: &TenantForm,
) -> Result<Step> {
    let draft = get(backend, rep, id).await?;
    let next = if draft.step == Step::Check { Step::Check } else { step.next() };
    let (mut answers, today) = (draft.answers, backend.clock.now().date());
    answers.take(step, sent);
    check_step(step, &answers, &backend.profiles, today)?;
    if step == Step::Organization && answers.slug.is_empty() {
        let made = Slug::of_name(&answers.name).map_err(|rule| Error::invalid("slug", rule))?;
        made.as_str().clone_into(&mut answers.slug);
    }
    check_free(backend, step, &answers).await?;
    let kept = json!(answers);
    let mut transaction = begin(backend, rep).await?;
    let saved = sqlx::query!(
        "update tenant_drafts set answers = $2, step = $3, updated_at = $4
         where id = $1 and provisioned_as is null",
        id.0,
        kept,
        draft.step.max(step.next()).as_str(),
        backend.clock.now(),
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    if saved.rows_affected() == 0 {
        return Err(Error::Conflict("This organization has been provisioned already."));
    }
    Ok(next)
}

/// What is taken is said at the step that asks for it, rather than at the end.
async fn check_free(backend: &Backend, step: Step, answers: &TenantForm) -> Result<()> {
    let row = sqlx::query!(
        r#"select exists (select from organizations where slug = $1) as "slug!",
                  exists (select from organizations where profile = $2 and external_id = lower($3)) as "number!",
                  exists (select from users where email = lower($4) and is_rep) as "is_rep!""#,
        answers.slug,
        answers.profile,
        answers.external_id,
        answers.email,
    )
    .fetch_one(&backend.pools.rep)
    .await?;
    let (field, rule) = match step {
        Step::Organization if row.slug => ("slug", Rule::Taken),
        Step::Plan if row.number => ("external_id", Rule::IdTaken),
        Step::Admin if row.is_rep => ("email", Rule::IsARep),
        _ => return Ok(()),
    };
    Err(Error::Invalid(vec![FieldError { field, rule }]))
}
