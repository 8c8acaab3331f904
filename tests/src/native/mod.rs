//! Native clients: the same session as the page's, without a browser.

mod stretching;

pub use stretching::{random, stretched};
