//! An organization for one test.

use domain::Backend;
use domain::audit::Origin;
use domain::ids::KeyId;
use domain::keys::create::{NewKey, create};
use domain::keys::mint::Minted;
use domain::keys::terms::Terms;
use domain::keys::{Access, Environment};
use domain::members::{Admin, Role, enter};
use domain::organizations::provision::{NewOrganization, provision};
use domain::text::Name;
use domain::users::create::{NewUser, create as create_user};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use super::{Result, fail, until};

/// Everybody's, in tests.
pub const PASSWORD: &str = "correct horse battery staple";

pub struct Tenant {
    backend: Arc<Backend>,
    pub admin: Admin,
    pub slug: String,
    pub email: String,
}

/// A key with all that was shown when it was made.
pub struct TestKey {
    pub id: KeyId,
    pub text: String,
    pub secret: String,
}

impl Tenant {
    pub async fn make(backend: &Arc<Backend>, profile: &str) -> Result<Self> {
        let slug = format!("t{}", Uuid::new_v4().simple());
        let email = format!("admin@{slug}.example");
        let new = NewUser {
            email: email.clone(),
            name: "Test Admin".to_owned(),
            password_hash: backend.passwords.hash(PASSWORD.to_owned().into()).await?,
            is_rep: false,
        };
        let user = create_user(&backend.pools, new).await?;
        let new = NewOrganization {
            slug: slug.clone(),
            name: "Test organization".to_owned(),
            profile: profile.to_owned(),
            external_id: None,
            members: vec![(user.id, Role::Admin)],
        };
        provision(backend, new).await?;
        let admin = enter(backend, user.id, &slug, Origin::default()).await?.admin()?;
        Ok(Self { backend: Arc::clone(backend), admin, slug, email })
    }

    /// The host of its DELPHOS address.
    pub fn host(&self) -> String {
        format!("{}.delphos.localhost", self.slug)
    }

    /// What a form for a key holds.
    pub fn new_key(access: Access) -> Result<NewKey> {
        Ok(NewKey {
            name: Name::parse("Test key")?,
            channel_id: None,
            environment: Environment::Live,
            access,
            lifetime: None,
            secret_required: false,
            terms: Terms::default(),
            form_token: Uuid::new_v4(),
        })
    }

    /// A key that is known already.
    pub async fn key(&self, access: Access) -> Result<TestKey> {
        self.key_of(&Self::new_key(access)?).await
    }

    pub async fn key_of(&self, new: &NewKey) -> Result<TestKey> {
        let key = self.unknown_key_of(new).await?;
        let digest = self.backend.pepper.digest(key.text.as_bytes());
        until("a new key is known", Duration::from_secs(5), async || {
            Ok(self.backend.directory.find(&digest).is_some())
        })
        .await?;
        Ok(key)
    }

    /// A key that the directory may not know yet.
    pub async fn unknown_key_of(&self, new: &NewKey) -> Result<TestKey> {
        let Minted::Now(id, credentials) = create(&self.backend, &self.admin, new).await? else {
            return fail("the key was made before");
        };
        let secret = credentials.secret.as_ref().map(|secret| secret.expose().to_owned());
        Ok(TestKey {
            id,
            text: credentials.key.expose().to_owned(),
            secret: secret.unwrap_or_default(),
        })
    }
}
