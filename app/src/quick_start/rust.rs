//! A program in Rust that needs one small crate.

use std::fmt::Write;

use super::Call;

/// The program. Refusals end it with what the answer says.
pub fn program(call: &Call) -> String {
    let mut text = format!(
        "use std::{{env, error::Error, process}};\n\nfn main() -> Result<(), Box<dyn Error>> {{\n    \
         let mut response = ureq::{}({:?})\n        .config()\n        \
         .http_status_as_error(false)\n        .build()\n",
        call.method.to_lowercase(),
        call.address,
    );
    // Writing into a string cannot fail.
    for (name, variable) in &call.credentials {
        let _ = writeln!(text, "        .header({name:?}, env::var({variable:?})?)");
    }
    for (name, value) in &call.headers {
        let _ = writeln!(text, "        .header({name:?}, {value:?})");
    }
    match &call.body {
        Some(body) => _ = writeln!(text, "        .send({})?;", raw(body)),
        None => text += "        .call()?;\n",
    }
    text + "    let text = response.body_mut().read_to_string()?;\n    \
            if !response.status().is_success() {\n        \
            eprintln!(\"{} {text}\", response.status().as_u16());\n        process::exit(1);\n    }\n    \
            println!(\"{text}\");\n    Ok(())\n}\n"
}

/// A raw text: with as many signs around it as it takes to tell its end.
fn raw(text: &str) -> String {
    let mut signs = "#".to_owned();
    while text.contains(&format!("\"{signs}")) {
        signs.push('#');
    }
    format!("r{signs}\"{text}\"{signs}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quick_start::call::hard;

    #[test]
    fn texts_are_rusts_own() {
        assert_eq!(
            program(&hard()),
            r###"use std::{env, error::Error, process};

fn main() -> Result<(), Box<dyn Error>> {
    let mut response = ureq::post("http://a.localhost:1/v1/it's")
        .config()
        .http_status_as_error(false)
        .build()
        .header("x-key", env::var("API_KEY")?)
        .header("x-secret", env::var("API_SECRET")?)
        .header("X-Project", "it's \"1\"")
        .send(r##"{"a":"it's \"#\\n","b":[true,null,1.5],"c":{}}"##)?;
    let text = response.body_mut().read_to_string()?;
    if !response.status().is_success() {
        eprintln!("{} {text}", response.status().as_u16());
        process::exit(1);
    }
    println!("{text}");
    Ok(())
}
"###
        );
    }
}
