//! As many calls as the machine takes, for a long time, with the program and its PostgreSQL on all
//! processors, the load's too: how many that is, and that each is counted and in the access log.

use std::time::{Duration, Instant};

use crate::cases::{of_many, until_known};
use crate::load::{CONNECTIONS, Load};
use crate::process::{Latchkey, Scratch};
use crate::scale::Scale;
use crate::seed::{PROFILE, Seed};
use crate::{Result, report};

/// Until what was counted is written.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn measure(scale: &Scale) -> Result<()> {
    let scratch = Scratch::make("sustained")?;
    let mut latchkey = Latchkey::start_everywhere(&scratch).await?;
    let mut seed = Seed::of(latchkey.data_dir()).await?;
    let organization = seed.organization("bench", PROFILE).await?;
    let keys = seed.keys(organization, scale.few_keys).await?;
    until_known(&latchkey, &keys[keys.len() - 1]).await?;
    let written_before = settled(&mut seed, organization, None).await?;

    let case = of_many("sustained", 0, (latchkey.api(), latchkey.pid()), &keys);
    let (began, load) = (Instant::now(), Load::start(&case, CONNECTIONS));
    tokio::time::sleep(scale.sustained).await;
    let answered = load.end().await?;
    let took = began.elapsed();
    let expected = written_before.0 + i64::try_from(answered)?;
    let (counted, logged) = settled(&mut seed, organization, Some(expected)).await?;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = answered as f64 / took.as_secs_f64();
    report::say(&format!(
        "Sustained for {took:.0?}, load, program and PostgreSQL on the same processors: {rate:.0} requests/s; of \
         {answered} answers {} are counted and {} are in the access log.",
        counted - written_before.0,
        logged - written_before.1,
    ));
    seed.end().await?;
    latchkey.end().await
}

/// What is counted and logged, once that does not change any more.
async fn settled(
    seed: &mut Seed,
    organization: uuid::Uuid,
    expected: Option<i64>,
) -> Result<(i64, i64)> {
    let began = Instant::now();
    let mut before = (-1, -1);
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = (seed.counted(organization).await?, seed.logged(organization).await?);
        let complete = expected.is_none_or(|expected| now == (expected, expected));
        if (now == before && complete) || began.elapsed() > PATIENCE {
            return Ok(now);
        }
        before = now;
    }
}
