//! The text of a key: `prefix`, 26 random base62 characters, 6 of checksum. A checksum lets a typo
//! be refused without looking anything up, and lets leak scanners tell keys from chance.

use secrecy::{ExposeSecret, SecretString};

use crate::{Error, Result};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 26 × log2(62) = 154.8 bits.
const RANDOM_CHARACTERS: usize = 26;
/// 62^6 is the first power of 62 past 2^32.
const CHECKSUM_CHARACTERS: usize = 6;
/// What follows the prefix.
pub const BODY_CHARACTERS: usize = RANDOM_CHARACTERS + CHECKSUM_CHARACTERS;
/// No text of a key is longer, wherever it was made.
pub const IMPORTED_TEXT_MAX: usize = 512;
/// Bytes of randomness in a secret, written as twice as many hexadecimal digits.
const SECRET_BYTES: usize = 32;

/// The whole text of a key or of a pair's secret. It exists only between being made and being
/// shown, or being presented and being digested; it cannot be printed, serialized or stored.
#[derive(Clone)]
pub struct PlainKey(SecretString);

impl std::fmt::Debug for PlainKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainKey(…)")
    }
}

impl PlainKey {
    /// A new key with this prefix, from the operating system's randomness.
    pub fn mint(prefix: &str) -> Result<Self> {
        let mut text = String::with_capacity(prefix.len() + BODY_CHARACTERS);
        text.push_str(prefix);
        push_random_base62(&mut text, RANDOM_CHARACTERS)?;
        let checksum = checksum(text.as_bytes());
        text.extend(checksum.map(char::from));
        Ok(Self(text.into()))
    }

    /// A new secret for the second half of a pair: 256 bits in hexadecimal.
    pub fn mint_secret() -> Result<Self> {
        let mut bytes = [0; SECRET_BYTES];
        fill_random(&mut bytes)?;
        let hex = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let text: String = hex.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
        Ok(Self(text.into()))
    }

    /// The text itself, for the one page that shows it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What lists show of the end.
    pub fn last_four(&self) -> &str {
        let text = self.expose();
        &text[text.len() - 4..]
    }
}

/// Whether the text could be a key with this prefix: right length, right alphabet, right checksum.
/// False means that no lookup is needed: it never was a key.
pub fn is_well_formed(text: &[u8], prefix: &str) -> bool {
    let Some(body) = text.strip_prefix(prefix.as_bytes()) else { return false };
    if body.len() != BODY_CHARACTERS || !body.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let (before, written) = text.split_at(text.len() - CHECKSUM_CHARACTERS);
    checksum(before) == written
}

/// Whether the text begins as keys with this prefix do and is as long as they are: if it is not
/// well-formed, it is one of ours with a typo, and nobody else's.
pub fn has_own_shape(text: &[u8], prefix: &str) -> bool {
    text.strip_prefix(prefix.as_bytes()).is_some_and(|body| body.len() == BODY_CHARACTERS)
}

/// CRC-32 (IEEE) of all that stands before, in base62, most significant digit first.
fn checksum(before: &[u8]) -> [u8; CHECKSUM_CHARACTERS] {
    let mut rest = crc32fast::hash(before) as usize;
    let mut digits = [0; CHECKSUM_CHARACTERS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest % 62];
        rest /= 62;
    }
    digits
}

fn push_random_base62(text: &mut String, characters: usize) -> Result<()> {
    let mut missing = characters;
    while missing > 0 {
        let mut bytes = [0; 64];
        fill_random(&mut bytes)?;
        // 248 = 4 × 62: what lies above would make the first characters likelier.
        for byte in bytes.into_iter().filter(|byte| *byte < 248).take(missing) {
            text.push(char::from(BASE62[usize::from(byte) % 62]));
            missing -= 1;
        }
    }
    Ok(())
}

fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::Internal(format!("randomness: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "dph_live_";
    /// `LATCHKEY_TEST_MUTATIONS` asks for another number, such as ten million, of an optimized
    /// build.
    const MUTATIONS: u64 = 1_000_000;

    #[test]
    fn a_minted_key_is_well_formed_and_new() -> Result<()> {
        let (one, two) = (PlainKey::mint(PREFIX)?, PlainKey::mint(PREFIX)?);
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.expose().len(), PREFIX.len() + 32);
        assert!(is_well_formed(one.expose().as_bytes(), PREFIX));
        assert!(one.expose().ends_with(one.last_four()));
        Ok(())
    }

    #[test]
    fn every_change_of_one_character_is_noticed() -> Result<()> {
        let key = PlainKey::mint(PREFIX)?;
        let text = key.expose().as_bytes();
        for position in 0..text.len() {
            for replacement in 0..=u8::MAX {
                let mut typo = text.to_vec();
                typo[position] = replacement;
                assert_eq!(is_well_formed(&typo, PREFIX), typo == text, "{position} {replacement}");
            }
        }
        Ok(())
    }

    #[test]
    fn what_chance_makes_of_a_key_is_no_key() -> Result<()> {
        let wanted = std::env::var("LATCHKEY_TEST_MUTATIONS").ok();
        let mutations = wanted.and_then(|wanted| wanted.parse().ok()).unwrap_or(MUTATIONS);
        let key = PlainKey::mint(PREFIX)?;
        let text = key.expose().as_bytes();
        // Marsaglia's xorshift: the same changes in every run.
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut below = |end: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap_or(0) % end.max(1)
        };
        for _ in 0..mutations {
            let mut changed = text.to_vec();
            for _ in 0..=below(4) {
                let (place, byte) = (below(changed.len()), below(256));
                let byte = u8::try_from(byte).unwrap_or(0);
                match below(5) {
                    0 => changed.insert(place, byte),
                    1 if !changed.is_empty() => drop(changed.remove(place)),
                    2 => changed.truncate(place),
                    3 => changed.rotate_left(place),
                    _ => changed.iter_mut().skip(place).take(1).for_each(|at| *at = byte),
                }
            }
            assert_eq!(is_well_formed(&changed, PREFIX), changed == text, "{changed:?}");
        }
        Ok(())
    }

    #[test]
    fn truncated_extended_and_foreign_text_is_refused() -> Result<()> {
        let key = PlainKey::mint(PREFIX)?;
        let text = key.expose().as_bytes();
        for length in 0..text.len() {
            assert!(!is_well_formed(&text[..length], PREFIX), "{length}");
        }
        assert!(!is_well_formed(&[text, b"0"].concat(), PREFIX));
        assert!(!is_well_formed(text, "clk_live_"));
        // The checksum covers the prefix: another vendor's key does not become ours.
        let foreign = [b"clk_live_", &text[PREFIX.len()..]].concat();
        assert!(!is_well_formed(&foreign, "clk_live_"));
        Ok(())
    }

    #[test]
    fn checksum_is_the_published_crc32_in_base62() {
        // CRC-32 of "123456789" is 0xCBF43926 = 3421780262 (the check value of the catalogue of
        // CRC algorithms); in base62 that is 3 45 35 27 22 14.
        assert_eq!(&checksum(b"123456789"), b"3jZRME");
    }

    #[test]
    fn a_secret_is_64_hexadecimal_digits() -> Result<()> {
        let secret = PlainKey::mint_secret()?;
        assert_eq!(secret.expose().len(), 64);
        assert!(secret.expose().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        Ok(())
    }

    #[test]
    fn debug_says_nothing() -> Result<()> {
        let key = PlainKey::mint(PREFIX)?;
        assert_eq!(format!("{key:?}"), "PlainKey(…)");
        Ok(())
    }
}
