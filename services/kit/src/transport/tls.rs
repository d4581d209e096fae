//! Owns TLS of calls: whose certificates a caller accepts, and what it shows of itself. Never of who listens.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// The files of a caller's TLS, all in PEM. They are read for every connection, so that changed ones are taken.
#[derive(Debug, Clone, Default)]
pub struct CallTls {
    /// The authorities whose certificates are accepted; those of the system when there is none.
    pub ca: Option<PathBuf>,
    /// The files of a certificate and of its key that are shown to who asks.
    pub shown: Option<(PathBuf, PathBuf)>,
}

/// There is no TLS from these files. Never holds what is in them.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CallTlsError(String);

impl CallTls {
    /// Reads everything. Errors: a file is not there or not what it should be, the key is another certificate's, or the system
    /// has no authorities.
    pub fn check(&self) -> Result<(), CallTlsError> {
        self.config().map(|_| ())
    }

    /// Makes a connection one of TLS. Errors: as [`CallTls::check`]; the other side has no certificate that is accepted, or
    /// accepts none of ours.
    pub(super) async fn shake_hands(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let files = self.clone();
        let read = crate::task::blocking(move || files.config()).await.map_err(io::Error::other)?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::new(read.map_err(io::Error::other)?)).connect(name, stream).await
    }

    fn config(&self) -> Result<ClientConfig, CallTlsError> {
        let roots = match &self.ca {
            Some(path) => roots_of(certificates(path)?),
            None => system_roots(),
        };
        if roots.is_empty() {
            let place = self.ca.as_ref().map_or("the system".into(), |path| path.display().to_string());
            return Err(CallTlsError(format!("{place} has no certificates of authorities")));
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| CallTlsError(error.to_string()))?
            .with_root_certificates(roots);
        let mut config = match &self.shown {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                builder.with_client_auth_cert(certificates(certificate)?, key_of(key)?).map_err(|error| {
                    CallTlsError(format!("{} and its key cannot be used: {error}", certificate.display()))
                })?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, CallTlsError> {
    let missing = || CallTlsError(format!("{}: no certificate in PEM", path.display()));
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&read(path)?).collect::<Result<_, _>>().map_err(|_| missing())?;
    if found.is_empty() { Err(missing()) } else { Ok(found) }
}

fn key_of(path: &Path) -> Result<PrivateKeyDer<'static>, CallTlsError> {
    PrivateKeyDer::from_pem_slice(&read(path)?)
        .map_err(|_| CallTlsError(format!("{}: no private key in PEM", path.display())))
}

fn read(path: &Path) -> Result<Vec<u8>, CallTlsError> {
    std::fs::read(path).map_err(|error| CallTlsError(format!("{} cannot be read: {error}", path.display())))
}

fn roots_of(certificates: Vec<CertificateDer<'static>>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // What rustls cannot read signs nothing that it accepts.
    roots.add_parsable_certificates(certificates);
    roots
}

/// Those of the system, read once: there are many, and a new one comes with an update of the system.
fn system_roots() -> RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| roots_of(rustls_native_certs::load_native_certs().certs)).clone()
}
