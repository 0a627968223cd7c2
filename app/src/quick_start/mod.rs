//! How the organization's programs call the API: its own values, and programs to begin with.

mod call;
mod curl;
mod javascript;
mod python;
mod quick_start_page;
mod refusals;
mod rust;

pub use quick_start_page::QuickStartPage;

use call::Call;

/// What a program can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Curl,
    Python,
    JavaScript,
    Rust,
}

impl Language {
    const ALL: [Self; 4] = [Self::Curl, Self::Python, Self::JavaScript, Self::Rust];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == name)
    }

    /// In the page's address.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Rust => "rust",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::Rust => "Rust",
        }
    }

    /// What it takes to run the programs.
    const fn needs(self) -> &'static str {
        match self {
            Self::Curl => "For a shell, with curl 7.76 or newer.",
            Self::Python => {
                "Python 3.8 or newer, with nothing installed: save it and run python3 call.py."
            }
            Self::JavaScript => {
                "Node.js 18 or newer, with nothing installed: save it and run node call.mjs."
            }
            Self::Rust => {
                "With the crate ureq: cargo new call, cargo add ureq, save it as src/main.rs, cargo run."
            }
        }
    }

    /// A whole program.
    fn program(self, call: &Call) -> String {
        match self {
            Self::Curl => curl::program(call),
            Self::Python => python::program(call),
            Self::JavaScript => javascript::program(call),
            Self::Rust => rust::program(call),
        }
    }
}
