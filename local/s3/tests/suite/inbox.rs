//! Dropping a file is an upload.

use std::{fs, path::PathBuf, time::Duration};

use local_s3::Inbox;
use tokio::time::advance;

use crate::world::{BUCKET, World, open, world};

fn folder(world: &World) -> PathBuf {
    world.folder.path().join("inbox")
}

fn inbox(world: &World) -> Inbox {
    Inbox::open(world.s3.clone(), folder(world), BUCKET.to_owned()).unwrap()
}

/// What is put when a settling time has passed.
async fn settled(inbox: &mut Inbox) -> Vec<String> {
    assert_eq!(inbox.look().await.unwrap().put, Vec::<String>::new());
    advance(Duration::from_millis(500)).await;
    inbox.look().await.unwrap().put
}

#[tokio::test(start_paused = true)]
async fn a_settled_file_is_put_once_and_again_when_it_changes() {
    let world = world().await;
    let mut inbox = inbox(&world);
    let folder = folder(&world);
    fs::create_dir(folder.join("2024")).unwrap();
    fs::write(folder.join("2024/a b.csv"), "hello").unwrap();
    fs::write(folder.join(".hidden"), "x").unwrap();
    fs::write(folder.join("later.csv.part"), "x").unwrap();
    assert_eq!(settled(&mut inbox).await, ["2024/a b.csv"]);
    assert_eq!(world.get("2024/a b.csv").await, b"hello");
    assert_eq!(world.events.names(), ["ObjectCreated:Put 2024/a+b.csv"]);
    assert!(settled(&mut inbox).await.is_empty(), "it is put once");
    assert_eq!(fs::read(folder.join("2024/a b.csv")).unwrap(), b"hello", "the file stays");
    fs::write(folder.join("2024/a b.csv"), "hello again").unwrap();
    assert_eq!(settled(&mut inbox).await, ["2024/a b.csv"]);
    assert_eq!(world.get("2024/a b.csv").await, b"hello again");
    fs::rename(folder.join("later.csv.part"), folder.join("later.csv")).unwrap();
    assert_eq!(settled(&mut inbox).await, ["later.csv"]);
    fs::remove_file(folder.join("later.csv")).unwrap();
    assert!(settled(&mut inbox).await.is_empty());
    assert_eq!(world.get("later.csv").await, b"x", "an object outlives its file");
    fs::write(folder.join("later.csv"), "x").unwrap();
    assert_eq!(settled(&mut inbox).await, ["later.csv"], "it came again");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_grows_waits() {
    let world = world().await;
    let mut inbox = inbox(&world);
    let file = folder(&world).join("growing.csv");
    for length in 1..6 {
        fs::write(&file, "x".repeat(length)).unwrap();
        let looked = inbox.look().await.unwrap();
        assert_eq!((looked.put.len(), looked.settling), (0, 1), "{length}");
        advance(Duration::from_millis(499)).await;
    }
    inbox.look().await.unwrap();
    advance(Duration::from_millis(1)).await;
    assert_eq!(inbox.look().await.unwrap().put, ["growing.csv"]);
    assert_eq!(world.get("growing.csv").await, b"xxxxx");
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_what_was_put_is_known_and_the_rest_is_put() {
    let before = world().await;
    let mut first = inbox(&before);
    fs::write(folder(&before).join("known.csv"), "x").unwrap();
    assert_eq!(settled(&mut first).await, ["known.csv"]);
    drop(first);
    let after = open(before.killed());
    fs::write(folder(&after).join("new.csv"), "x").unwrap();
    let mut second = inbox(&after);
    assert_eq!(settled(&mut second).await, ["new.csv"]);
    assert_eq!(after.events.names(), ["ObjectCreated:Put known.csv", "ObjectCreated:Put new.csv"]);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_link_is_not_followed_and_a_long_path_is_left_out() {
    let world = world().await;
    let mut inbox = inbox(&world);
    let folder = folder(&world);
    let secret = world.folder.path().join("secret");
    fs::write(&secret, "x").unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("link.csv")).unwrap();
    let deep = folder.join("d".repeat(250)).join("d".repeat(250)).join("d".repeat(250)).join("d".repeat(250));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("e".repeat(30)), "x").unwrap();
    assert!(settled(&mut inbox).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn it_runs_by_itself() {
    let world = world().await;
    let running = tokio::spawn(inbox(&world).run());
    fs::write(folder(&world).join("a.csv"), "hello").unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.get("a.csv").await, b"hello");
    running.abort();
}
