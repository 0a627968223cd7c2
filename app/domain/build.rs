//! `sqlx::migrate!` reads the migrations when this crate is compiled, so a new file must make
//! cargo compile it again.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
