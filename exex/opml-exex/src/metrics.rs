//! What a node operator watches, beside the node's own figures. The node's recorder adds its prefix: `reth_opml_head` and so on.

use metrics::gauge;
use opml_node::Status;

/// Sets every gauge.
pub(crate) fn record(status: &Status) {
    let head = status.head.map_or(0, |head| head.number);
    gauge!("opml.head").set(head as f64);
    gauge!("opml.tip").set(status.tip as f64);
    gauge!("opml.synced").set(f64::from(u8::from(status.synced)));
    gauge!("opml.jobs").set(status.jobs as f64);
    gauge!("opml.failures").set(status.failures as f64);
    gauge!("opml.restarts").set(status.restarts as f64);
    gauge!("opml.pending").set(status.pending.len() as f64);
    gauge!("opml.alarms").set(status.alarms.len() as f64);
}
