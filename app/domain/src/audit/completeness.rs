//! Tests that fail when something is changed without an event. Three nets: the source, each
//! operation by name, and a guard in every test's database that looks at what really happened.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

use crate::channels::ChannelStatus;
use crate::channels::add::{NewChannel, add};
use crate::channels::change_acting_user::change_acting_user;
use crate::channels::change_status::change_status;
use crate::ids::ChannelId;
use crate::invitations::invite::invite;
use crate::invitations::list::list as invitations;
use crate::invitations::resend::resend;
use crate::invitations::revoke::revoke as revoke_invitation;
use crate::keys::create::{create, create_with_channel};
use crate::keys::disable::{disable, enable};
use crate::keys::draining::end::end;
use crate::keys::draining::extend::extend;
use crate::keys::draining::list::old_texts;
use crate::keys::mark_stored::mark_stored;
use crate::keys::mint::Minted;
use crate::keys::overlap::Overlap;
use crate::keys::regenerate::regenerate;
use crate::keys::revoke::revoke;
use crate::members::{Admin, Role, change_role, remove};
use crate::testing::{World, fresh, new_invitation, new_key, regeneration};
use crate::{Error, Result, database};

/// Files that change tables and write no event, and why.
const WITHOUT_EVENT: [(&str, &str); 28] = [
    ("audit/record.rs", "it is what writes the events"),
    ("collections/change.rs", "collections/log.rs does, where the vendor wants it"),
    ("collections/create.rs", "collections/log.rs does, where the vendor wants it"),
    ("collections/delete.rs", "collections/log.rs does, where the vendor wants it"),
    ("claims/insert.rs", "beside the events of tenants/provision.rs, its only caller"),
    ("datastores/relocate/level.rs", "beside the event of datastores/relocate/switch.rs"),
    ("datastores/relocate/side.rs", "beside the event of datastores/relocate/switch.rs"),
    ("drafts/discard.rs", "a draft belongs to a rep and to no organization yet"),
    ("drafts/provision.rs", "notes what became of a draft; tenants/provision.rs writes the events"),
    ("drafts/save.rs", "a draft belongs to a rep and to no organization yet"),
    ("drafts/start.rs", "a draft belongs to a rep and to no organization yet"),
    ("directory/prune.rs", "forgets notes that every node has read"),
    ("isolation/prove.rs", "tries what has to be refused, and takes it back"),
    ("keys/form_token.rs", "beside the events of the operations whose forms it tells apart"),
    ("keys/scream/note.rs", "keys/scream/end.rs writes the event"),
    ("nodes/acknowledge.rs", "a program says that it runs, which nobody decides"),
    ("notices/claim.rs", "takes what is due, which nobody decides"),
    ("notices/note.rs", "tells what was changed, beside the event of that"),
    ("notices/prune.rs", "forgets notices that are old"),
    ("notices/settle.rs", "notes how an attempt ended, which nobody decides"),
    ("organizations/provision.rs", "opens the log: nobody has acted in the organization before"),
    ("access_log/write.rs", "calls that programs made, which nobody decides"),
    ("database/batches/mod.rs", "which batches of calls and counts have been written"),
    ("usage/counted.rs", "counts of requests, which nobody decides"),
    ("usage/measured.rs", "how long requests took, which nobody decides"),
    ("users/second_factor/set_up.rs", "a secret that is not confirmed counts for nothing"),
    ("users/password_reset/issue.rs", "a link changes nothing before it is used"),
    ("users/create.rs", "a user belongs to no organization yet, so to no log"),
];

/// Operations that `each_operation_writes_its_event` does not try, and where that is tested.
const TRIED_ELSEWHERE: [(&str, &str); 32] = [
    ("datastores/relocate/switch.rs", "with real writers, over HTTP"),
    ("collections/log.rs", "with the vendors' documents: over HTTP, as the acting person"),
    ("notices/mails.rs", "webhooks/send_test.rs: one event a change"),
    ("notices/send_again.rs", "webhooks/send_test.rs: of what is over only"),
    ("webhooks/add.rs", "beside it: once a form"),
    ("webhooks/remove.rs", "webhooks/send_test.rs"),
    ("webhooks/rotate_secret.rs", "webhooks/send_test.rs: once a version"),
    ("webhooks/send_test.rs", "beside it"),
    ("webhooks/switch.rs", "webhooks/send_test.rs: one event a change"),
    ("organizations/suspend.rs", "beside it: suspended, then restored"),
    ("reps/visit.rs", "beside it: entered, and left"),
    ("approvals/record.rs", "beside it: by a rep, who is no member"),
    ("claims/redeem.rs", "beside it: by a new organization's first owner"),
    ("tenants/new_links.rs", "beside it: by a rep, where nobody has come yet"),
    ("tenants/provision.rs", "drafts/provision.rs: by a rep, for a new organization"),
    ("approvals/withdraw.rs", "beside approvals/record.rs"),
    ("organizations/change_security.rs", "beside it: only an owner may"),
    ("organizations/change_settings.rs", "beside it: one event a change"),
    ("organizations/correct.rs", "beside it: by a rep, who is no member"),
    ("users/password_reset/choose.rs", "beside it: one event in each organization of the user"),
    ("users/second_factor/check.rs", "beside it: of a recovery code"),
    ("users/second_factor/confirm.rs", "in check.rs: one event in each organization of the user"),
    ("users/second_factor/remove.rs", "in check.rs: one event in each organization of the user"),
    ("logins/log_in.rs", "beside it: once a person, by their first login"),
    ("keys/edit.rs", "beside it: one event for all that changed, none for nothing"),
    ("keys/import/write.rs", "beside it: by a rep, who is no member"),
    ("keys/require_secret.rs", "beside it: of pairs only"),
    ("keys/revoke_by_possession.rs", "beside it: by nobody that we know"),
    ("keys/scream/begin.rs", "in state.rs: begun, and noted once it was over"),
    ("keys/scream/end.rs", "in state.rs: over by itself, noted once; ended early"),
    ("keys/rotate_secret.rs", "beside it: of pairs only"),
    ("users/change_password.rs", "beside it: one event in each organization of the user"),
];

