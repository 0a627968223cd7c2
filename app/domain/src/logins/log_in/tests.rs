use super::*;
use crate::channels::change_acting_user::change_acting_user;
use crate::ids::UserId;
use crate::keys::disable::{disable, enable};
use crate::keys::list::{KeyFilter, KeyState, list};
use crate::keys::overlap::Overlap;
use crate::keys::regenerate::regenerate;
use crate::keys::revoke::revoke;
use crate::keys::rotate_secret::rotate_secret;
use crate::members::{Admin, Member, Role, remove};
use crate::testing::{World, regeneration};
use crate::users::SignedIn;
use crate::users::change_password::change_password;
use crate::users::get::get;
use crate::verification::{Demand, Presented, verify};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use uuid::Uuid;

const PASSWORD: &str = "the right password";

async fn know_password(world: &World) -> Result<()> {
    let hash = world.backend.passwords.hash(PASSWORD.to_owned().into()).await?;
    sqlx::query!("update users set password_hash = $1", hash)
        .execute(&world.backend.pools.auth)
        .await?;
    Ok(())
}

async fn try_login(world: &World, email: &str, organization: Option<&str>) -> Result<LoggedIn> {
    try_password(world, email, PASSWORD, organization).await
}

async fn try_password(
    world: &World,
    email: &str,
    password: &str,
    organization: Option<&str>,
) -> Result<LoggedIn> {
    let backend = &world.backend;
    let profile = backend.profiles.get("delivr").ok_or(Error::NotFound)?;
    let login = profile.login(backend.clock.now_ms()).ok_or(Error::NotFound)?;
    let asked = Asked {
        email: email.to_owned(),
        password: password.to_owned().into(),
        organization: organization.map(str::to_owned),
    };
    Box::pin(log_in(backend, profile, login, asked, Origin::default())).await
}

/// A token; none where the login is refused.
async fn token_of(world: &World, email: &str) -> Result<Option<String>> {
    Ok(match try_login(world, email, None).await? {
        LoggedIn::Token(token) => Some(token),
        LoggedIn::Refused | LoggedIn::WhichOrganization => None,
    })
}

fn said(world: &World, token: &str, write: bool) -> &'static str {
    let profile = world.backend.profiles.get("delivr");
    let demand = Demand { profile, read: !write, write, ..Demand::default() };
    let presented = Presented { key: Some(token.as_bytes()), secret: None };
    verify(&world.backend, presented, demand).outcome().as_str()
}

async fn legacy_keys(world: &World, admin: &Admin) -> Result<Vec<crate::keys::Key>> {
    let filter = KeyFilter { state: Some(KeyState::LegacyLogin), ..KeyFilter::default() };
    Ok(list(&world.backend, admin, &filter).await?.0)
}

