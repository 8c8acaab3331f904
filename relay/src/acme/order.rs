//! One order, from its names to its certificate.

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, Authorizations, ChallengeType, Error, Identifier, NewOrder, Order,
    OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::Trouble;
use super::folder::Pending;
use crate::config::tls::TlsSettings;
use crate::tls::Certificates;

/// How long an authority may take to look, from several places perhaps, and to issue.
const POLL: RetryPolicy = RetryPolicy::new().timeout(Duration::from_mins(2));

/// An order that is under way.
pub(super) struct Open<'a> {
    account: &'a Account,
    settings: &'a TlsSettings,
    order: Order,
    key: Zeroizing<String>,
}

impl<'a> Open<'a> {
    /// A new one.
    pub(super) async fn new(
        account: &'a Account,
        settings: &'a TlsSettings,
        pending: &mut Pending,
    ) -> Result<Self, Trouble> {
        let names: Vec<_> = settings
            .acme_domain
            .iter()
            .cloned()
            .map(Identifier::Dns)
            .collect();
        let order = account.new_order(&NewOrder::new(&names)).await;
        let order = order.map_err(|error| Trouble::of(error, settings))?;
        pending.url = Some(order.url().to_owned());
        Ok(Self::with(account, settings, order, pending))
    }

    /// One that was begun before; nothing if it leads nowhere any more.
    pub(super) async fn again(
        account: &'a Account,
        settings: &'a TlsSettings,
        pending: Pending,
    ) -> Result<Option<Self>, Trouble> {
        let Some(url) = pending.url.clone() else {
            return Ok(None);
        };
        match account.order(url).await {
            Ok(mut order) => {
                let is_alive = order.state().status != OrderStatus::Invalid;
                Ok(is_alive.then(|| Self::with(account, settings, order, &pending)))
            }
            Err(error) => match Trouble::of(error, settings) {
                trouble if trouble.is_account() || !trouble.is_final() => Err(trouble),
                _ => Ok(None),
            },
        }
    }

    fn with(account: &'a Account, settings: &'a TlsSettings, order: Order, pending: &Pending) -> Self {
        Self {
            account,
            settings,
            order,
            key: Zeroizing::new(pending.key().to_owned()),
        }
    }

    /// Brings it to its end. Gives key and chain in PEM.
    pub(super) async fn finish(&mut self, certificates: &Certificates) -> Result<Zeroizing<String>, Trouble> {
        if self.order.state().status == OrderStatus::Pending {
            self.prove(certificates).await?;
            match self.order.poll_ready(&POLL).await {
                Ok(OrderStatus::Ready) => {}
                Ok(_) | Err(Error::Api(_)) => return Err(self.refused().await),
                Err(error) => return Err(self.trouble(error)),
            }
        }
        let key = KeyPair::from_pem(&self.key).map_err(|_| Trouble::library())?;
        if self.order.state().status == OrderStatus::Ready {
            let request = request(&self.settings.acme_domain, &key).map_err(|_| Trouble::library())?;
            let asked = self.order.finalize_csr(&request).await;
            asked.map_err(|error| self.trouble(error))?;
        }
        let chain = self.order.poll_certificate(&POLL).await;
        let chain = chain.map_err(|error| self.trouble(error))?;
        let both = Zeroizing::new(format!("{}\n{chain}", self.key.trim_end()));
        pair(&both)?;
        Ok(both)
    }

