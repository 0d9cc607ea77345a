//! Text of unknown origin, made fit for a terminal.

/// The text without what a terminal acts on: each such character is a space.
///
/// A sheet may come from anybody, and a control character can make a terminal show, hide or even
/// type what it was told. The others turn the direction of what follows round.
pub(super) fn plain(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if acts(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_that_a_terminal_acts_on_is_left() {
        assert_eq!(plain("a\u{1b}[31mb\u{9b}1m\r\n\u{7}c\u{7f}"), "a [31mb 1m   c ");
        assert_eq!(plain("\u{202e}gpj.exe\u{2066}"), " gpj.exe ");
        assert_eq!(plain("Größe 马克杯 🙂"), "Größe 马克杯 🙂");
    }
}
