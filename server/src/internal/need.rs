//! What a key must be allowed to do, from scopes or from an HTTP method.

use axum::http::Method;
use domain::keys::{Access, is_listed};

/// Reading, writing, both or neither; or exactly one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need<'a> {
    pub read: bool,
    pub write: bool,
    /// As `resource:action`.
    pub scope: Option<&'a str>,
}

impl<'a> Need<'a> {
    /// What these scopes add up to; `None` without any.
    pub fn of_scopes(scopes: impl Iterator<Item = &'a str>) -> Result<Option<Self>, &'static str> {
        let mut sum: Option<Self> = None;
        for scope in scopes {
            let next = Self::of_scope(scope)?;
            sum = Some(match sum {
                None => next,
                Some(before) => before.and(next)?,
            });
        }
        Ok(sum)
    }

    /// As the API listener takes methods.
    pub fn of_method(name: &str) -> Result<Self, &'static str> {
        let method =
            Method::from_bytes(name.as_bytes()).map_err(|_| "the method is not one of HTTP")?;
        let read = matches!(method, Method::GET | Method::HEAD);
        Ok(Self { read, write: !read, scope: None })
    }

    fn of_scope(scope: &'a str) -> Result<Self, &'static str> {
        const WRONG: &str = "a scope should be read, write, * or like patients:read";
        if is_listed(scope) {
            return Ok(Self { scope: Some(scope), ..Self::default() });
        }
        let (read, write) = match scope {
            "read" => (true, false),
            "write" => (false, true),
            scope if scope == Access::ReadWrite.as_str() => (true, true),
            _ => return Err(WRONG),
        };
        Ok(Self { read, write, scope: None })
    }

    fn and(self, other: Self) -> Result<Self, &'static str> {
        if self == other {
            return Ok(self);
        }
        if self.scope.is_some() || other.scope.is_some() {
            return Err("a scope like patients:read should be asked for alone");
        }
        Ok(Self { read: self.read || other.read, write: self.write || other.write, scope: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_add_up() {
        let of = |scopes: &[&'static str]| Need::of_scopes(scopes.iter().copied());
        let need = |read, write| Need { read, write, scope: None };
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["read"]), Ok(Some(need(true, false))));
        assert_eq!(of(&["read", "write"]), Ok(Some(need(true, true))));
        assert_eq!(of(&["*"]), Ok(Some(need(true, true))));
        let exact = Need { scope: Some("patients:read"), ..Need::default() };
        assert_eq!(of(&["patients:read", "patients:read"]), Ok(Some(exact)));
        for wrong in [&["read", "everything"][..], &["read", "patients:read"], &["a:b:c"], &[""]] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(Need::of_method("GET"), Ok(need(true, false)));
        assert_eq!(Need::of_method("PURGE"), Ok(need(false, true)));
        assert!(Need::of_method("G T").is_err() && Need::of_method("").is_err());
    }
}
