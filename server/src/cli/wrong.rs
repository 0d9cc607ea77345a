//! What is said of a call that cannot be understood: clap repeats what was given, and that may be the
//! address of a database with its password.

use std::{env, process};

use clap::{Error, error::ErrorKind};

/// How the addresses begin that have passwords in them.
const ADDRESSES: [&str; 2] = ["mongodb://", "mongodb+srv://"];
/// What stands in the place of such an address.
const HIDDEN: &str = "(an address that is not shown)";

/// Says what is wrong with the call, or the help or version that was asked for, and ends the
/// program.
pub(super) fn exit(error: &Error) -> ! {
    let given = env::args().skip(1).chain(env::vars().map(|(_, value)| value));
    let secret: Vec<String> = given.filter(|word| is_secret(word)).collect();
    if secret.is_empty()
        || matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
    {
        error.exit()
    }
    eprint!("{}", hide(&error.render().to_string(), &secret));
    process::exit(error.exit_code())
}

fn is_secret(word: &str) -> bool {
    ADDRESSES.iter().any(|address| word.contains(address))
}

/// A text without the words that nobody is to see, whole or behind a `=`.
fn hide(text: &str, secret: &[String]) -> String {
    let whole = secret.iter().map(String::as_str);
    let behind = secret.iter().filter_map(|word| Some(word.split_once('=')?.1));
    let mut words: Vec<&str> = whole.chain(behind).filter(|word| is_secret(word)).collect();
    // The longest first: another one may be a part of it.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.iter().fold(text.to_owned(), |text, word| text.replace(word, HIDDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_with_a_password_is_repeated() {
        let address = "mongodb://bob:s3cret@db/x?a=b";
        for word in [address.to_owned(), format!("--port={address}"), format!("--pots={address}")] {
            for text in
                [format!("error: unexpected argument '{word}' found"), format!("'{address}'")]
            {
                let hidden = hide(&text, std::slice::from_ref(&word));
                assert!(!hidden.contains("s3cret"), "{hidden}");
                assert!(hidden.contains(HIDDEN));
            }
        }
    }
}
