//! Where in sled's one ordered map which part of a document lies.
//!
//! All keys begin with the letter of the kind and the letter of the part. What follows is made so
//! that all of a group, and all marks in a range, lie together.

use std::ops::Range;

use crate::store::{Kind, Mark, Marked};

/// The parts that a document has.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Part {
    /// What the store has to know of it.
    Head = b'h',
    /// A piece of what is in it.
    Piece = b'p',
    /// Its place in its group, with its tally.
    Member = b'g',
    /// A mark.
    Mark = b'm',
    /// Its other name.
    Alias = b'a',
}

/// Separates what is of any length.
const END: u8 = 0;

/// The key under which the version of the schema lies.
pub(super) const SCHEMA: &[u8] = b"!schema";

fn key(kind: Kind, part: Part, names: &[&str]) -> Vec<u8> {
    let mut key = vec![kind as u8, part as u8];
    for (place, name) in names.iter().enumerate() {
        if place > 0 {
            key.push(END);
        }
        key.extend_from_slice(name.as_bytes());
    }
    key
}

pub(super) fn head(kind: Kind, id: &str) -> Vec<u8> {
    key(kind, Part::Head, &[id])
}

pub(super) fn piece(kind: Kind, id: &str, piece: u16) -> Vec<u8> {
    let mut key = key(kind, Part::Piece, &[id]);
    key.push(END);
    key.extend_from_slice(&piece.to_be_bytes());
    key
}

pub(super) fn member(kind: Kind, group: &str, id: &str) -> Vec<u8> {
    key(kind, Part::Member, &[group, id])
}

pub(super) fn mark(kind: Kind, mark: Mark, value: &str, id: &str) -> Vec<u8> {
    [&marks_of(kind, mark), value.as_bytes(), &[END], id.as_bytes()].concat()
}

/// How the keys of one mark begin.
fn marks_of(kind: Kind, mark: Mark) -> [u8; 3] {
    [kind as u8, Part::Mark as u8, mark as u8]
}

pub(super) fn alias(kind: Kind, alias: &str) -> Vec<u8> {
    key(kind, Part::Alias, &[alias])
}

/// The heads of a kind whose ids are below `before`.
pub(super) fn heads(kind: Kind, before: Option<&str>) -> Range<Vec<u8>> {
    below(key(kind, Part::Head, &[]), before)
}

/// The members of a group whose ids are below `before`.
pub(super) fn members(kind: Kind, group: &str, before: Option<&str>) -> Range<Vec<u8>> {
    below(key(kind, Part::Member, &[group, ""]), before)
}

fn below(prefix: Vec<u8>, before: Option<&str>) -> Range<Vec<u8>> {
    let mut end = prefix.clone();
    match before {
        Some(before) => end.extend_from_slice(before.as_bytes()),
        // No text holds this byte.
        None => end.push(u8::MAX),
    }
    prefix..end
}

/// The keys of a mark with values in a range.
pub(super) fn marks(kind: Kind, mark: Mark, values: &Range<String>) -> Range<Vec<u8>> {
    let key = |value: &String| [&marks_of(kind, mark), value.as_bytes()].concat();
    key(&values.start)..key(&values.end)
}

/// The id in the key of a head.
pub(super) fn id_of_head(key: &[u8]) -> Option<String> {
    text(key.get(2..)?)
}

/// The id in the key of a member.
pub(super) fn id_of_member(key: &[u8]) -> Option<String> {
    let at = key.iter().rposition(|byte| *byte == END)?;
    text(key.get(at + 1..)?)
}

/// What the key of a mark says.
pub(super) fn read_mark(key: &[u8]) -> Option<Marked> {
    let at = key.iter().rposition(|byte| *byte == END)?;
    Some(Marked { value: text(key.get(3..at)?)?, id: text(key.get(at + 1..)?)? })
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}
