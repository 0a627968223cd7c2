//! A text as a picture that phones read.

use leptos::prelude::*;
use qrcode::{Color, QrCode as Modules};
use std::fmt::Write;

/// Modules of white around it, by which phones find it.
const QUIET: usize = 4;

/// The picture; nothing when the text is too long for one. `label` says what it is for.
#[component]
pub fn QrCode(#[prop(into)] text: String, #[prop(into)] label: String) -> impl IntoView {
    Modules::new(text.as_bytes()).ok().map(|modules| {
        let size = modules.width() + 2 * QUIET;
        let view_box = format!("0 0 {size} {size}");
        view! {
            <svg
                class="qr"
                viewBox=view_box
                role="img"
                aria-label=label
                shape-rendering="crispEdges"
            >
                <rect class="qr__paper" width=size height=size />
                <path class="qr__ink" d=path(&modules) />
            </svg>
        }
        .into_any()
    })
}

/// A square for each dark module, one after the other.
fn path(modules: &Modules) -> String {
    let width = modules.width();
    let mut path = String::new();
    for (at, color) in modules.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (at % width + QUIET, at / width + QUIET);
            // Writing into a string cannot fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    path
}
