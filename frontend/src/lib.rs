//! Starts the browser side: brings the islands of the rendered page to life, nothing else.

/// Called by the page's module script once the wasm module is there.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // Names the crate so that its islands are linked in.
    app::start_islands();
}
