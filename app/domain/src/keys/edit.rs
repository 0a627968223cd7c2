//! Changing what a key is called and bound to. Its text, environment and channel stay.

use serde_json::{Map, Value, json};
use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::edit_form::{Edit, Expiry, Fields, microseconds};
use crate::keys::permit::permit;
use crate::keys::{Access, is_listed};
use crate::members::Author;
use crate::organizations::KeyPolicy;
use crate::organizations::get_settings::key_policy;
use crate::{Backend, Error, Result, Rule, database};

/// Changes the key, and its former texts with it: they may do no more than the key, and live no
/// longer. A form that shows what is not so any more changes nothing.
pub async fn edit(backend: &Backend, author: &Author, id: KeyId, edit: &Edit) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, id).await?;
    let before = lock(&mut transaction, id).await?;
    if before.status == "REVOKED" {
        return Err(Error::Conflict("A revoked key stays as it is: create a new one."));
    }
    if before.version() != edit.seen {
        return Err(Error::invalid("seen", Rule::Stale));
    }
    let policy = key_policy(&mut transaction).await?;
    let expires_at = edit.expires_at(&before, policy, backend.clock.now())?;
    if !before.networks.is_empty() {
        let networks = policy.check_networks(&edit.terms.networks);
        networks.map_err(|rule| Error::invalid("networks", rule))?;
    }
    write(&mut transaction, id, edit, &edit.scopes(&before), expires_at).await?;
    let after = lock(&mut transaction, id).await?;
    let (before, after) = changed(before.details(), after.details());
    if after.is_empty() {
        transaction.rollback().await?;
        return Ok(());
    }
    let details = json!({ "before": before, "after": after });
    audit::record(&mut transaction, author, Action::KeyEdited, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

impl Edit {
    /// The new end. However often it is put off, a text grows no older than the organization lets
    /// any grow: who needs the key longer regenerates it.
    fn expires_at(
        &self,
        before: &Row,
        policy: KeyPolicy,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>> {
        let at = match self.expiry {
            Expiry::Keep => before.expires_at,
            Expiry::Never => None,
            Expiry::In(lifetime) => Some(now + lifetime),
        };
        let age = at.map(|at| at - before.issued_at);
        if let (true, Err(_), Some(days)) =
            (self.expiry != Expiry::Keep, policy.check_lifetime(age), policy.days_max)
        {
            return Err(Error::invalid("expires_in_days", Rule::GrowsTooOld { days }));
        }
        if self.terms.not_before.zip(at).is_some_and(|(begins, ends)| begins >= ends) {
            return Err(Error::invalid("not_before", Rule::BeginsTooLate));
        }
        Ok(at)
    }

    /// As they are kept. What the form cannot say stays as long as its choice does.
    fn scopes(&self, before: &Row) -> Vec<String> {
        if Some(self.access) == before.access() && self.access != Access::Listed {
            return before.scopes.clone();
        }
        match self.access {
            Access::Listed => self.terms.listed.clone(),
            access => vec![access.as_str().to_owned()],
        }
    }
}

/// The key's row.
struct Row {
    status: String,
    name: String,
    scopes: Vec<String>,
    issued_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    networks: Vec<String>,
    rate_limit: Option<i32>,
    not_before: Option<OffsetDateTime>,
}

impl Row {
    fn access(&self) -> Option<Access> {
        Access::of_scopes(&self.scopes)
    }

    fn version(&self) -> String {
        let listed = self.scopes.iter().map(String::as_str).filter(|scope| is_listed(scope));
        let fields = Fields {
            name: &self.name,
            access: self.access().map(Access::as_str),
            listed: listed.collect(),
            expires_at: self.expires_at.map(microseconds),
            networks: &self.networks,
            rate_limit: self.rate_limit,
            not_before: self.not_before.map(microseconds),
        };
        fields.version()
    }

    /// For the audit log.
    fn details(&self) -> Map<String, Value> {
        let details = json!({
            "name": self.name,
            "scopes": self.scopes,
            "expires_at": self.expires_at.map(audit::time_text),
            "networks": self.networks,
            "rate_limit": self.rate_limit,
            "not_before": self.not_before.map(audit::time_text),
        });
        details.as_object().cloned().unwrap_or_default()
    }
}

/// The fields that differ.
fn changed(
    before: Map<String, Value>,
    after: Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let pairs = before.into_iter().zip(after).filter(|(before, after)| before != after);
    pairs.unzip()
}

async fn lock(transaction: &mut Transaction<'static, Postgres>, id: KeyId) -> Result<Row> {
    sqlx::query_as!(
        Row,
        r#"select status, name, scopes, issued_at, expires_at,
                  allowed_networks::text[] as "networks!", rate_limit, not_before
           from api_keys where id = $1 for update"#,
        id.0
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(Error::NotFound)
}

async fn write(
    transaction: &mut Transaction<'static, Postgres>,
    id: KeyId,
    edit: &Edit,
    scopes: &[String],
    expires_at: Option<OffsetDateTime>,
) -> Result<()> {
    sqlx::query!(
        "update api_keys
         set name = $2, scopes = $3, allowed_networks = $4::text[]::cidr[], rate_limit = $5,
             not_before = $6,
             expires_at = case when draining_of is null then $7 else least(expires_at, $7) end
         where (id = $1 or draining_of = $1) and status <> 'REVOKED'",
        id.0,
        edit.name.as_str(),
        scopes,
        &edit.terms.network_texts(),
        edit.terms.rate_limit,
        edit.terms.not_before,
        expires_at,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Key;
    use crate::keys::create::KeyForm;
    use crate::keys::draining::list::old_texts;
    use crate::keys::edit_form::{EditForm, KEEP, version};
    use crate::keys::get::get;
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::keys::revoke::revoke;
    use crate::members::Role;
    use crate::organizations::change_settings::change_settings;
    use crate::organizations::{NewSettings, SettingsForm};
    use crate::testing::{World, regeneration};
    use crate::verification::{Demand, Outcome, Presented, Reason, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    /// The form as the page of this moment holds it.
    fn form(key: &Key) -> KeyForm {
        KeyForm {
            name: key.name.clone(),
            access: key.access.as_str().to_owned(),
            expires_in_days: KEEP.to_owned(),
            networks: key.networks.join("\n"),
            ..KeyForm::default()
        }
    }

    /// Sends it as the form of a page that shows `key`.
    async fn send(world: &World, author: &Author, key: &Key, fields: KeyForm) -> Result<()> {
        let profile = world.backend.profiles.of(author.organization())?;
        let wanted = Edit::parse(&EditForm { seen: version(key), fields }, profile)?;
        edit(&world.backend, author, key.id, &wanted).await
    }

    #[sqlx::test(migrations = false)]
    async fn changes_reach_requests_former_texts_and_the_log(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        world.follow().await;
        let (id, old) = world.key(&admin, "Export").await?;
        let wanted = regeneration(backend, &admin, id, Overlap::Week).await?;
        regenerate(backend, &admin, id, &wanted).await?;
        let key = get(backend, &admin, id).await?;
        // Nothing changed, nothing written.
        send(&world, &admin, &key, form(&key)).await?;
        let changed = KeyForm {
            name: "Import".to_owned(),
            access: "read".to_owned(),
            expires_in_days: "30".to_owned(),
            networks: "203.0.113.0/24".to_owned(),
            rate_limit: "600".to_owned(),
            ..form(&key)
        };
        send(&world, &admin, &key, changed).await?;
        let after = get(backend, &admin, id).await?;
        assert_eq!((after.name.as_str(), after.access), ("Import", Access::Read));
        assert_eq!(after.expires_at, Some(world.clock.now() + Duration::days(30)));
        assert_eq!((after.networks.len(), after.rate_limit), (1, Some(600)));
        let said = |write, ip: &str| {
            let demand = Demand { write, read: !write, ip: ip.parse().ok(), ..Demand::default() };
            let presented = Presented { key: Some(old.key.expose().as_bytes()), secret: None };
            verify(backend, presented, demand).outcome()
        };
        assert_eq!(said(false, "203.0.113.7"), Outcome::Accepted);
        assert_eq!(said(true, "203.0.113.7"), Outcome::Refused(Reason::OutOfScope));
        assert_eq!(said(false, "203.0.114.7"), Outcome::Refused(Reason::IpRefused));
        // The old text keeps its own, earlier end.
        let texts = old_texts(backend, &admin, id).await?;
        assert_eq!(texts[0].ends_at, world.clock.now() + Duration::WEEK);

        let actions = world.actions(&admin).await?;
        assert_eq!(actions, ["key.created", "key.regenerated", "key.edited"]);
        let events = audit::list::history(backend, &admin, id.0).await?;
        let names: Vec<_> = events[0].details["after"].as_object().into_iter().flatten().collect();
        assert_eq!(names.len(), 5, "{names:?}");
        assert_eq!(events[0].details["before"]["name"], "Export");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn what_is_not_so_any_more_changes_nothing(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let (id, _) = world.key(&admin, "Export").await?;
        let key = get(backend, &admin, id).await?;
        let mine = KeyForm { name: "Mine".to_owned(), ..form(&key) };
        let theirs = KeyForm { access: "read".to_owned(), ..form(&key) };
        send(&world, &admin, &key, theirs).await?;
        let stale = send(&world, &admin, &key, mine.clone()).await;
        assert_eq!(stale, Err(Error::invalid("seen", Rule::Stale)));
        let now = get(backend, &admin, id).await?;
        assert_eq!((now.name.as_str(), now.access), ("Export", Access::Read));
        let other = world.admin("two", "delphos").await?;
        assert_eq!(send(&world, &other, &now, mine.clone()).await, Err(Error::NotFound));
        let developer = world.join(&admin, "developer", Role::Developer).await?.author()?;
        let refused = send(&world, &developer, &now, mine.clone()).await;
        assert_eq!(refused, Err(Error::Forbidden { needs: Role::Admin }));
        revoke(backend, &admin, id).await?;
        let revoked = send(&world, &admin, &now, mine).await;
        assert!(matches!(revoked, Err(Error::Conflict(_))), "{revoked:?}");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn no_text_grows_older_than_the_organization_lets_it(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let (id, _) = world.key(&admin, "Export").await?;
        let policy = SettingsForm {
            name: "One".to_owned(),
            time_zone: "UTC".to_owned(),
            key_days_max: "90".to_owned(),
            networks_required: Some("true".to_owned()),
            seen: "1".to_owned(),
            ..SettingsForm::default()
        };
        change_settings(backend, &admin, &NewSettings::parse(&policy)?).await?;
        let now = world.clock.now();
        world.pass_to(now + Duration::days(61)).await;
        let key = get(backend, &admin, id).await?;
        let too_old = Err(Error::invalid("expires_in_days", Rule::GrowsTooOld { days: 90 }));
        for days in ["", "30", "90"] {
            let later = KeyForm { expires_in_days: days.to_owned(), ..form(&key) };
            assert_eq!(send(&world, &admin, &key, later).await, too_old, "{days}");
        }
        // What it was before the policy, it may stay; what it has come to obey, it goes on to.
        let bound = KeyForm { networks: "203.0.113.0/24".to_owned(), ..form(&key) };
        send(&world, &admin, &key, bound).await?;
        let key = get(backend, &admin, id).await?;
        let unbound = KeyForm { networks: String::new(), ..form(&key) };
        let refused = send(&world, &admin, &key, unbound).await;
        assert_eq!(refused, Err(Error::invalid("networks", Rule::NetworksNeeded)));
        // A new text begins anew.
        let wanted = regeneration(backend, &admin, id, Overlap::Now).await?;
        regenerate(backend, &admin, id, &wanted).await?;
        let later = KeyForm { expires_in_days: "90".to_owned(), ..form(&key) };
        send(&world, &admin, &key, later).await?;
        let late = KeyForm {
            not_before: "2999-01-01T00:00".to_owned(),
            ..form(&get(backend, &admin, id).await?)
        };
        let refused = send(&world, &admin, &get(backend, &admin, id).await?, late).await;
        assert_eq!(refused, Err(Error::invalid("not_before", Rule::BeginsTooLate)));
        Ok(())
    }
}