#[sqlx::test(migrations = false)]
async fn a_token_is_judged_as_the_key_that_stands_for_it(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let admin = world.admin("one", "delivr").await?;
    world.key(&admin, "Ordinary").await?;
    know_password(&world).await?;
    world.follow().await;
    let events = world.actions(&admin).await?.len();
    // At the same moment, and one after the other: one key, one channel, one event each.
    let (first, second) =
        tokio::join!(token_of(&world, "admin@one.example"), token_of(&world, " Admin@ONE.example"));
    let (Some(first), Some(second)) = (first?, second?) else { return Err(Error::NotFound) };
    let Some(third) = token_of(&world, "admin@one.example").await? else {
        return Err(Error::NotFound);
    };
    let keys = legacy_keys(&world, &admin).await?;
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].name, "Legacy login of admin@one.example");
    assert_eq!(world.actions(&admin).await?.len(), events + 2);
    for token in [&first, &second, &third] {
        assert_eq!(said(&world, token, true), "accepted");
    }
    // Its text is nobody's, and its id opens nothing.
    assert_eq!(said(&world, &keys[0].id.to_string(), false), "malformed");
    assert_eq!(said(&world, &format!("{first}x"), false), "malformed");

    world.pass_to(world.clock.now() + Duration::seconds(899)).await;
    assert_eq!(said(&world, &first, true), "accepted");
    world.pass_to(world.clock.now() + Duration::seconds(2)).await;
    assert_eq!(said(&world, &first, true), "expired");
    let Some(fresh) = token_of(&world, "admin@one.example").await? else {
        return Err(Error::NotFound);
    };
    disable(&world.backend, &admin, keys[0].id).await?;
    assert_eq!(said(&world, &fresh, true), "disabled");
    assert_eq!(token_of(&world, "admin@one.example").await?, None);
    enable(&world.backend, &admin, keys[0].id).await?;
    assert_eq!(said(&world, &fresh, true), "accepted");
    // Whom its channel acts as is who logged in, or the tokens would be another's.
    let channel = keys[0].channel.as_ref().ok_or(Error::NotFound)?.id;
    let colleague = world.join(&admin, "colleague", Role::Developer).await?;
    for acting in [Some(colleague.user_id()), None] {
        let refused = change_acting_user(&world.backend, &admin, channel, acting).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    assert_eq!(said(&world, &fresh, true), "accepted");
    // There is nothing that a new text could take the place of.
    assert!(keys[0].is_login && keys[0].keeps_its_text().is_some());
    let wanted = regeneration(&world.backend, &admin, keys[0].id, Overlap::Now).await?;
    let refused = regenerate(&world.backend, &admin, keys[0].id, &wanted).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    let refused = rotate_secret(&world.backend, &admin, keys[0].id, Uuid::now_v7()).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(said(&world, &fresh, true), "accepted");
    revoke(&world.backend, &admin, keys[0].id).await?;
    assert_eq!(said(&world, &fresh, true), "revoked");
    assert_eq!(token_of(&world, "admin@one.example").await?, None, "for good");
    assert_eq!(legacy_keys(&world, &admin).await?.len(), 1);
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn a_new_password_ends_the_tokens_of_the_old_one(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let admin = world.admin("one", "delivr").await?;
    let other = world.admin("two", "delivr").await?;
    know_password(&world).await?;
    world.follow().await;
    let backend = &world.backend;
    let (old, others) = (
        token_of(&world, "admin@one.example").await?,
        token_of(&world, "admin@two.example").await?,
    );
    let (Some(old), Some(others)) = (old, others) else { return Err(Error::NotFound) };
    assert_eq!((said(&world, &old, true), said(&world, &others, true)), ("accepted", "accepted"));
    assert_ne!(admin.user_id(), other.user_id());

    let signed_in = SignedIn { user_id: admin.user_id(), epoch: 0 };
    let user = get(backend, signed_in).await?.ok_or(Error::NotFound)?;
    let (current, new) = (PASSWORD.to_owned().into(), "another right password".to_owned().into());
    change_password(backend, &user, current, new, &Origin::default()).await?;
    assert_eq!((said(&world, &old, true), said(&world, &others, true)), ("expired", "accepted"));
    let again = try_password(&world, "admin@one.example", "another right password", None).await?;
    let LoggedIn::Token(again) = again else { panic!("the new password was not taken") };
    assert_eq!((said(&world, &again, true), said(&world, &old, true)), ("accepted", "expired"));
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn who_may_not_make_such_a_key_gets_no_token(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let admin = world.admin("one", "delivr").await?;
    let other = world.admin("two", "delphos").await?;
    let mut joined = Vec::new();
    for role in [Role::Admin, Role::Developer, Role::Viewer] {
        joined.push(world.join(&admin, role.as_str(), role).await?);
    }
    know_password(&world).await?;
    world.follow().await;
    let email = |member: &Member| format!("{}.joined@one.example", member.role());
    assert_eq!(token_of(&world, &email(&joined[1])).await?, None, "a developer");
    assert_eq!(token_of(&world, &email(&joined[2])).await?, None, "a viewer");
    assert_eq!(token_of(&world, "admin@two.example").await?, None, "another vendor's");
    assert_eq!(other.organization().profile, "delphos");

    // Whoever leaves takes their logins along, at once.
    let Some(token) = token_of(&world, &email(&joined[0])).await? else {
        return Err(Error::NotFound);
    };
    assert_eq!(said(&world, &token, true), "accepted");
    remove(&world.backend, &admin, joined[0].user_id(), &crate::testing::fresh()?).await?;
    world.backend.directory.catch_up().await;
    assert_ne!(said(&world, &token, false), "accepted");
    assert_eq!(token_of(&world, &email(&joined[0])).await?, None);

    // Somebody with a second factor has to be asked for it.
    let mut connection = world.owner.connect().await?;
    let enroll = async |user: UserId, connection: &mut _| {
        sqlx::query(
            "insert into second_factors (user_id, secret, confirmed_at) values ($1, sha256('x'), now())",
        )
        .bind(user.0)
        .execute(connection)
        .await
    };
    enroll(admin.user_id(), &mut connection).await?;
    assert_eq!(token_of(&world, "admin@one.example").await?, None);
    sqlx::query("delete from second_factors").execute(&mut connection).await?;
    assert!(token_of(&world, "admin@one.example").await?.is_some());
    // What new keys have to be like, a login's key is not.
    sqlx::query("update organizations set key_secret_required = true")
        .execute(&mut connection)
        .await?;
    assert_eq!(token_of(&world, "admin@one.example").await?, None);
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn people_of_several_organizations_name_one(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let one = world.admin("one", "delivr").await?;
    let two = world.admin("two", "delivr").await?;
    let mut connection = world.owner.connect().await?;
    sqlx::query("insert into members (organization_id, user_id, role) values ($1, $2, 'admin')")
        .bind(two.organization().id.0)
        .bind(one.user_id().0)
        .execute(&mut connection)
        .await?;
    know_password(&world).await?;
    world.follow().await;
    let which = try_login(&world, "admin@one.example", None).await?;
    assert!(matches!(which, LoggedIn::WhichOrganization), "{which:?}");
    let named = try_login(&world, "admin@one.example", Some("two")).await?;
    assert!(matches!(named, LoggedIn::Token(_)), "{named:?}");
    assert_eq!(legacy_keys(&world, &two).await?.len(), 1);
    assert_eq!(legacy_keys(&world, &one).await?.len(), 0);
    let foreign = try_login(&world, "admin@two.example", Some("one")).await?;
    assert!(matches!(foreign, LoggedIn::Refused), "{foreign:?}");
    Ok(())
}
