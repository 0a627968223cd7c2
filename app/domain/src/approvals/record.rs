//! Recording that somebody has signed.

use serde_json::json;
use sqlx::{Postgres, Transaction};
use time::Date;
use time::macros::format_description;

use crate::approvals::Gate;
use crate::audit::{self, Action};
use crate::clock::YEARS;
use crate::error::FieldErrors;
use crate::ids::OrganizationId;
use crate::organizations::list::tenant;
use crate::reps::Rep;
use crate::text::Name;
use crate::{Backend, Error, Result, Rule, database};

/// What the form's fields hold, as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ApprovalForm {
    pub gate: String,
    pub decided_on: String,
    pub reference: String,
    pub signer: String,
    /// The version that the form was made from; empty where nothing was on record.
    pub seen: String,
}

/// A signature that breaks no rule of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApproval {
    pub gate: Gate,
    pub decided_on: Date,
    /// By which the paper is found.
    pub reference: Name,
    pub signer: Name,
    /// [`super::list::Approval::version`] of what it replaces.
    pub seen: Option<i64>,
}

impl NewApproval {
    pub fn parse(form: &ApprovalForm) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let gate = errors.check("gate", Gate::named(&form.gate).ok_or(Rule::NotAChoice));
        let decided_on = errors.check("decided_on", parse_day(&form.decided_on));
        let reference = errors.check("reference", Name::parse(&form.reference));
        let signer = errors.check("signer", Name::parse(&form.signer));
        match (gate, decided_on, reference, signer) {
            (Some(gate), Some(decided_on), Some(reference), Some(signer)) => {
                Ok(Self { gate, decided_on, reference, signer, seen: form.seen.parse().ok() })
            }
            _ => Err(errors.into_error()),
        }
    }
}

/// `2026-03-01`.
pub(crate) fn parse_day(text: &str) -> Result<Date, Rule> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Rule::Empty);
    }
    let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
    day.ok().filter(|day| YEARS.contains(&day.year())).ok_or(Rule::NotADay)
}

