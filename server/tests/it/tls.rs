//! HTTPS by the program itself, with real certificates.

use domain::keys::Access;
use rustls::ProtocolVersion;
use rustls::version::{TLS12, TLS13};
use server::api::TrustedProxies;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::certificate::Certificate;
use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{Answer, Connection, Request, get};
use crate::support::program::{Program, fails, serve};
use crate::support::server::TestServer;
use crate::support::{Result, until};

const ALL: [&rustls::SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

/// A hello in TLS 1.1, as a client of that time says it.
fn hello_of_tls_1_1() -> Vec<u8> {
    let extensions = [
        &[0, 10, 0, 6, 0, 4, 0, 23, 0, 24][..], // groups: secp256r1, secp384r1
        &[0, 11, 0, 2, 1, 0],                   // points: uncompressed
        &[0, 13, 0, 6, 0, 4, 4, 3, 4, 1],       // signatures: ECDSA and RSA, SHA-256
    ]
    .concat();
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend([0, 6, 0xc0, 0x09, 0xc0, 0x13, 0x00, 0x2f]);
    hello.extend([1, 0]);
    hello.extend([0, u8::try_from(extensions.len()).unwrap_or(0)]);
    hello.extend(extensions);
    let length = u8::try_from(hello.len()).unwrap_or(0);
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length], hello.as_slice()].concat()
}

async fn answer(certificate: &Certificate, address: &str, request: &Request) -> Result<Answer> {
    let stream = certificate.connect(address, &ALL).await?;
    Connection::over(stream, address).send(request).await
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_and_nothing_older() -> Result {
    let (directory, certificate) = (TestDirectory::make()?, Certificate::make()?);
    let files = certificate.files(&directory)?;
    let server = TestServer::start_as(|config| config.api_tls = files).await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let address = server.addresses().api.clone();
    assert!(address.starts_with("https://"), "{address}");
    let patients = get("/v1/patients").host(&tenant.host()).key(&key.text);
    for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)]
    {
        let stream = certificate.connect(&address, &[version]).await?;
        assert_eq!(stream.get_ref().1.protocol_version(), Some(name));
        let mut connection = Connection::over(stream, &address);
        // Twice: the connection is kept.
        for _ in 0..2 {
            assert_eq!(connection.send(&patients).await?.status, 200, "{name:?}");
        }
    }
    let mut old = TcpStream::connect(address.trim_start_matches("https://")).await?;
    old.write_all(&hello_of_tls_1_1()).await?;
    let mut said = Vec::new();
    old.read_to_end(&mut said).await?;
    // An alert, fatal: protocol_version.
    assert_eq!((said.first(), said.get(5..)), (Some(&21), Some(&[2, 70][..])), "{said:?}");
    Ok(())
}

#[tokio::test]
async fn plain_http_is_told_so_and_who_dawdles_is_hung_up_on() -> Result {
    let (directory, certificate) = (TestDirectory::make()?, Certificate::make()?);
    let files = certificate.files(&directory)?;
    let server = TestServer::start_as(|config| config.api_tls = files).await?;
    let address = server.addresses().api.trim_start_matches("https://").to_owned();
    let dawdling = async |sent: &[u8]| {
        let mut stream = TcpStream::connect(&address).await?;
        stream.write_all(sent).await?;
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await?;
        Result::Ok(said)
    };
    let plain = get("/v1/patients").send(&address).await?;
    assert_eq!(
        (plain.status, plain.body.as_str()),
        (400, "HTTPS is required: use https:// here.\r\n")
    );
    let hello = hello_of_tls_1_1();
    let (nothing, half) = tokio::join!(dawdling(b""), dawdling(&hello[..20]));
    assert_eq!((nothing?, half?), (Vec::new(), Vec::new()));
    Ok(())
}

#[tokio::test]
async fn a_vendor_that_demands_https_takes_it() -> Result {
    let (directory, certificate) = (TestDirectory::make()?, Certificate::make()?);
    let files = certificate.files(&directory)?;
    let trusted = TrustedProxies::parse(&["127.0.0.1".to_owned()])?;
    for (trusted, proto, status) in [
        (TrustedProxies::default(), None, 200),
        // Nobody in particular says so.
        (TrustedProxies::default(), Some("http"), 200),
        (trusted.clone(), None, 200),
        (trusted.clone(), Some("https"), 200),
        // What came to the proxy in the open has been read on its way there.
        (trusted, Some("http"), 403),
    ] {
        let files = files.clone();
        let server = TestServer::start_as(|config| {
            (config.api_tls, config.require_https, config.trusted_proxies) = (files, true, trusted);
        })
        .await?;
        let tenant = server.tenant("deliverty").await?;
        let key = tenant.key(Access::ReadWrite).await?;
        let tasks = get("/api/v1/tasks").host("api.deliverty.localhost").key(&key.text);
        let tasks = match proto {
            Some(proto) => tasks.header("x-forwarded-proto", proto),
            None => tasks,
        };
        let answer = answer(&certificate, &server.addresses().api, &tasks).await?;
        assert_eq!(answer.status, status, "{proto:?}: {}", answer.body);
    }
    Ok(())
}

