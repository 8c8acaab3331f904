//! Two people on a relay that was set up as `docs/operations.md` says: `./build.sh five-minutes` runs this when it has.

use std::env::var;

use anyhow::{Context as _, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sotto_tests::native::{Person, Place};

#[tokio::test]
async fn two_people_talk_over_https() -> Result<()> {
    let said = |name: &str| var(name).with_context(|| format!("./build.sh five-minutes sets {name}"));
    let root = CertificateDer::from_pem_file(said("SOTTO_VISIT_ROOT")?)?;
    let place = Place::secure(&said("SOTTO_VISIT")?, &said("SOTTO_VISIT_NAME")?, &[root])?;
    let mut alice = Person::at(place.clone(), "alice");
    alice.starts("alice's passcode", 2).await?;
    let code = alice.invites(1).await?;
    let mut bob = Person::at(place, "bob");
    bob.joins(&code, "bob's passcode").await?;
    alice.has_company(1).await?;
    alice.sends("a text of alice's").await?;
    let message = bob.sees("a text of alice's").await?;
    bob.reads(&message);
    alice.sees_read_by(1).await?;
    bob.sends("a reply of bob's").await?;
    alice.sees("a reply of bob's").await?;
    Ok(())
}
