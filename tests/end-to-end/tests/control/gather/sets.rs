//! `wait`: a run when a set is complete.

use end_to_end::Result;
use serde_json::json;

use super::{World, upload};

fn counted(incomplete: &str) -> String {
    format!(
        r#"
pipeline: sets
on:
  - s3:
      key: "in/{{day}}/{{part}}.csv"
      wait: {{ by: day, count: 3, window: 6h, incomplete: {incomplete} }}
      params: {{ day: "${{{{ trigger.key.day }}}}", parts: "${{{{ trigger.manifest.items }}}}" }}
params:
  day: {{ type: string }}
  parts: {{ type: integer }}
stages:
  all: {{ image: busybox, command: [work, "${{{{ params.day }}}}", "${{{{ params.parts }}}}", "${{{{ trigger.manifest.uri }}}}"] }}
"#
    )
}

const MARKED: &str = r#"
pipeline: marked
on:
  - s3:
      key: "in/{day}/**"
      wait: { by: day, marker: "in/{day}/_DONE", window: 1h, incomplete: run }
stages:
  all:
    image: busybox
    command: [work, "${{ trigger.manifest.uri }}", "${{ trigger.key.day }}", "${{ trigger.s3.key | default('none') }}"]
"#;

const HOUR: u64 = 3600;

#[tokio::test]
async fn a_set_is_run_when_the_last_of_it_has_come() -> Result<()> {
    let world = World::with(&counted("reject")).await?;
    world.bring(&[upload("in/mon/a.csv", 1), upload("in/tue/a.csv", 2)]).await?;
    // One that comes twice, and one that is overwritten, are one.
    world.bring(&[upload("in/mon/a.csv", 1), upload("in/mon/b.csv", 3), upload("in/mon/b.csv", 4)]).await?;
    assert_eq!(world.runs().await?, []);
    for id in world.due(&world.later(7 * HOUR)).await? {
        world.control.look_at_gathering(&id, &super::invocation()).await?;
    }
    assert_eq!(world.runs().await?, [], "two of three have come");
    world.bring(&[upload("in/mon/c.csv", 5)]).await?;
    for id in world.due(&world.later(7 * HOUR)).await? {
        world.control.look_at_gathering(&id, &super::invocation()).await?;
    }
    let runs = world.runs().await?;
    assert_eq!(runs.len(), 1);
    assert_eq!((&runs[0].params["day"], &runs[0].params["parts"]), (&json!("mon"), &json!(3)));
    assert_eq!(runs[0].trigger["manifest"]["complete"], true);
    let lines = world.manifest(&runs[0]).await?;
    let of: Vec<_> = lines.iter().map(|line| format!("{} {}", line["key"], line["etag"])).collect();
    assert_eq!(of, ["\"in/mon/a.csv\" \"etag-1\"", "\"in/mon/b.csv\" \"etag-4\"", "\"in/mon/c.csv\" \"etag-5\""]);
    // What comes once more begins no new set.
    world.bring(&[upload("in/mon/a.csv", 1), upload("in/mon/c.csv", 5)]).await?;
    world.look_after(7 * HOUR).await?;
    assert_eq!(world.runs().await?.len(), 1);
    let reasons = world.reasons().await?;
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(
        reasons[0].contains(r#"the set {"day":"tue"} is not complete: 1 of 3 objects came within 21600 s"#),
        "{reasons:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_incomplete_set_may_be_run_as_it_is() -> Result<()> {
    let world = World::with(&counted("run")).await?;
    world.bring(&[upload("in/mon/a.csv", 1), upload("in/mon/b.csv", 2)]).await?;
    world.look_after(5 * HOUR).await?;
    assert_eq!(world.runs().await?, []);
    world.look_after(6 * HOUR + 1).await?;
    let runs = world.runs().await?;
    assert_eq!((runs.len(), &runs[0].trigger["manifest"]["complete"]), (1, &json!(false)));
    assert_eq!(world.manifest(&runs[0]).await?.len(), 2);
    // Another set of the same group is another run.
    let later = world.later(7 * HOUR);
    for key in ["a", "b", "c"] {
        world.bring_to(&later, &[upload(&format!("in/mon/{key}.csv"), 9)]).await?;
    }
    world.look_after(14 * HOUR).await?;
    assert_eq!(world.runs().await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_marker_completes_a_set_with_what_was_late() -> Result<()> {
    let world = World::with(MARKED).await?;
    world.bring(&[upload("in/mon/x/a", 1), upload("in/mon/_DONE", 2)]).await?;
    let look = async |seconds| {
        let control = world.later(seconds);
        for id in world.due(&world.later(10 * HOUR)).await? {
            control.look_at_gathering(&id, &super::invocation()).await?;
        }
        Result::<usize>::Ok(world.runs().await?.len())
    };
    assert_eq!(look(59).await?, 0, "what was uploaded before may come after");
    world.bring(&[upload("in/mon/b", 3), upload("in/tue/a", 4)]).await?;
    assert_eq!(look(61).await?, 1);
    let run = &world.runs().await?[0];
    assert_eq!((&run.trigger["key"]["day"], &run.trigger["s3"]["key"]), (&json!("mon"), &json!("in/mon/_DONE")));
    assert_eq!(world.listed().await?.into_keys().collect::<Vec<_>>(), ["in/mon/b", "in/mon/x/a"]);
    // The marker, once more, completes nothing that comes later.
    world.bring(&[upload("in/mon/c", 5), upload("in/mon/_DONE", 2)]).await?;
    assert_eq!(look(200).await?, 1);
    assert_eq!(look(HOUR + 1).await?, 3, "both windows are over");
    assert!(world.runs().await?.iter().filter(|run| run.trigger["manifest"]["complete"] == false).count() == 2);
    Ok(())
}
