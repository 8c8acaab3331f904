//! Native clients: the same session as the page's, over a real socket to a real relay, without a browser.
//!
//! [`Person`] reads like a dialogue: `alice.sends("..").await?; bob.sees("..").await?`. Waiting is for a condition of the
//! view, with a deadline; nothing sleeps for luck.

mod driver;
mod pair;
mod person;
mod proxy;
mod relay;
mod socket;
mod stretching;

pub use driver::{Act, Driver, Handle, News};
pub use pair::{PASSCODES, meet, talk};
pub use person::{Locked, PHRASE, Person};
pub use proxy::Proxy;
pub use relay::TestRelay;
pub use socket::{Place, Raw, Stream};
pub use stretching::{random, stretched};
