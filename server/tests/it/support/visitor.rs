//! Somebody with a browser, as far as the dashboard can tell.

use domain::members::Role;
use domain::users::create::{NewUser, create};
use uuid::Uuid;

use super::http::{Answer, Connection, Request, get, post};
use super::server::TestServer;
use super::tenant::{PASSWORD, Tenant};
use super::{Result, fail};

/// Somebody who has signed in.
#[derive(Clone)]
pub struct Visitor {
    address: String,
    session: String,
}

impl Visitor {
    /// A new member of the tenant, with this role.
    pub async fn member(server: &TestServer, tenant: &Tenant, role: Role) -> Result<Self> {
        let (id, email) = Self::user(server, &role.to_string(), false).await?;
        sqlx::query(
            "insert into members (organization_id, user_id, role) select id, $2, $3 from organizations where slug = $1",
        )
        .bind(&tenant.slug)
        .bind(id)
        .bind(role.as_str())
        .execute(&mut server.database.owner().await?)
        .await?;
        Self::sign_in(server, &email).await
    }

    /// A new user who belongs nowhere: the user's id and address.
    pub async fn user(server: &TestServer, name: &str, is_rep: bool) -> Result<(Uuid, String)> {
        let email = format!("{name}.{}@people.example", Uuid::new_v4().simple());
        let password_hash = server.backend().passwords.hash(PASSWORD.to_owned().into()).await?;
        let new = NewUser { email: email.clone(), name: name.to_owned(), password_hash, is_rep };
        Ok((create(&server.backend().pools, new).await?.id.0, email))
    }

    /// Signs in whoever has this address and everybody's password.
    pub async fn sign_in(server: &TestServer, email: &str) -> Result<Self> {
        let address = server.addresses().local_dashboard.clone();
        let body =
            format!("email={}&password={}", email.replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let answer = form(&address, "/login", &body).await?;
        let cookie = answer.headers.iter().rev().find(|(name, _)| name == "set-cookie");
        match cookie.and_then(|(_, cookie)| cookie.split(';').next()) {
            Some(session) if answer.status == 303 => {
                Ok(Self { address, session: session.to_owned() })
            }
            _ => fail(format!("{email} cannot sign in: {answer:?}")),
        }
    }

    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(get(path)).await
    }

    /// Asks for an answer that takes its time: its head, and where the rest comes.
    pub async fn listen(&self, path: &str) -> Result<(Answer, Connection)> {
        let mut connection = Connection::open(&self.address).await?;
        let head = connection.begin(&get(path).header("cookie", &self.session)).await?;
        Ok((head, connection))
    }

    /// Sends a form of the dashboard's own, encoded already.
    pub async fn post(&self, path: &str, body: &str) -> Result<Answer> {
        self.send(own_form(path, body)).await
    }

    pub async fn send(&self, request: Request) -> Result<Answer> {
        request.header("cookie", &self.session).send(&self.address).await
    }
}

/// A form as browsers send it from the dashboard's own pages.
pub fn own_form(path: &str, body: &str) -> Request {
    post(path, body)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
}

async fn form(address: &str, path: &str, body: &str) -> Result<Answer> {
    own_form(path, body).send(address).await
}