    /// Puts up what shows that each name is the relay's, and has the authority look.
    async fn prove(&mut self, certificates: &Certificates) -> Result<(), Trouble> {
        let settings = self.settings;
        let mut authorizations = self.order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(|error| Trouble::of(error, settings))?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let name = authorization.identifier().to_string();
            let challenge = authorization.challenge(ChallengeType::TlsAlpn01);
            let mut challenge = challenge.ok_or_else(|| Trouble::no_challenge(&name))?;
            let digest = challenge.key_authorization().digest();
            certificates.show(
                &name,
                proof(&name, digest.as_ref()).map_err(|_| Trouble::library())?,
            );
            let asked = challenge.set_ready().await;
            asked.map_err(|error| Trouble::of_name(error, &name, settings))?;
        }
        Ok(())
    }

    /// Why the authority does not take a name for the relay's.
    async fn refused(&mut self) -> Trouble {
        let order = self.account.order(self.order.url().to_owned()).await;
        let mut order = match order {
            Ok(order) => order,
            Err(error) => return self.trouble(error),
        };
        let why = first_refusal(order.authorizations(), self.settings).await;
        why.unwrap_or_else(|| Trouble::refused(&self.settings.acme_domain.join(", ")))
    }

    fn trouble(&self, error: Error) -> Trouble {
        Trouble::of(error, self.settings)
    }
}

async fn first_refusal(mut authorizations: Authorizations<'_>, settings: &TlsSettings) -> Option<Trouble> {
    while let Some(authorization) = authorizations.next().await {
        let authorization = authorization.ok()?;
        let error = authorization
            .challenges
            .iter()
            .find_map(|challenge| challenge.error.clone());
        if let Some(problem) = error {
            let name = authorization.identifier().to_string();
            return Some(Trouble::of_name(Error::Api(problem), &name, settings));
        }
    }
    None
}

/// What asks for a certificate for these names and this key (RFC 2986), in DER.
fn request(names: &[String], key: &KeyPair) -> Result<Vec<u8>, rcgen::Error> {
    let mut wanted = CertificateParams::new(names)?;
    wanted.distinguished_name = DistinguishedName::new();
    Ok(wanted.serialize_request(key)?.der().to_vec())
}

/// What shows an authority that whoever answers under this name knows what it asked for (RFC 8737, section 3).
fn proof(name: &str, digest: &[u8]) -> Result<CertifiedKey, rcgen::Error> {
    let mut shown = CertificateParams::new([name.to_owned()])?;
    // The library would panic at another length, which a SHA-256 never has.
    if digest.len() == 32 {
        shown.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    }
    let key = KeyPair::generate()?;
    let certificate = shown.self_signed(&key)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
    let key = ring::sign::any_supported_type(&key).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
    // Without a look at the certificate, which has an extension that only an authority knows.
    Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
}

/// Whether key and chain can be used.
fn pair(both: &str) -> Result<CertifiedKey, Trouble> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(both.as_bytes()).collect();
    let chain = chain.map_err(|_| Trouble::unusable())?;
    let key = PrivateKeyDer::from_pem_slice(both.as_bytes()).map_err(|_| Trouble::unusable())?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|_| Trouble::unusable())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_holds_what_was_asked_for() {
        let digest = [7; 32];
        let shown = proof("relay.example", &digest).unwrap();
        let der = shown.cert.first().unwrap();
        let (_, certificate) = x509_parser::parse_x509_certificate(der).unwrap();
        let extension = certificate
            .extensions()
            .iter()
            .find(|extension| extension.oid.to_id_string() == "1.3.6.1.5.5.7.1.31")
            .unwrap();
        assert!(extension.critical);
        assert_eq!(
            extension.value,
            [&[4, 32][..], &digest].concat(),
            "an OCTET STRING"
        );
        let names = certificate.subject_alternative_name().unwrap().unwrap();
        assert_eq!(names.value.general_names.len(), 1);
    }

    #[test]
    fn what_does_not_belong_together_is_not_taken() {
        let made = rcgen::generate_simple_self_signed(["relay.example".to_owned()]).unwrap();
        let both = |key: &KeyPair, chain: &str| pair(&format!("{}\n{chain}", key.serialize_pem()));
        assert!(both(&made.signing_key, &made.cert.pem()).is_ok());
        let other = KeyPair::generate().unwrap();
        for trouble in [both(&other, &made.cert.pem()), both(&other, ""), pair("")] {
            assert_eq!(trouble.unwrap_err(), Trouble::unusable());
        }
    }
}
