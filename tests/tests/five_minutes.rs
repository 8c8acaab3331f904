//! Two people on a relay that was set up as `docs/operations.md` says: `./build.sh five-minutes` runs this when it has.

use std::env::var;

use anyhow::{Context as _, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sotto_tests::native::{Place, talk};

#[tokio::test]
async fn two_people_talk_over_https() -> Result<()> {
    let said = |name: &str| var(name).with_context(|| format!("./build.sh five-minutes sets {name}"));
    let root = CertificateDer::from_pem_file(said("SOTTO_VISIT_ROOT")?)?;
    let place = Place::secure(&said("SOTTO_VISIT")?, &said("SOTTO_VISIT_NAME")?, &[root])?;
    talk(place).await.map(drop)
}