/// All of the domain's source files, with their text up to the tests.
fn sources() -> std::io::Result<Vec<(String, String)>> {
    fn gather(directory: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                gather(&path, files)?;
            } else {
                files.push(path);
            }
        }
        Ok(())
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    gather(&root, &mut files)?;
    let own = ["audit/completeness.rs", "testing.rs"];
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path)?;
        let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        Ok((name, code.to_owned()))
    };
    let sources: std::io::Result<Vec<(String, String)>> = files.into_iter().map(read).collect();
    let sources = sources?.into_iter();
    let tests = |name: &str| own.contains(&name) || name.ends_with("/tests.rs");
    Ok(sources.filter(|(name, _)| !tests(name)).collect())
}

/// Whether it writes events.
fn writes_events(code: &str) -> bool {
    code.contains("audit::record(") || code.contains("audit::record_everywhere(")
}

/// Whether there is SQL in it that changes a table.
fn changes_tables(code: &str) -> bool {
    let code = code.to_lowercase();
    let words: Vec<&str> = code
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.'))
        .filter(|word| !word.is_empty())
        .collect();
    words.windows(3).any(|three| {
        matches!(three, ["insert" | "merge", "into", _] | ["delete", "from", _])
            || matches!(three, ["update", table, "set"] if *table != "do")
    })
}

#[test]
fn every_file_that_changes_a_table_writes_an_event_or_says_why_not() -> std::io::Result<()> {
    let mut silent = BTreeSet::new();
    for (name, code) in sources()? {
        if changes_tables(&code) && !writes_events(&code) {
            silent.insert(name);
        }
    }
    let listed: BTreeSet<String> =
        WITHOUT_EVENT.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(silent, listed, "left: files without an event; right: those with a reason");
    Ok(())
}

#[test]
fn sql_is_recognized() {
    for code in [
        "\"insert into keys values (1)\"",
        "\"update keys\n   set status = $1\"",
        "\"DELETE FROM keys\"",
    ] {
        assert!(changes_tables(code), "{code}");
    }
    for code in ["// update keys set", "\"select 1 for update\"", "update(keys)", "do update set x"]
    {
        assert!(!changes_tables(code), "{code}");
    }
}

/// The number of the log's newest event.
async fn newest(world: &World, admin: &Admin) -> Result<i64> {
    let mut transaction =
        database::tenant::begin(&world.backend.pools.app, admin.organization().id).await?;
    let seq = sqlx::query_scalar::<_, i64>("select seq from audit_heads")
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(seq)
}

/// Runs operations one after the other and notes which files wrote how many events.
struct Tried<'a> {
    world: &'a World,
    admin: &'a Admin,
    files: BTreeSet<String>,
}

impl Tried<'_> {
    async fn writes<T>(
        &mut self,
        events: i64,
        files: &[&str],
        operation: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let before = newest(self.world, self.admin).await?;
        let outcome = operation.await?;
        let written = newest(self.world, self.admin).await? - before;
        assert_eq!(written, events, "events written by {files:?}");
        self.files.extend(files.iter().map(|file| (*file).to_owned()));
        Ok(outcome)
    }
}

