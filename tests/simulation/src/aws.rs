//! AWS, as the functions meet it: the embedded services behind a network that loses, delays and repeats, and behind the lies
//! that eventual consistency tells.

mod call;
mod connector;
mod exchange;
mod fate;
mod jobs;
mod lies;
mod network;
mod services;

pub use call::Call;
pub use connector::http_client;
pub use fate::{Ending, Fate, Fates, Written};
use jobs::Played;
pub(crate) use lies::{STUCK, disguise};
pub use network::{INVOCATION, Invoked, Network, Planted};
pub(crate) use services::{ENDPOINT, dead_letters};
pub use services::{NOW_MS, Services};
