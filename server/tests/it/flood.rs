//! Many sign-ins at once, against the program itself.

use std::time::{Duration, Instant};

use crate::support::Result;
use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{Connection, get};
use crate::support::program::{Program, serve};
use crate::support::visitor::own_form;

const SIGN_INS: usize = 500;
/// The most memory that the program may ever have had.
const MEMORY_MAX_KIB: u64 = 400 * 1024;

/// How long the API takes for a request, in the middle of so many.
async fn api_latency(
    api: &str,
    key: &str,
    mut more: impl FnMut(usize) -> bool,
) -> Result<Duration> {
    let mut connection = Connection::open(api).await?;
    let request = get("/v1/patients").host("st-mary.delphos.localhost").key(key);
    let mut took = Vec::new();
    while more(took.len()) {
        let began = Instant::now();
        assert_eq!(connection.send(&request).await?.status, 200);
        took.push(began.elapsed());
    }
    took.sort();
    Ok(took[took.len() / 2])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_sign_ins_at_once_stay_small_and_do_not_harm_the_api() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let mut command = serve(&directory.join("data"), &directory.site()?);
    command.env("DATABASE_URL", database.url()).arg("--demo");
    let mut program = Program::start(command, &directory.join("log")).await?;
    let demo: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(directory.join("data/demo.json"))?)?;
    let key = demo["organizations"][0]["api_key"].as_str().ok_or("no key")?.to_owned();
    let quiet = api_latency(&program.api, &key, |done| done < 300).await?;

    let sign_ins: Vec<_> = (0..SIGN_INS)
        .map(|at| {
            let address = program.dashboard.clone();
            tokio::spawn(async move {
                let form = format!("email=somebody{at}%40nowhere.example&password=a+wrong+guess");
                own_form("/login", &form).send(&address).await.map(|answer| answer.status)
            })
        })
        .collect();
    let under_way = || sign_ins.iter().any(|one| !one.is_finished());
    let busy = api_latency(&program.api, &key, |done| under_way() || done < 50).await?;
    let (mut judged, mut turned_away) = (0, 0);
    for one in sign_ins {
        match one.await?? {
            422 => judged += 1,
            503 => turned_away += 1,
            status => panic!("{status}"),
        }
    }
    let memory = program.peak_memory_kib()?;
    eprintln!(
        "{SIGN_INS} sign-ins: {judged} judged, {turned_away} turned away; peak memory {} MiB; \
         an API request took {quiet:?}, and {busy:?} meanwhile ({:.1} times)",
        memory / 1024,
        busy.as_secs_f64() / quiet.as_secs_f64(),
    );
    assert!(judged >= 16, "the queue is served: {judged}");
    assert!(memory < MEMORY_MAX_KIB, "{memory} KiB");
    // Generous: two processors have to do for everything, this test's own work included.
    assert!(busy < quiet * 20 + Duration::from_millis(20), "{busy:?} against {quiet:?}");
    program.stop().await
}
