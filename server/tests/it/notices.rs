//! Notices, from what happens to a key to the program or person that is told.

use domain::keys::Access;
use domain::keys::revoke::revoke;
use domain::members::Role;
use domain::notices::due::note_due;
use domain::webhooks::address::Reach;
use server::config::parse_mail;
use sqlx::postgres::PgConnection;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::support::receiver::Receiver;
use crate::support::server::TestServer;
use crate::support::tenant::Tenant;
use crate::support::upstream::nobody;
use crate::support::visitor::Visitor;
use crate::support::{Result, fail, until};

const PATIENCE: Duration = Duration::from_secs(20);

/// Its webhooks may lead to this machine.
async fn start() -> Result<TestServer> {
    let here = "127.0.0.0/8".parse()?;
    TestServer::start_as(|config| config.webhook_reach = Reach::new(vec![here])).await
}

/// An organization with a webhook, and who looks after it.
struct Stage {
    server: TestServer,
    tenant: Tenant,
    visitor: Visitor,
    owner: PgConnection,
    /// The path of the webhook's page.
    page: String,
    secret: String,
}

impl Stage {
    async fn set(url: &str) -> Result<Self> {
        let server = start().await?;
        let tenant = server.tenant("delphos").await?;
        let visitor = Visitor::member(&server, &tenant, Role::Admin).await?;
        let (id, secret) = add(&visitor, &tenant.slug, url).await?;
        let page = format!("/{}/settings/notices/{id}", tenant.slug);
        let owner = server.database.owner().await?;
        Ok(Self { server, tenant, visitor, owner, page, secret })
    }

    async fn revoke_a_key(&self) -> Result {
        let key = self.tenant.key(Access::ReadWrite).await?;
        revoke(self.server.backend(), &self.tenant.admin, key.id).await?;
        Ok(())
    }

    /// As if the time had come for the next attempt, once `attempts` were made.
    async fn hurry(&mut self, attempts: i32) -> Result {
        let owner = &mut self.owner;
        until("an attempt has failed", PATIENCE, async || {
            let hurried = sqlx::query(
                "update notice_deliveries set next_at = now()
                 where status = 'WAITING' and leased_until is null and attempts = $1",
            )
            .bind(attempts)
            .execute(&mut *owner)
            .await?;
            Ok(hurried.rows_affected() > 0)
        })
        .await
    }

    /// The status, answer and problem of the only delivery, once it is so or settled.
    async fn outcome(&mut self, wanted: &str) -> Result<(String, Option<i16>, Option<String>)> {
        let owner = &mut self.owner;
        let mut found = (String::new(), None, None);
        until(wanted, PATIENCE, async || {
            found = sqlx::query_as("select status, answer, problem from notice_deliveries")
                .fetch_one(&mut *owner)
                .await?;
            Ok(found.0 == wanted || found.1.is_some() || found.2.is_some())
        })
        .await?;
        Ok(found)
    }
}

/// Adds a webhook by its form; gives its id and secret.
async fn add(visitor: &Visitor, slug: &str, url: &str) -> Result<(String, String)> {
    let path = format!("/{slug}/settings/notices/new");
    let form = format!(
        "url={}&expiring=true&expired=true&revoked=true&regenerated=true&form_token={}",
        url.replace(':', "%3A").replace('/', "%2F"),
        Uuid::now_v7()
    );
    let answer = visitor.post(&path, &form).await?;
    let shown = answer.body.split_once("data-testid=\"webhook-secret\"").map(|(_, rest)| rest);
    let secret = shown.and_then(|rest| rest.split_once('>')?.1.split('<').next());
    let id = answer
        .body
        .split(&format!("href=\"/{slug}/settings/notices/"))
        .find_map(|rest| rest.split('"').next().filter(|id| id.parse::<Uuid>().is_ok()));
    match (secret, id) {
        (Some(secret), Some(id)) if answer.status == 200 => {
            // Sent again, the form adds nothing and shows nothing.
            let again = visitor.post(&path, &form).await?;
            assert!(again.status == 200 && !again.body.contains(secret), "{}", again.body);
            Ok((id.to_owned(), secret.to_owned()))
        }
        _ => fail(format!("no webhook: {answer:?}")),
    }
}

