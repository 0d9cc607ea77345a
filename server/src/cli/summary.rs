//! What came of a run, in words.

use std::{collections::BTreeMap, path::Path};

use pixmill_engine::wire::{ProductView, RequestView};

use super::plain::plain;
use crate::settings::Size;

/// How many failures of each kind are told one by one.
const TOLD: usize = 3;

/// A number of things, such as `1 image` or `1,200 images`.
pub(super) fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {thing}{plural}")
}

/// A size as people read it, such as `41.9 MB`.
pub(super) fn readable(bytes: u64) -> String {
    match bytes {
        0..1_000 => Size(bytes).to_string(),
        1_000..1_000_000 => format!("{:.0} KB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

/// By how much the renditions are smaller than their sources, such as `63 %`.
pub(super) fn saved(bytes_in: u64, bytes_out: u64) -> String {
    if bytes_in == 0 {
        return "0 %".to_owned();
    }
    format!("{:.0} %", 100.0 - 100.0 * bytes_out as f64 / bytes_in as f64)
}

/// The failures of a run, gathered by what kind they are.
#[derive(Debug, Default)]
pub(super) struct Failures(BTreeMap<String, (u64, Vec<String>)>);

impl Failures {
    /// Adds those of a product.
    pub(super) fn add(&mut self, product: &ProductView) {
        for failure in &product.errors {
            let (count, told) = self.0.entry(failure.code.clone()).or_default();
            *count += 1;
            if told.len() < TOLD {
                let link = product.input_image_urls.get(failure.index).map_or("", String::as_str);
                let serial = &product.serial_number;
                told.push(format!("{serial}: {link}: {}", failure.message));
            }
        }
    }

    /// The commonest kind first, each with the first of its kind.
    fn lines(&self) -> Vec<String> {
        let mut kinds: Vec<_> = self.0.iter().collect();
        kinds.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let mut lines = Vec::new();
        for (code, (count, told)) in kinds {
            lines.push(format!("  {count} x {code}"));
            lines.extend(told.iter().map(|told| format!("    {told}")));
            if *count > told.len() as u64 {
                lines.push(format!("    and {} more", count - told.len() as u64));
            }
        }
        lines
    }
}

/// What came of a run: how much was saved, what failed, and where the results are.
pub(super) fn summary(view: &RequestView, failures: &Failures, results: &Path) -> String {
    let progress = &view.progress;
    let (bytes_in, bytes_out) = (progress.bytes_in, progress.bytes_out);
    let mut lines = vec![format!(
        "{} compressed, {} -> {} ({} saved)",
        counted(progress.done, "image"),
        readable(bytes_in),
        readable(bytes_out),
        saved(bytes_in, bytes_out),
    )];
    lines.extend(view.error_message.clone());
    lines.extend(failures.lines());
    lines.push(format!("results: {}", results.display()));
    lines.iter().map(|line| plain(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_are_told_as_people_read_them() {
        assert_eq!(counted(1, "image"), "1 image");
        assert_eq!(counted(1_234_567, "image"), "1,234,567 images");
        assert_eq!(readable(41_940_000), "41.9 MB");
        assert_eq!(readable(512), "512 B");
        assert_eq!(saved(100, 37), "63 %");
        assert_eq!(saved(0, 0), "0 %");
    }
}
