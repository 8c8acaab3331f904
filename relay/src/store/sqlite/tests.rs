//! The store on real files.

use super::*;
use crate::pepper::Pepper;

async fn store(directory: &tempfile::TempDir) -> SqliteStore {
    let pepper = Arc::new(Pepper::derive(&[7; 32]));
    SqliteStore::open(&directory.path().join("sotto.db"), pepper, Rules::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn the_salt_stays() {
    let directory = tempfile::tempdir().unwrap();
    let first = store(&directory).await;
    let salt = first.salt();
    first.close().await.unwrap();
    assert_eq!(store(&directory).await.salt(), salt);
}