#[tokio::test]
async fn is_signed_and_tried_again_until_it_arrives() -> Result {
    let receiver = Receiver::start(&[500, 503], "").await?;
    let mut stage = Stage::set(&format!("{}/hook?token=1", receiver.address)).await?;
    stage.revoke_a_key().await?;
    for attempts in [1, 2] {
        stage.hurry(attempts).await?;
    }
    let owner = &mut stage.owner;
    until("it is delivered", PATIENCE, async || {
        let status: String = sqlx::query_scalar("select status from notice_deliveries")
            .fetch_one(&mut *owner)
            .await?;
        Ok(status == "DELIVERED")
    })
    .await?;
    let received = receiver.received();
    assert_eq!(received.len(), 3);
    for one in &received {
        assert!(one.is_signed_by(&stage.secret)?, "{one:?}");
        assert!(one.id.starts_with("msg_") && one.id == received[0].id, "the same id");
        assert_eq!(one.body, received[0].body, "the same words");
    }
    let told: serde_json::Value = serde_json::from_str(&received[0].body)?;
    assert_eq!(told["type"], "key.revoked");
    assert_eq!(told["data"]["key"]["status"], "REVOKED");
    assert!(!received[0].is_signed_by("whsec_AAAA")?);
    let page = stage.visitor.get(&stage.page).await?;
    assert!(page.body.contains("Delivered") && page.body.contains(">204<"), "{}", page.body);
    assert!(!page.body.contains("token=1") && !page.body.contains(&stage.secret));

    // Sent again by hand, under the same id; and by both secrets after a rotation.
    let again = page.body.split("action=\"").find_map(|rest| {
        rest.split('"').next().filter(|action| action.ends_with("/again")).map(str::to_owned)
    });
    let again = again.ok_or("it cannot be sent again")?;
    let rotated = stage.visitor.post(&format!("{}/rotate", stage.page), "seen=1").await?;
    assert!(rotated.body.contains("whsec_") && !rotated.body.contains(&stage.secret));
    assert_eq!(stage.visitor.post(&again, "").await?.status, 303);
    until("it comes once more", PATIENCE, async || Ok(receiver.received().len() == 4)).await?;
    let last = receiver.received().remove(3);
    assert!(last.is_signed_by(&stage.secret)? && last.id == received[0].id);
    assert_eq!(last.signatures.split(' ').count(), 2);
    Ok(())
}

#[tokio::test]
async fn a_redirection_is_not_followed() -> Result {
    let elsewhere = Receiver::start(&[], "").await?;
    let receiver = Receiver::start(&[302, 307], &elsewhere.address).await?;
    let mut stage = Stage::set(&receiver.address).await?;
    stage.revoke_a_key().await?;
    assert_eq!(stage.outcome("DELIVERED").await?, ("WAITING".to_owned(), Some(302), None));
    stage.hurry(1).await?;
    until("it is tried again", PATIENCE, async || Ok(receiver.received().len() == 2)).await?;
    assert!(elsewhere.received().is_empty());
    Ok(())
}

#[tokio::test]
async fn where_nobody_listens_it_waits_and_the_page_says_why() -> Result {
    let mut stage = Stage::set(&format!("http://{}", nobody().await?)).await?;
    let sent = stage.visitor.post(&format!("{}/test", stage.page), "").await?;
    assert_eq!(sent.status, 303);
    let problem = Some("no_connection".to_owned());
    assert_eq!(stage.outcome("DELIVERED").await?, ("WAITING".to_owned(), None, problem));
    let page = stage.visitor.get(&stage.page).await?;
    assert!(page.body.contains("webhook.test") && page.body.contains("No connection"));
    Ok(())
}

#[tokio::test]
async fn private_addresses_are_out_of_reach() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let visitor = Visitor::member(&server, &tenant, Role::Admin).await?;
    let path = format!("/{}/settings/notices/new", tenant.slug);
    for url in ["http%3A%2F%2F127.0.0.1%3A1", "https%3A%2F%2F169.254.169.254", "https%3A%2F%2F10.1"]
    {
        let form = format!("url={url}&revoked=true&form_token={}", Uuid::now_v7());
        let refused = visitor.post(&path, &form).await?;
        assert_eq!(refused.status, 422, "{url}");
        assert!(refused.body.contains("This address is private"), "{url}: {}", refused.body);
    }
    Ok(())
}

/// Takes one letter, and gives all that it was told.
async fn take_letter(listener: TcpListener) -> Result<String> {
    let (stream, _) = listener.accept().await?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example ESMTP\r\n").await?;
    let (mut told, mut in_letter) = (String::new(), false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return fail(format!("hung up: {told}"));
        }
        told.push_str(&line);
        let answer = match line.trim_end() {
            "." if in_letter => "250 taken",
            _ if in_letter => continue,
            "DATA" => {
                in_letter = true;
                "354 go on"
            }
            _ => "250 fine",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        if answer == "250 taken" {
            return Ok(told);
        }
    }
}

#[tokio::test]
async fn admins_get_a_letter_before_a_key_expires() -> Result {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("smtp://{}", listener.local_addr()?);
    let taken = tokio::spawn(take_letter(listener));
    let mail = parse_mail(&url, "Latchkey <keys@vendor.example>")?;
    let server = TestServer::start_as(|config| config.mail = mail).await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let mut owner = server.database.owner().await?;
    sqlx::query(
        "update api_keys set issued_at = now() - interval '30 days', expires_at = now() + interval '2 days' where id = $1",
    )
    .bind(key.id.0)
    .execute(&mut owner)
    .await?;
    assert_eq!(note_due(server.backend(), true).await?, 1);
    let told = taken.await??.replace("=\r\n", "");
    assert!(told.contains(&format!("RCPT TO:<{}>", tenant.email)), "{told}");
    assert!(told.contains("expires within 3 days"), "{told}");
    assert!(told.contains(&format!("/settings/api-keys/{}", key.id)), "{told}");
    assert!(!told.contains(&key.text), "{told}");
    until("the letter counts as sent", PATIENCE, async || {
        let status: String = sqlx::query_scalar("select status from notice_deliveries")
            .fetch_one(&mut owner)
            .await?;
        Ok(status == "DELIVERED")
    })
    .await
}
