//! The address of a MongoDB deployment, of which no secret is ever shown.
//!
//! A password with a special character in it that was not escaped makes an address that still can be
//! read, only otherwise: a part of the password is taken for a host, a port, a database or an option,
//! and told to everybody with whatever goes wrong. So what may be such an address is none.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The address of a MongoDB deployment, with credentials and options as MongoDB has them
/// (`mongodb://` or `mongodb+srv://`). It is never shown whole.
#[derive(Clone, PartialEq, Eq)]
pub struct MongoUri(String);

/// Some text is not the address of a MongoDB deployment. It may hold a password all the same.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "this is not the address of a MongoDB deployment: it begins with mongodb:// or mongodb+srv://, \
     and what is special in a name, a password or an option is escaped, as %40 for @"
)]
pub struct NotMongo;

/// What an address is made of.
struct Parts<'a> {
    scheme: &'a str,
    /// The name and perhaps a password.
    credentials: &'a str,
    hosts: &'a str,
    database: Option<&'a str>,
    options: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes an address apart.
    fn of(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = match place.split_once('/') {
            Some((authority, database)) => (authority, Some(database)),
            None => (place, None),
        };
        let (credentials, hosts) = authority.split_once('@').unwrap_or(("", authority));
        Some(Parts { scheme, credentials, hosts, database, options })
    }

    /// Whether each part is what it seems to be.
    fn are_clear(&self) -> bool {
        let Parts { scheme, credentials, hosts, database, options } = self;
        let database = database.unwrap_or_default();
        ["mongodb", "mongodb+srv"].contains(scheme)
            && credentials.matches(':').count() <= 1
            && !credentials.contains(['#', '[', ']'])
            && hosts.split(',').all(is_host)
            && !database.contains(['/', '@', ':', '#'])
            && !options.contains(['@', '?', '#'])
            && (options.is_empty() || options.split('&').all(|option| option.contains('=')))
    }
}

/// Whether this is a host, with or without a port.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        Some((address, port)) => (address, Some(port.strip_prefix(':').unwrap_or_default())),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    !host.is_empty() && !host.contains(['@', '#', '[', ']']) && port.is_none_or(is_port)
}

impl FromStr for MongoUri {
    type Err = NotMongo;

    fn from_str(text: &str) -> Result<Self, NotMongo> {
        let is_one = Parts::of(text).is_some_and(|parts| parts.are_clear());
        if is_one { Ok(MongoUri(text.to_owned())) } else { Err(NotMongo) }
    }
}

impl MongoUri {
    /// The whole address, secrets included: for who connects, and for settings on their way.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> Parts<'_> {
        Parts::of(&self.0).expect("what cannot be taken apart is no address")
    }

    /// Whether there are properties for who logs in, such as a session's token.
    pub(super) fn has_properties(&self) -> bool {
        let is_one = |option: &str| {
            let name = option.split('=').next().unwrap_or_default();
            name.eq_ignore_ascii_case("authMechanismProperties")
        };
        self.parts().options.split('&').any(is_one)
    }
}

impl fmt::Display for MongoUri {
    /// The address without credentials and options.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { scheme, credentials: _, hosts, database, options: _ } = self.parts();
        write!(f, "{scheme}://{hosts}")?;
        database.map_or(Ok(()), |database| write!(f, "/{database}"))
    }
}

impl fmt::Debug for MongoUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (uri, shown) in [
            (
                "mongodb://me:p%40ss@db.example:27017/shop?tls=true",
                "mongodb://db.example:27017/shop",
            ),
            ("mongodb+srv://me:secret@db.example/", "mongodb+srv://db.example/"),
            ("mongodb://a,b:1,[::1]:2,[::1]/?replicaSet=rs", "mongodb://a,b:1,[::1]:2,[::1]/"),
            ("mongodb://me@db?tls=true&tlsCAFile=/etc/ca.pem", "mongodb://db"),
            ("mongodb://%2Ftmp%2Fdb.sock/shop", "mongodb://%2Ftmp%2Fdb.sock/shop"),
        ] {
            let uri: MongoUri = uri.parse().expect(uri);
            assert_eq!([uri.to_string(), format!("{uri:?}")], [shown, shown]);
        }
    }

    #[test]
    fn what_may_show_a_part_of_a_password_is_no_address() {
        for text in [
            "http://db",
            "mongodb:db",
            "mongodb://",
            "mongodb://me:s3cret/db",
            "mongodb+srv://me:s3cret/db",
            "mongodb://me:123?s3cret@host",
            "mongodb://me:123/s3cret@host/db",
            "mongodb://me:123/s3cret/db",
            "mongodb://me:123#s3cret@host/db",
            "mongodb://me:s3@cret@host/db",
            "mongodb://me:s3:cret@host/db",
            "mongodb://me:pa?s3cret=1@host/db",
            "mongodb://me:pa,s3cret",
            "mongodb://host:0/",
            "mongodb://[s3cret/",
            "mongodb://[::1]s3cret/",
            "mongodb://host/db?s3cret",
        ] {
            assert_eq!(text.parse::<MongoUri>(), Err(NotMongo), "{text}");
        }
        assert!(!NotMongo.to_string().contains("s3cret"));
    }

    #[test]
    fn properties_are_found_however_they_are_written() {
        let has_properties = |text: &str| text.parse::<MongoUri>().unwrap().has_properties();
        assert!(has_properties("mongodb://a/?tls=true&AUTHMechanismProperties=TOKEN:x"));
        assert!(!has_properties("mongodb://a/?tls=true"));
    }
}
