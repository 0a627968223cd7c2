//! What an organization asks of its keys, rule by rule.

use ipnet::IpNet;
use time::Duration;

use crate::organizations::KeyPolicy;
use crate::{Result, Rule};

impl KeyPolicy {
    /// A key may live so long, from when its text is made; `None` is for ever.
    pub(super) fn check_lifetime(self, lifetime: Option<Duration>) -> Result<(), Rule> {
        let Some(days) = self.days_max else { return Ok(()) };
        let longest = Duration::days(days.into());
        let in_time = lifetime.is_some_and(|lifetime| lifetime <= longest);
        if in_time { Ok(()) } else { Err(Rule::ExpiresTooLate { days }) }
    }

    /// A key may be used from these; none means anywhere.
    pub(super) fn check_networks(self, networks: &[IpNet]) -> Result<(), Rule> {
        let anywhere = self.networks_required && networks.is_empty();
        if anywhere { Err(Rule::NetworksNeeded) } else { Ok(()) }
    }

    /// `safe`: calls without the secret are refused, or there is none.
    pub(super) fn check_secret(self, safe: bool) -> Result<(), Rule> {
        if self.secret_required && !safe { Err(Rule::SecretNeeded) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::keys::create::{NewKey, create};
    use crate::organizations::change_settings::change_settings;
    use crate::organizations::{NewSettings, SettingsForm};
    use crate::testing::{World, new_key};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn keys_obey_what_the_organization_asks_of_them(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        // Of the two vendors, one has keys that come with a secret.
        let (pairs, plain) =
            (world.admin("pairs", "delivr").await?, world.admin("plain", "delphos").await?);
        let form = SettingsForm {
            name: "One".into(),
            time_zone: "UTC".into(),
            key_days_max: "90".into(),
            secret_required: Some("true".into()),
            seen: "1".into(),
            ..SettingsForm::default()
        };
        let bound = world.admin("bound", "delphos").await?;
        let networks = SettingsForm { networks_required: Some("true".into()), ..form.clone() };
        change_settings(backend, &bound, &NewSettings::parse(&networks)?).await?;
        let anywhere = NewKey { lifetime: Some(Duration::days(1)), ..new_key("Anywhere")? };
        let refused = create(backend, &bound, &anywhere).await.map(|_| ());
        assert_eq!(refused, Err(Error::invalid("networks", Rule::NetworksNeeded)));
        let policy = NewSettings::parse(&form)?;
        change_settings(backend, &pairs, &policy).await?;
        change_settings(backend, &plain, &policy).await?;
        let days = |days| Some(Duration::days(days));
        let late = NewKey { lifetime: days(91), ..new_key("Late")? };
        let Err(Error::Invalid(errors)) = create(backend, &pairs, &late).await else {
            panic!("it was made")
        };
        let broken: Vec<_> = errors.into_iter().map(|error| (error.field, error.rule)).collect();
        assert_eq!(
            broken,
            [
                ("expires_in_days", Rule::ExpiresTooLate { days: 90 }),
                ("secret_required", Rule::SecretNeeded)
            ]
        );
        for lifetime in [None, days(365)] {
            let late = NewKey { lifetime, ..new_key("Late")? };
            assert!(create(backend, &plain, &late).await.is_err(), "{lifetime:?}");
        }
        let good = NewKey { lifetime: days(90), ..new_key("Good")? };
        create(backend, &plain, &good).await?;
        let good = NewKey { lifetime: days(90), secret_required: true, ..new_key("Good")? };
        create(backend, &pairs, &good).await?;
        Ok(())
    }
}
