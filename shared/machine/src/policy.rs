//! The spans of time that the machines reckon with.

use std::time::Duration;

/// How long a claimant may send its `SubmitJob` after its claim. It measures that by its own monotonic clock.
pub const LEASE: Duration = Duration::from_secs(20);

/// After how long, from the claim on, a `SubmitJob` that was sent under the lease has certainly been executed or dropped:
/// the lease, the client's timeout, a minute in which a request may be executed late, and clocks that differ by seconds.
pub const SETTLE_AFTER: Duration = Duration::from_secs(120);

/// After how long a name is looked at again for a job that `ListJobs` did not show at first. Its consistency is undocumented.
pub const SECOND_LOOK_AFTER: Duration = Duration::from_secs(600);

/// How long a submitted job may be silent before Batch is asked about it.
pub const SILENCE: Duration = Duration::from_secs(300);

/// How long a job must be unknown to both `DescribeJobs` and `ListJobs` before it counts as lost.
pub const LOST_AFTER: Duration = Duration::from_secs(600);

/// After how long Batch may no longer list a job (it keeps ended jobs for at least 7 days), so that "not found" says nothing.
pub const LISTING_KEPT: Duration = Duration::from_secs(6 * 24 * 3600);

/// After how long a run is looked at again by the sweep, at the earliest.
pub const WATCH_AFTER: Duration = Duration::from_secs(300);

/// After how long a run is looked at again by the sweep, at the latest.
pub const WATCH_AT_MOST: Duration = Duration::from_secs(900);

/// How long a run waits for its concurrency group until that counts as much as one point of priority.
pub const AGEING: Duration = Duration::from_secs(60);

/// After how long the paced lane is woken for a submission that was throttled: by then its index shows it.
pub const LANE_AFTER: Duration = Duration::from_secs(1);
