//! The rules of a new organization.

use time::Date;
use uuid::Uuid;

use crate::approvals::Gate;
use crate::approvals::record::{NewApproval, parse_day};
use crate::error::FieldErrors;
use crate::keys::Environment;
use crate::organizations::{Plan, Slug};
use crate::profiles::{Profile, Profiles};
use crate::tenants::{Step, TenantForm};
use crate::text::Name;
use crate::users::Email;
use crate::{Result, Rule};

/// An organization that breaks no rule which can be told without a database.
#[derive(Clone, Debug)]
pub struct NewTenant {
    pub name: Name,
    pub slug: Slug,
    pub profile: String,
    pub plan: Plan,
    pub environments: Vec<Environment>,
    /// Made here where the profile numbers its tenants and none was given.
    pub external_id: Option<String>,
    pub approvals: Vec<NewApproval>,
    pub email: Email,
}

impl NewTenant {
    /// `today` is the last day on which something can have been signed.
    pub fn parse(form: &TenantForm, profiles: &Profiles, today: Date) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let organization = organization(form, &mut errors);
        let terms = terms(form, profiles, &mut errors);
        let approvals = approvals(form, today, &mut errors);
        let email = errors.check("email", Email::parse(&form.email));
        match (organization, terms, approvals, email) {
            (Some((name, slug)), Some(terms), Some(approvals), Some(email)) => {
                let Terms { profile, plan, environments, external_id } = terms;
                Ok(Self { name, slug, profile, plan, environments, external_id, approvals, email })
            }
            _ => Err(errors.into_error()),
        }
    }
}

/// Refuses a form whose fields of this step break a rule.
pub fn check_step(step: Step, form: &TenantForm, profiles: &Profiles, today: Date) -> Result<()> {
    let mut errors = FieldErrors::default();
    let fine = match step {
        Step::Organization => organization(form, &mut errors).is_some(),
        Step::Plan => terms(form, profiles, &mut errors).is_some(),
        Step::Approvals => approvals(form, today, &mut errors).is_some(),
        Step::Admin => errors.check("email", Email::parse(&form.email)).is_some(),
        Step::Check => NewTenant::parse(form, profiles, today).map(|_| true)?,
    };
    if fine { Ok(()) } else { Err(errors.into_error()) }
}

fn organization(form: &TenantForm, errors: &mut FieldErrors) -> Option<(Name, Slug)> {
    let name = errors.check("name", Name::parse(&form.name));
    let slug = match form.slug.trim() {
        // Without a name there is nothing to make it from, and one message is enough.
        "" if name.is_none() => return None,
        "" => Slug::of_name(&form.name),
        slug => Slug::parse(slug),
    };
    name.zip(errors.check("slug", slug))
}

struct Terms {
    profile: String,
    plan: Plan,
    environments: Vec<Environment>,
    external_id: Option<String>,
}

fn terms(form: &TenantForm, profiles: &Profiles, errors: &mut FieldErrors) -> Option<Terms> {
    let known = || Rule::among(profiles.iter().map(|profile| profile.name.as_str()));
    let profile = errors.check("profile", profiles.get(&form.profile).ok_or_else(known));
    let plans = || Rule::among(Plan::ALL.map(Plan::as_str));
    let plan = errors.check("plan", Plan::named(&form.plan).ok_or_else(plans));
    let profile = profile?;
    let ticked = (!form.live.is_empty(), !form.test.is_empty());
    let environments = errors.check("live", environments(ticked, profile));
    let external_id = errors.check("external_id", external_id(&form.external_id, profile));
    Some(Terms {
        profile: profile.name.clone(),
        plan: plan?,
        environments: environments?,
        external_id: external_id?,
    })
}

/// The environments that are ticked, of live and test: at least one, and what the vendor has.
pub fn environments(
    (live, test): (bool, bool),
    profile: &Profile,
) -> Result<Vec<Environment>, Rule> {
    let ticked = [(Environment::Live, live), (Environment::Test, test)].into_iter();
    let wanted: Vec<_> = ticked.filter_map(|(name, ticked)| ticked.then_some(name)).collect();
    if wanted.is_empty() {
        return Err(Rule::NoEnvironment);
    }
    if wanted.iter().any(|environment| profile.key_prefix(*environment).is_none()) {
        return Err(Rule::NotOffered);
    }
    Ok(wanted)
}

/// The vendor's number for a tenant as typed; where the vendor numbers all of them, by UUIDs.
pub fn external_id(text: &str, profile: &Profile) -> Result<Option<String>, Rule> {
    match (text.trim(), profile.tenant_id.is_some()) {
        ("", true) => Ok(Some(Uuid::now_v7().to_string())),
        ("", false) => Ok(None),
        (text, true) => {
            Uuid::parse_str(text).map(|id| Some(id.to_string())).map_err(|_| Rule::NotAUuid)
        }
        (text, false) => Name::parse(text).map(|name| Some(name.as_str().to_owned())),
    }
}