/// Puts the signature on record, or corrects what is there. The organization's keys that waited for
/// it can be made at once.
pub async fn record(backend: &Backend, rep: &Rep, slug: &str, new: &NewApproval) -> Result<()> {
    if new.decided_on > backend.clock.now().date() {
        return Err(Error::invalid("decided_on", Rule::InTheFuture));
    }
    let id = tenant(backend, rep, slug).await?.id;
    let mut transaction = database::tenant::begin(&backend.pools.rep, id).await?;
    let before = sqlx::query!(
        "select decided_on, reference, signer, recorded_at from approvals
         where organization_id = $1 and gate = $2 for update",
        id.0,
        new.gate.as_str(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let version = before.as_ref().map(|before| super::list::version(before.recorded_at));
    if version != new.seen {
        return Err(STALE);
    }
    let before = before.map(|before| {
        json!({ "decided_on": before.decided_on.to_string(), "reference": before.reference,
                "signer": before.signer })
    });
    if !write(&mut transaction, rep, id, new).await? {
        return Err(STALE);
    }
    let details = json!({ "gate": new.gate, "before": before, "after": details(new) });
    audit::record(&mut transaction, &rep.on(id), Action::ApprovalRecorded, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

const STALE: Error = Error::Conflict("Somebody else has just recorded this approval.");

/// What the log says of it.
pub(crate) fn details(new: &NewApproval) -> serde_json::Value {
    json!({ "decided_on": new.decided_on.to_string(), "reference": new.reference.as_str(),
            "signer": new.signer.as_str() })
}

/// `false`: somebody else was quicker to write the first one.
pub(crate) async fn write(
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    id: OrganizationId,
    new: &NewApproval,
) -> Result<bool> {
    let written = sqlx::query!(
        "insert into approvals (organization_id, gate, decided_on, reference, signer, recorded_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id, gate) do update
         set decided_on = excluded.decided_on, reference = excluded.reference,
             signer = excluded.signer, recorded_by = excluded.recorded_by, recorded_at = now()
         where $7",
        id.0,
        new.gate.as_str(),
        new.decided_on,
        new.reference.as_str(),
        new.signer.as_str(),
        rep.user_id().0,
        new.seen.is_some(),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(written.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approvals::list::list;
    use crate::approvals::withdraw::withdraw;
    use crate::keys::Environment;
    use crate::keys::create::{NewKey, create};
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::testing::{World, new_approval, new_key, regeneration};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn keys_wait_for_what_the_profile_asks_for(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "novamed").await?);
        let other = world.admin("two", "novamed").await?;
        let make = async |environment: Environment| {
            let new = NewKey { environment, ..new_key("Export")? };
            create(&world.backend, &admin, &new).await.map(|_| ())
        };
        let closed = |gates: &[Gate]| {
            let sentence = crate::approvals::closed_by(gates).unwrap_or_default();
            Err(Error::invalid("environment", Rule::GateClosed(sentence)))
        };
        assert_eq!(make(Environment::Test).await, closed(&[Gate::PartnerApproval]));
        assert_eq!(make(Environment::Live).await, closed(&Gate::ALL));
        world.approve(&rep, &admin, Gate::PartnerApproval).await?;
        assert_eq!(make(Environment::Test).await, Ok(()));
        assert_eq!(make(Environment::Live).await, closed(&[Gate::Baa]));
        world.approve(&rep, &admin, Gate::Baa).await?;
        assert_eq!(make(Environment::Live).await, Ok(()));

        // Taken back, the key gets no new text; another organization never had any.
        let (key, _) = world.key(&admin, "Second").await?;
        let approvals = list(&world.backend, &rep, "one").await?;
        let baa = approvals.iter().find(|approval| approval.gate == Gate::Baa);
        let seen = baa.map(|approval| approval.version).unwrap_or_default();
        withdraw(&world.backend, &rep, "one", Gate::Baa, seen).await?;
        let wanted = regeneration(&world.backend, &admin, key, Overlap::Now).await?;
        let again = regenerate(&world.backend, &admin, key, &wanted).await;
        assert!(matches!(again, Err(Error::Conflict(text)) if text.contains("BAA")), "{again:?}");
        assert!(world.key(&other, "Theirs").await.is_err());
        assert!(list(&world.backend, &rep, "two").await?.is_empty());
        assert_eq!(
            world
                .actions(&admin)
                .await?
                .into_iter()
                .filter(|action| action.starts_with("approval"))
                .collect::<Vec<_>>(),
            ["approval.recorded", "approval.recorded", "approval.withdrawn"]
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_stale_form_corrects_nothing(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "novamed").await?);
        let (backend, new) = (&world.backend, new_approval(Gate::Baa)?);
        record(backend, &rep, "one", &new).await?;
        assert_eq!(record(backend, &rep, "one", &new).await, Err(STALE), "sent twice");
        let seen = list(backend, &rep, "one").await?.first().map(|approval| approval.version);
        let corrected = NewApproval {
            seen,
            signer: Name::parse("Dr. Other").map_err(|rule| Error::invalid("signer", rule))?,
            ..new.clone()
        };
        record(backend, &rep, "one", &corrected).await?;
        assert_eq!(record(backend, &rep, "one", &corrected).await, Err(STALE), "sent twice");
        let signers: Vec<_> =
            list(backend, &rep, "one").await?.into_iter().map(|approval| approval.signer).collect();
        assert_eq!(signers, ["Dr. Other"]);
        assert_eq!(world.actions(&admin).await?, ["approval.recorded", "approval.recorded"]);
        let unknown = record(backend, &rep, "nobody", &new).await;
        assert_eq!(unknown, Err(Error::NotFound));
        let tomorrow = backend.clock.now().date().next_day().ok_or(Error::NotFound)?;
        let early = NewApproval { decided_on: tomorrow, ..new };
        assert_eq!(
            record(backend, &rep, "one", &early).await,
            Err(Error::invalid("decided_on", Rule::InTheFuture))
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn the_key_directories_are_told(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "novamed").await?);
        let notes = async || {
            sqlx::query_scalar::<_, i64>(
                "select count(*) from key_change where entity = 'organizations' and entity_id = $1",
            )
            .bind(admin.organization().id.0)
            .fetch_one(&world.backend.pools.validator)
            .await
        };
        let before = notes().await?;
        world.approve(&rep, &admin, Gate::Baa).await?;
        assert_eq!(notes().await?, before + 1);
        Ok(())
    }

    #[test]
    fn every_broken_field_is_named() {
        let form = ApprovalForm {
            decided_on: "31.1.2026".into(),
            signer: "<b>".into(),
            ..ApprovalForm::default()
        };
        let Err(Error::Invalid(errors)) = NewApproval::parse(&form) else { panic!("parsed") };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["gate", "decided_on", "reference", "signer"]);
        for text in ["2026-02-30", "0001-01-01", "today", "2026-01-01; drop"] {
            assert_eq!(parse_day(text), Err(Rule::NotADay), "{text}");
        }
    }
}
