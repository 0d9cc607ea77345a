//! What became of the images of a request, looked at as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RequestView;
use crate::model::{FailureReport, HostReport, Report};

/// How many hosts are shown.
const HOSTS_SHOWN: usize = 20;

/// What became of the images of a request, looked at as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// The request.
    pub request: RequestView,
    /// What failed, by reason, the commonest first.
    pub failures: Vec<FailureGroupView>,
    /// How many images saved how much.
    pub savings: Vec<SavingView>,
    /// The slowest hosts, the slowest first.
    pub hosts: Vec<HostView>,
    /// How many hosts there are besides those.
    pub more_hosts: u64,
}

/// The images of a request that failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FailureGroupView {
    /// The reason in short, such as `HTTP 404`: what `retry` takes to try these again.
    pub reason: String,
    /// What kind of failure it is, such as `http_status`.
    pub code: String,
    /// What is said of the first of the images.
    pub message: String,
    /// How many images it is.
    pub images: u64,
    /// Whether trying again may help.
    pub retryable: bool,
}

/// How many images saved a part of their bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SavingView {
    /// From how many percent on; `null` for images that grew.
    pub from_percent: Option<u8>,
    /// To below how many percent.
    pub to_percent: u8,
    /// How many images it is.
    pub images: u64,
}

/// What came of one host's images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HostView {
    /// The host's name or address.
    pub host: String,
    /// How many images it had.
    pub images: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How long a download took on average, in milliseconds; `null` where nothing was downloaded.
    pub mean_ms: Option<u64>,
    /// How long the slowest download took, in milliseconds; `null` where nothing was downloaded.
    pub slowest_ms: Option<u64>,
}

impl ReportView {
    /// The view of a report on a request.
    #[must_use]
    pub fn new(request: RequestView, report: &Report) -> Self {
        let Report { savings, hosts, elsewhere: _, failures } = report;
        let mut hosts: Vec<HostView> = hosts.iter().map(HostView::new).collect();
        hosts.sort_by_key(|host| std::cmp::Reverse((host.mean_ms, host.failed, host.images)));
        let more_hosts = hosts.len().saturating_sub(HOSTS_SHOWN) as u64;
        hosts.truncate(HOSTS_SHOWN);
        let mut failures: Vec<_> = failures.iter().map(FailureGroupView::new).collect();
        failures.sort_by_key(|group| std::cmp::Reverse(group.images));
        let savings = savings.iter().zip(0_u8..).map(|(images, step)| SavingView {
            from_percent: step.checked_sub(1).map(|below| below * 10),
            to_percent: step * 10,
            images: *images,
        });
        ReportView { request, failures, savings: savings.collect(), hosts, more_hosts }
    }
}

impl FailureGroupView {
    fn new((reason, failure): (&String, &FailureReport)) -> Self {
        let FailureReport { code, message, images, is_retryable } = failure;
        FailureGroupView {
            reason: reason.clone(),
            code: code.name().to_owned(),
            message: message.clone(),
            images: *images,
            retryable: *is_retryable,
        }
    }
}

impl HostView {
    fn new((host, report): (&String, &HostReport)) -> Self {
        let HostReport { images, failed, fetched, fetch_ms, slowest_ms } = *report;
        HostView {
            host: host.clone(),
            images,
            failed,
            mean_ms: fetch_ms.checked_div(fetched),
            slowest_ms: (fetched > 0).then_some(slowest_ms),
        }
    }
}
