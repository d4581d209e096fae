//! Tests of TLS files. Certificates are made in each test.

use rcgen::{CertificateParams, KeyPair};

use super::*;

struct Made {
    folder: tempfile::TempDir,
}

impl Made {
    fn new() -> Self {
        let made = Self { folder: tempfile::tempdir().expect("a folder") };
        made.write();
        made
    }

    /// Another certificate in the same files.
    fn write(&self) {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = certificate.self_signed(&key).expect("signed");
        std::fs::write(self.folder.path().join("a.pem"), certificate.pem()).expect("written");
        std::fs::write(self.folder.path().join("a.key"), key.serialize_pem()).expect("written");
    }

    fn files(&self) -> TlsFiles {
        let path = |name| self.folder.path().join(name);
        TlsFiles { certificate: path("a.pem"), key: path("a.key"), client_ca: None }
    }
}

#[tokio::test]
async fn changed_files_are_taken_and_unchanged_ones_are_not() {
    let made = Made::new();
    let tls = Tls::open(made.files()).await.expect("good files");
    let first = tls.config();
    assert!(!tls.refresh().await.expect("good files"));
    assert!(Arc::ptr_eq(&first, &tls.config()));
    made.write();
    assert!(tls.refresh().await.expect("good files"));
    assert!(!Arc::ptr_eq(&first, &tls.config()));
}

#[tokio::test]
async fn files_that_cannot_be_used_leave_the_old_ones_and_are_told_once() {
    let made = Made::new();
    let tls = Tls::open(made.files()).await.expect("good files");
    let first = tls.config();
    for (name, text) in [("a.pem", "nothing"), ("a.key", "-----BEGIN PRIVATE KEY-----\nrubbish\n")] {
        std::fs::write(made.folder.path().join(name), text).expect("written");
        let error = tls.refresh().await.expect_err("bad files").to_string();
        assert!(error.contains(made.folder.path().to_str().expect("UTF-8")) && !error.contains("rubbish"), "{error}");
        assert!(!tls.refresh().await.expect("told once"));
    }
    std::fs::remove_file(made.folder.path().join("a.key")).expect("removed");
    assert!(matches!(tls.refresh().await, Err(TlsError::Unreadable { .. })));
    assert!(Arc::ptr_eq(&first, &tls.config()));
    made.write();
    assert!(tls.refresh().await.expect("good again"));
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused() {
    let (made, other) = (Made::new(), Made::new());
    let files = TlsFiles { key: other.files().key, ..made.files() };
    assert!(matches!(Tls::open(files).await, Err(TlsError::Unusable { .. })));
}