#[sqlx::test(migrations = false)]
async fn each_operation_writes_its_event(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
    let world = World::new(owner).await?;
    let (backend, admin) = (&world.backend, &world.admin("one", "delphos").await?);
    let mut tried = Tried { world: &world, admin, files: BTreeSet::new() };

    let hub = NewChannel::parse("Hub", "")?;
    let channel: ChannelId =
        tried.writes(1, &["channels/add.rs"], add(backend, admin, &hub)).await?;
    let inactive = ChannelStatus::Inactive;
    for events in [1, 0] {
        let change = change_status(backend, admin, channel, inactive);
        tried.writes(events, &["channels/change_status.rs"], change).await?;
    }
    for events in [1, 0] {
        let change = change_acting_user(backend, admin, channel, Some(admin.user_id()));
        tried.writes(events, &["channels/change_acting_user.rs"], change).await?;
    }

    let new = new_key("Export")?;
    let minted = tried.writes(1, &["keys/create.rs"], create(backend, admin, &new)).await?;
    let Minted::Now(key, _) = minted else {
        return Err(Error::Internal("a fresh form was taken for an old one".into()));
    };
    tried.writes(0, &[], create(backend, admin, &new)).await?;
    let dispatch = NewChannel::parse("Dispatch", "")?;
    let both = create_with_channel(backend, admin, &dispatch, new_key("Dispatch")?);
    tried.writes(2, &[], both).await?;
    let stored = mark_stored(backend, admin, key, true);
    tried.writes(1, &["keys/mark_stored.rs"], stored).await?;
    let wanted = regeneration(backend, admin, key, Overlap::Day).await?;
    let again = regenerate(backend, admin, key, &wanted);
    tried.writes(1, &["keys/regenerate.rs"], again).await?;
    let texts = old_texts(backend, admin, key).await?;
    let [old] = texts.as_slice() else { panic!("{texts:?}") };
    let longer = extend(backend, admin, key, old.id, Overlap::Day, old.ends_at);
    tried.writes(1, &["keys/draining/extend.rs"], longer).await?;
    let ended = end(backend, admin, key, old.id);
    tried.writes(1, &["keys/draining/end.rs"], ended).await?;
    tried.writes(1, &["keys/disable.rs"], disable(backend, admin, key)).await?;
    tried.writes(0, &[], disable(backend, admin, key)).await?;
    tried.writes(1, &[], enable(backend, admin, key)).await?;
    tried.writes(1, &["keys/revoke.rs"], revoke(backend, admin, key)).await?;
    tried.writes(0, &[], revoke(backend, admin, key)).await?;

    let new = new_invitation("new@one.example", Role::Viewer)?;
    tried.writes(1, &["invitations/invite.rs"], invite(backend, admin, &new, fresh())).await?;
    tried.writes(0, &[], invite(backend, admin, &new, fresh())).await?;
    let pending = invitations(backend, admin).await?;
    let [pending] = pending.as_slice() else { panic!("{pending:?}") };
    let letters = pending.letters;
    for events in [1, 0] {
        let again = resend(backend, admin, pending.id, letters, fresh());
        tried.writes(events, &["invitations/resend.rs"], again).await?;
    }
    let revocation = revoke_invitation(backend, admin, pending.id);
    tried.writes(1, &["invitations/revoke.rs"], revocation).await?;
    // Invited, and joined.
    let joined = world.join(admin, "joined", Role::Viewer);
    let joined = tried.writes(2, &["invitations/accept.rs"], joined).await?.user_id();
    for events in [1, 0] {
        let change = change_role(backend, admin, joined, Role::Viewer, Role::Developer, fresh());
        tried.writes(events, &["members/change_role.rs"], change).await?;
    }
    tried.writes(1, &["members/remove.rs"], remove(backend, admin, joined, &fresh()?)).await?;

    let mut known = tried.files;
    known.extend(TRIED_ELSEWHERE.iter().map(|(file, _)| (*file).to_owned()));
    let sources = sources().map_err(|error| Error::Internal(error.to_string()))?;
    let writing: BTreeSet<String> =
        sources.into_iter().filter(|(_, code)| writes_events(code)).map(|(name, _)| name).collect();
    assert_eq!(writing, known, "left: operations that write events; right: those tried here");
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn the_guard_lets_no_silent_change_through(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let admin = world.admin("one", "delphos").await?;
    let (key, _) = world.key(&admin, "Export").await?;
    let pool = &world.backend.pools.app;
    let mut transaction = database::tenant::begin(pool, admin.organization().id).await?;
    sqlx::query("update api_keys set status = 'DISABLED' where id = $1")
        .bind(key.0)
        .execute(&mut *transaction)
        .await?;
    let silent = transaction.commit().await.map_err(|error| error.to_string());
    assert!(silent.is_err_and(|error| error.contains("api_keys changed without an audit event")));

    // An event of an earlier transaction does not count; one of its own does, whatever the order.
    let mut transaction = database::tenant::begin(pool, admin.organization().id).await?;
    let details = serde_json::json!({});
    crate::audit::record(
        &mut transaction,
        &admin,
        crate::audit::Action::KeyDisabled,
        key.0,
        details,
    )
    .await?;
    sqlx::query("update api_keys set status = 'DISABLED' where id = $1")
        .bind(key.0)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;

    // It watches every table that belongs to organizations, but for those it is told not to.
    let mut owner = world.owner.connect().await?;
    let watched: Vec<String> = sqlx::query_scalar(
        "select tgrelid::regclass::text from pg_trigger where tgname = 'guard_audit' order by 1",
    )
    .fetch_all(&mut owner)
    .await?;
    owner.close().await?;
    for table in ["api_keys", "channels", "form_tokens", "members", "organizations"] {
        assert!(watched.iter().any(|watched| watched == table), "{table}: {watched:?}");
    }
    Ok(())
}