#[tokio::test]
async fn new_files_are_taken_over_and_broken_ones_are_not() -> Result {
    let (directory, database) = (TestDirectory::make()?, TestDatabase::make().await?);
    let [first, second] = [Certificate::make()?, Certificate::make()?];
    first.write(&directory)?;
    let [certificate, key] = Certificate::paths(&directory);
    let mut command = serve(&directory.join("data"), &directory.site()?);
    command
        .env("DATABASE_URL", database.url())
        .env("LATCHKEY_API_TLS_CERT", &certificate)
        .env("LATCHKEY_API_TLS_KEY", key);
    let mut program = Program::start(command, &directory.join("log")).await?;
    let address = program.api.clone();
    let mut kept = Connection::over(first.connect(&address, &ALL).await?, &address);
    let patients = get("/v1/patients");
    assert_eq!(kept.send(&patients).await?.status, 401);

    std::fs::write(&certificate, "-----BEGIN CERTIFICATE-----\nnothing\n")?;
    until("the broken file is noticed", Duration::from_secs(20), async || {
        Ok(program.log()?.contains("the one before stays"))
    })
    .await?;
    assert_eq!(answer(&first, &address, &patients).await?.status, 401);
    second.write(&directory)?;
    until("the new certificate is used", Duration::from_secs(20), async || {
        Ok(second.connect(&address, &ALL).await.is_ok())
    })
    .await?;
    assert!(first.connect(&address, &ALL).await.is_err(), "it is not the first one's any more");
    assert_eq!(kept.send(&patients).await?.status, 401, "who is connected stays so");

    // Neither an open connection nor half a handshake keeps the program from stopping.
    let mut half = TcpStream::connect(address.trim_start_matches("https://")).await?;
    half.write_all(&hello_of_tls_1_1()[..20]).await?;
    program.stop().await?;
    assert!(!program.log()?.contains("took too long"), "{}", program.log()?);
    Ok(())
}

#[tokio::test]
async fn files_that_cannot_be_used_are_told_before_anything_is_served() -> Result {
    let directory = TestDirectory::make()?;
    let [first, second] = [Certificate::make()?, Certificate::make()?];
    let [certificate, key] = Certificate::paths(&directory);
    second.write(&directory)?;
    let others = directory.join("others.key");
    std::fs::rename(&key, &others)?;
    first.write(&directory)?;
    let (missing, endless) = (directory.join("missing"), PathBuf::from("/dev/zero"));
    for (certificate, key, told) in [
        (&certificate, None, "name both, or neither"),
        (&missing, Some(&key), "cannot be read"),
        (&certificate, Some(&missing), "cannot be read"),
        (&key, Some(&key), "holds no certificate"),
        (&certificate, Some(&certificate), "holds no private key"),
        (&certificate, Some(&others), "is not the key of the certificate"),
        (&endless, Some(&key), "is longer than 1024 KiB"),
        (&certificate, Some(&endless), "is longer than 1024 KiB"),
    ] {
        let mut command = serve(&directory.join("data"), &directory.site()?);
        command.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
        command.env("LATCHKEY_API_TLS_CERT", certificate);
        if let Some(key) = key {
            command.env("LATCHKEY_API_TLS_KEY", key);
        }
        let (code, complaint) = fails(command).await?;
        assert_eq!(code, Some(1), "{complaint}");
        assert!(complaint.contains(told) && complaint.contains("--api-tls-cert"), "{complaint}");
    }
    // Cookies of a dashboard that does TLS are for HTTPS only, so that it has to be called so.
    let mut command = serve(&directory.join("data"), &directory.site()?);
    command
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
        .env("LATCHKEY_DASHBOARD_TLS_CERT", &certificate)
        .env("LATCHKEY_DASHBOARD_TLS_KEY", &key);
    let (code, complaint) = fails(command).await?;
    assert!(code == Some(1) && complaint.contains("--dashboard-url"), "{complaint}");
    Ok(())
}
