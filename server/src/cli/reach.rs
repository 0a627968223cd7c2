//! What commands in a rep's name need: the database, and a rep in whose name it works.

use clap::Args;
use domain::clock::Clock;
use domain::database::Pools;
use domain::keys::digest::Pepper;
use domain::reps::{Rep, enter_by_command};
use domain::{Backend, Error};

use crate::cli::place::{HEADING, Opened, Place};
use crate::cli::profiles::Own;
use crate::data_dir::DataDir;
use crate::{Failure, Result, pepper};

/// Who asks, and where the database is.
#[derive(Debug, Args)]
pub struct Where {
    /// The account rep in whose name it is done, by e-mail address. The audit log has this name, and
    /// that it was done by the command line.
    #[arg(long = "as", env = "LATCHKEY_REP", value_name = "EMAIL")]
    rep: String,

    #[command(flatten)]
    place: Place,

    #[command(flatten, next_help_heading = HEADING)]
    profiles: Own,
}

/// A database that answers, and the proof that a rep is meant.
pub struct Reached {
    pub backend: Backend,
    pub rep: Rep,
    opened: Opened,
}

/// What a command needs of what is kept beside the database.
#[derive(Clone, Copy, Debug)]
enum Secret {
    None,
    Pepper,
}

impl Where {
    /// Beside a running server, or with the private database for as long as the command takes.
    pub async fn reach(&self) -> Result<Reached> {
        self.reach_as(Secret::None).await
    }

    /// The same, for a command that makes digests of keys.
    pub async fn reach_with_pepper(&self) -> Result<Reached> {
        self.reach_as(Secret::Pepper).await
    }

    async fn reach_as(&self, secret: Secret) -> Result<Reached> {
        let opened = self.place.open().await?;
        match self.enter(opened.pools.clone(), secret).await {
            Ok((backend, rep)) => Ok(Reached { backend, rep, opened }),
            Err(failure) => {
                opened.close().await;
                Err(failure)
            }
        }
    }

    async fn enter(&self, pools: Pools, secret: Secret) -> Result<(Backend, Rep)> {
        let pepper = match secret {
            // What makes and checks no key does with any pepper.
            Secret::None => Pepper::new(1, &[0; 32])?,
            Secret::Pepper => pepper::load(&DataDir::open(&self.place.data_dir)?, &pools).await?,
        };
        let backend = Backend::new(pools, pepper, self.profiles.load()?, Clock::system());
        let rep = enter_by_command(&backend, &self.rep).await.map_err(|error| match error {
            Error::Invalid(_) => Failure::new(format!(
                "there is no account rep with the address {:?}: name one with --as",
                self.rep
            )),
            error => error.into(),
        })?;
        Ok((backend, rep))
    }
}

impl Reached {
    /// Hangs up, and ends the database if it is ours.
    pub async fn leave(self) {
        self.opened.close().await;
    }
}
