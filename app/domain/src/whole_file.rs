//! Files that are read as a whole, which are small: one that has no end must not fill the memory.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// The longest certificate, key or configuration, in bytes.
pub const CONFIGURATION_MAX: u64 = 1024 * 1024;

/// What the file holds, if that is no more than `most` bytes.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more tells that there is more.
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        return Ok(bytes);
    }
    let kib = most / 1024;
    Err(Error::new(ErrorKind::FileTooLarge, format!("it is longer than {kib} KiB")))
}

/// The same, as text.
pub fn read_text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_refused() {
        let endless = read(Path::new("/dev/zero"), CONFIGURATION_MAX);
        let told = endless.err().map(|error| error.to_string());
        assert_eq!(told.as_deref(), Some("it is longer than 1024 KiB"));
        assert!(read(Path::new("/dev/zero"), 0).is_err());
        assert!(read(Path::new("/dev/null"), 0).is_ok_and(|bytes| bytes.is_empty()));
    }
}
