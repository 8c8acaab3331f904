use super::*;

fn pair(folder: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (cert, key)
}

#[test]
fn a_new_pair_is_taken_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = pair(folder.path());
    let certificates = Certificates::load(&cert, &key).unwrap();
    let own = || certificates.current().unwrap().cert.first().unwrap().to_vec();
    let first = own();
    assert_eq!(certificates.renew(), Ok(false), "nothing has changed");
    let old_key = std::fs::read(&key).unwrap();
    pair(folder.path());
    let new_key = std::fs::read(&key).unwrap();
    std::fs::write(&key, old_key).unwrap();
    assert!(matches!(certificates.renew(), Err(TlsError::Mismatch { .. })));
    assert_eq!(own(), first, "the old one stays");
    assert_eq!(certificates.renew(), Ok(false), "told once");
    std::fs::write(&key, new_key).unwrap();
    assert_eq!(certificates.renew(), Ok(true));
    assert_ne!(own(), first);
    std::fs::remove_file(&cert).unwrap();
    assert_eq!(certificates.renew(), Err(TlsError::Unreadable(cert)));
}

#[test]
fn what_is_wrong_with_the_files_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = pair(folder.path());
    let none = folder.path().join("none");
    assert_eq!(
        facts(&none, &key).unwrap_err(),
        TlsError::Unreadable(none.clone())
    );
    assert_eq!(facts(&cert, &none).unwrap_err(), TlsError::Unreadable(none));
    assert_eq!(
        facts(&key, &key).unwrap_err(),
        TlsError::NoCertificate(key.clone())
    );
    assert_eq!(facts(&cert, &cert).unwrap_err(), TlsError::NoKey(cert.clone()));
    let Facts { end, names, .. } = facts(&cert, &key).unwrap();
    assert_eq!(names, ["localhost"]);
    assert!(left(end, std::time::SystemTime::now()).is_some());
    assert_eq!(left(end, UNIX_EPOCH + end + Duration::from_secs(1)), None);
}

/// What came of a handshake: the first certificate, what is spoken, and how it went.
type Shaken = (Vec<u8>, Option<Vec<u8>>, rustls::HandshakeKind);

/// A handshake with this client, in memory.
fn shaken(server: &TlsAcceptor, client: &Arc<rustls::ClientConfig>) -> Result<Shaken, rustls::Error> {
    let name = "localhost".try_into().unwrap();
    let mut client = rustls::ClientConnection::new(Arc::clone(client), name).unwrap();
    let mut server = rustls::ServerConnection::new(Arc::clone(server.config())).unwrap();
    // As often as both need; then once more, for what the server has to say afterwards.
    for _ in 0..6 {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        server.read_tls(&mut bytes.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut bytes = Vec::new();
        server.write_tls(&mut bytes).unwrap();
        client.read_tls(&mut bytes.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    let own = client.peer_certificates().unwrap().first().unwrap().to_vec();
    let spoken = client.alpn_protocol().map(<[u8]>::to_vec);
    Ok((own, spoken, client.handshake_kind().unwrap()))
}

fn client(roots: &[CertificateDer<'static>], spoken: &[&[u8]]) -> Arc<rustls::ClientConfig> {
    let mut store = rustls::RootCertStore::empty();
    for root in roots {
        store.add(root.clone()).unwrap();
    }
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = spoken.iter().map(|spoken| spoken.to_vec()).collect();
    Arc::new(config)
}

fn certified(name: &str) -> CertifiedKey {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    CertifiedKey::from_der(vec![made.cert.der().clone()], key, &ring::default_provider()).unwrap()
}

#[test]
fn only_who_asks_for_a_challenge_and_nothing_else_is_shown_it() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = pair(folder.path());
    let certificates = Certificates::load(&cert, &key).unwrap();
    let server = certificates.acceptor().unwrap();
    let own = certificates.current().unwrap().cert.clone();
    let proof = certified("localhost");
    let shown = proof.cert.clone();
    let roots = [own[0].clone(), shown[0].clone()];
    let ask = |spoken: &[&[u8]]| shaken(&server, &client(&roots, spoken));
    assert!(ask(&[CHALLENGE]).is_err(), "there is none");
    certificates.show("elsewhere", certified("elsewhere"));
    assert!(ask(&[CHALLENGE]).is_err(), "for this name");
    certificates.show("localhost", proof);
    let (given, spoken, _) = ask(&[CHALLENGE]).unwrap();
    assert_eq!((given, spoken.unwrap()), (shown[0].to_vec(), CHALLENGE.to_vec()));
    for usual in [&[HTTP][..], &[b"h2", HTTP], &[CHALLENGE, HTTP], &[]] {
        let (given, spoken, _) = ask(usual).unwrap();
        assert_eq!(given, own[0].to_vec());
        assert_ne!(spoken.as_deref(), Some(CHALLENGE));
    }
    certificates.show_nothing();
    assert!(ask(&[CHALLENGE]).is_err());
}

#[test]
fn without_a_certificate_there_is_no_handshake_and_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let both = folder.path().join("both.pem");
    let certificates = Certificates::load_if_any(&both);
    assert!(!certificates.has_one());
    let server = certificates.acceptor().unwrap();
    assert!(shaken(&server, &client(&[], &[HTTP])).is_err());
    let (cert, key) = pair(folder.path());
    let text = [std::fs::read(key).unwrap(), std::fs::read(cert).unwrap()].concat();
    std::fs::write(&both, text).unwrap();
    assert_eq!(certificates.renew(), Ok(true));
    let own = certificates.current().unwrap().cert.clone();
    shaken(&server, &client(&own, &[HTTP])).unwrap();
    assert!(Certificates::load_if_any(&both).has_one());
}

/// A ticket, or a session of TLS 1.2, would tell the relay that a browser was here before.
#[test]
fn nobody_is_known_again() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = pair(folder.path());
    let certificates = Certificates::load(&cert, &key).unwrap();
    let own = certificates.current().unwrap().cert.clone();
    for versions in [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13]] {
        let resuming = |server: &TlsAcceptor| {
            let mut store = rustls::RootCertStore::empty();
            store.add(own[0].clone()).unwrap();
            let provider = Arc::new(ring::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(versions)
                .unwrap()
                .with_root_certificates(store)
                .with_no_client_auth();
            let client = Arc::new(config);
            shaken(server, &client).unwrap();
            shaken(server, &client).unwrap().2
        };
        let server = certificates.acceptor().unwrap();
        assert_eq!(resuming(&server), rustls::HandshakeKind::Full);
        // The control: the same client with the library's own server.
        let usual = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Certificates>::clone(&certificates));
        let usual = TlsAcceptor::from(Arc::new(usual));
        assert_eq!(resuming(&usual), rustls::HandshakeKind::Resumed);
    }
}
