//! Server-sent events (HTML standard, section 9.2), as far as a Pixmill server sends them.

/// The longest event that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// What it is called.
    pub(super) name: String,
    /// What it bears.
    pub(super) data: String,
}

/// Reads events from pieces as they come.
#[derive(Debug, Default)]
pub(super) struct Events {
    rest: Vec<u8>,
    event: Event,
}

/// An event is longer than any of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// The events that are whole with one more piece.
    pub(super) fn read(&mut self, piece: &[u8]) -> Result<Vec<Event>, TooLong> {
        self.rest.extend_from_slice(piece);
        let mut whole = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                let event = std::mem::take(&mut self.event);
                if !event.data.is_empty() {
                    whole.push(event);
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => self.event.name = value.to_owned(),
                "data" if self.event.data.is_empty() => self.event.data = value.to_owned(),
                "data" => self.event.data.extend(["\n", value]),
                // A comment, which shows that the stream is alive, or a field that nobody needs.
                _ => {}
            }
        }
        if self.rest.len() + self.event.data.len() > LONGEST { Err(TooLong) } else { Ok(whole) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_whole_however_they_are_cut() {
        let sent =
            b":\n\nevent: status\nid: 1\ndata: {\"a\":\ndata: 1}\n\ndata:x\r\n\r\nevent: cut";
        let event = |name: &str, data: &str| Event { name: name.into(), data: data.into() };
        let all = vec![event("status", "{\"a\":\n1}"), event("", "x")];
        assert_eq!(Events::default().read(sent).unwrap(), all);
        let mut events = Events::default();
        let read: Vec<Event> =
            sent.iter().flat_map(|byte| events.read(&[*byte]).unwrap()).collect();
        assert_eq!(read, all);
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut events = Events::default();
        let piece = vec![b'x'; LONGEST];
        assert_eq!(events.read(&piece), Ok(Vec::new()));
        assert_eq!(events.read(&piece), Err(TooLong));
    }
}