fn approvals(form: &TenantForm, today: Date, errors: &mut FieldErrors) -> Option<Vec<NewApproval>> {
    let partner = [
        ("partner_decided_on", &form.partner_decided_on),
        ("partner_reference", &form.partner_reference),
        ("partner_signer", &form.partner_signer),
    ];
    let baa = [
        ("baa_decided_on", &form.baa_decided_on),
        ("baa_reference", &form.baa_reference),
        ("baa_signer", &form.baa_signer),
    ];
    let partner = approval(Gate::PartnerApproval, partner, today, errors);
    let baa = approval(Gate::Baa, baa, today, errors);
    Some(partner.ok()?.into_iter().chain(baa.ok()?).collect())
}

/// All three fields or none: nothing has been signed yet. What is wrong is in `errors`.
fn approval(
    gate: Gate,
    fields: [(&'static str, &String); 3],
    today: Date,
    errors: &mut FieldErrors,
) -> Result<Option<NewApproval>, ()> {
    if fields.iter().all(|(_, value)| value.trim().is_empty()) {
        return Ok(None);
    }
    let [(day_field, day), (reference_field, reference), (signer_field, signer)] = fields;
    let day =
        parse_day(day).and_then(|day| if day > today { Err(Rule::InTheFuture) } else { Ok(day) });
    let day = errors.check(day_field, day);
    let reference = errors.check(reference_field, Name::parse(reference));
    let signer = errors.check(signer_field, Name::parse(signer));
    match (day, reference, signer) {
        (Some(decided_on), Some(reference), Some(signer)) => {
            Ok(Some(NewApproval { gate, decided_on, reference, signer, seen: None }))
        }
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 03 - 01);

    fn form() -> TenantForm {
        TenantForm {
            name: "Lake View".into(),
            profile: "novamed".into(),
            plan: "pro".into(),
            live: "true".into(),
            email: "Ann@lake.example".into(),
            ..TenantForm::default()
        }
    }

    fn broken(form: &TenantForm) -> Result<Vec<(&'static str, Rule)>> {
        match NewTenant::parse(form, &Profiles::built_in()?, TODAY) {
            Err(Error::Invalid(errors)) => {
                Ok(errors.into_iter().map(|error| (error.field, error.rule)).collect())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_left_out_is_made() -> Result<()> {
        let new = NewTenant::parse(&form(), &Profiles::built_in()?, TODAY)?;
        assert_eq!(new.slug.as_str(), "lake-view");
        assert_eq!(new.email.as_str(), "ann@lake.example");
        let made = new.external_id.unwrap_or_default();
        assert!(Uuid::parse_str(&made).is_ok(), "a clinic_id: {made}");
        assert!(new.approvals.is_empty());
        let other = TenantForm { profile: "delphos".into(), ..form() };
        assert_eq!(NewTenant::parse(&other, &Profiles::built_in()?, TODAY)?.external_id, None);
        Ok(())
    }

    #[test]
    fn every_broken_field_is_named() -> Result<()> {
        let nothing = broken(&TenantForm::default())?;
        let fields: Vec<_> = nothing.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["name", "profile", "plan", "email"]);
        let with = |change: fn(&mut TenantForm)| {
            let mut form = form();
            change(&mut form);
            broken(&form)
        };
        assert_eq!(with(|form| form.name = "🩺".into())?, [("slug", Rule::Empty)]);
        assert_eq!(with(|form| form.slug = "Lake View".into())?, [("slug", Rule::NotASlug)]);
        assert_eq!(with(|form| form.slug = "rep".into())?, [("slug", Rule::Reserved)]);
        assert_eq!(with(|form| form.live.clear())?, [("live", Rule::NoEnvironment)]);
        assert_eq!(
            with(|form| {
                form.profile = "delphos".into();
                form.test = "true".into();
            })?,
            [("live", Rule::NotOffered)]
        );
        assert_eq!(with(|form| form.external_id = "7".into())?, [("external_id", Rule::NotAUuid)]);
        assert_eq!(
            with(|form| form.baa_signer = "Dr. Sign".into())?,
            [("baa_decided_on", Rule::Empty), ("baa_reference", Rule::Empty)]
        );
        assert_eq!(
            with(|form| {
                form.partner_decided_on = "2026-03-02".into();
                form.partner_reference = "<script>".into();
                form.partner_signer = "a\u{202E}b".into();
            })?,
            [
                ("partner_decided_on", Rule::InTheFuture),
                ("partner_reference", Rule::Markup),
                ("partner_signer", Rule::Invisible)
            ]
        );
        let long = with(|form| form.name = "x".repeat(10_000))?;
        assert_eq!(long, [("name", Rule::TooLong { max: 100, length: 10_000 })]);
        Ok(())
    }
}
