//! A stage that is done once for each of many items.

use std::{collections::BTreeMap, path::Path};

use control::{RunId, table::whole_run::WholeRun};
use end_to_end::{Laptop, Result, eventually};
use local_surface::WORK_BUCKET;
use machine::{Stage, stage::State};
use serde_json::{Value, json};

/// A pipeline whose job notes each try in a file of its index, and fails as long as there is a file `broken-<index>`.
fn definition(folder: &Path, foreach: &str, more: &str) -> String {
    format!(
        "pipeline: many\nparams: {{ list: {{ type: array, default: [] }}, place: {{ type: string, default: '' }} }}\n\
         defaults: {{ image: busybox, env: {{ UNUSED: '${{{{ params.list | length }}}} ${{{{ params.place }}}}' }} }}\nstages:\n  work:\n    \
         foreach: {foreach}\n{more}    command:\n      - sh\n      - -c\n      - |\n        index=\"${{AWS_BATCH_JOB_ARRAY_INDEX:-0}}\"\n        \
         echo \"$BATCHWRIGHT_ATTEMPT $BATCHWRIGHT_ITEMS\" >>\"$0/tried-$index\"\n        ! [ -e \"$0/broken-$index\" ]\n      - '{}'\n  \
         after: {{ needs: work, command: ['true'] }}\n",
        folder.display()
    )
}

/// The items of each chunk's every attempt, in the order of their keys.
async fn written(laptop: &Laptop, run: &RunId) -> Result<BTreeMap<String, Vec<String>>> {
    let prefix = format!("items/{run}/work/");
    let listed = laptop.s3().list_objects_v2().bucket(WORK_BUCKET).prefix(&prefix).send().await?;
    let mut items = BTreeMap::new();
    for key in listed.contents().iter().filter_map(|object| object.key()) {
        let object = laptop.s3().get_object().bucket(WORK_BUCKET).key(key).send().await?;
        let text = String::from_utf8(object.body.collect().await?.to_vec())?;
        let name = key.rsplit('/').next().unwrap_or_default().to_owned();
        items.insert(name, text.lines().map(str::to_owned).collect());
    }
    Ok(items)
}

fn stage<'a>(whole: &'a WholeRun, name: &str) -> Result<&'a Stage> {
    Ok(&whole.stages.get(name).ok_or_else(|| format!("there is no {name}: {:?}", whole.stages.keys()))?.value)
}

fn why(stage: &Stage) -> String {
    if let State::Ended(ended) = &stage.state {
        return ended.cause.as_ref().map(|cause| cause.text.clone()).unwrap_or_default();
    }
    format!("{:?}", stage.state)
}

fn tries(folder: &Path, index: u32) -> usize {
    std::fs::read_to_string(folder.join(format!("tried-{index}"))).map_or(0, |text| text.lines().count())
}

async fn ended_again(laptop: &Laptop, run: &RunId) -> Result<WholeRun> {
    eventually("the second end", async || {
        let whole = laptop.ended(run).await?;
        Ok((whole.run.value.run.epoch.0 == 2).then_some(whole))
    })
    .await
}

#[tokio::test]
async fn a_list_becomes_an_array_and_a_further_attempt_has_only_what_failed() -> Result<()> {
    let laptop = Laptop::start().await?;
    let folder = laptop.folder().to_owned();
    for broken in [1, 3] {
        std::fs::write(folder.join(format!("broken-{broken}")), "")?;
    }
    // The second attempt has two items, of the indexes 0 and 1: the second of them fails again.
    let more = "    retry: { exit: { limit: 2, backoff: 1s } }\n";
    laptop.register(&definition(&folder, "'${{ params.list }}'", more)).await?;
    let run = laptop.run("many", json!({ "list": ["a", 2, { "c": 3 }, "d e", "f"] })).await?;
    let whole = laptop.ended(&run).await?;
    let chunk = stage(&whole, "work#1-0")?;
    assert_eq!((chunk.state.name(), chunk.attempt.0, why(stage(&whole, "work")?).as_str()), ("SUCCEEDED", 3, ""));
    let items = written(&laptop, &run).await?;
    let of = |name: &str| items.get(name).map(|lines| lines.join("|"));
    assert_eq!(of("0.txt").as_deref(), Some("a|2|{\"c\":3}|d e|f"));
    assert_eq!(of("0-2.txt").as_deref(), Some("2|d e"));
    assert_eq!(of("0-3.txt").as_deref(), Some("d e"), "one alone, without an array, has the index 0");
    assert_eq!([0, 1, 2, 3, 4].map(|index| tries(&folder, index)), [3, 2, 1, 1, 1]);
    assert_eq!(stage(&whole, "after")?.state.name(), "SUCCEEDED");
    laptop.stop().await
}

#[tokio::test]
async fn a_retry_of_the_run_does_again_only_the_items_that_failed() -> Result<()> {
    let laptop = Laptop::start().await?;
    let folder = laptop.folder().to_owned();
    std::fs::write(folder.join("broken-2"), "")?;
    laptop.register(&definition(&folder, "'${{ params.list }}'", "")).await?;
    let run = laptop.run("many", json!({ "list": ["a", "b", "c", "d"] })).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(why(stage(&whole, "work")?), "1 of 4 items failed");
    laptop.request(&json!({ "action": "retry", "run_id": run.as_str() }).to_string()).await?;
    let whole = ended_again(&laptop, &run).await?;
    assert_eq!(whole.run.value.run.status.name(), "SUCCEEDED");
    assert_eq!(written(&laptop, &run).await?.get("0-2.txt"), Some(&vec!["c".to_owned()]));
    assert_eq!([0, 1, 2, 3].map(|index| tries(&folder, index)), [2, 1, 1, 1]);
    laptop.stop().await
}

#[tokio::test]
async fn the_lines_of_an_object_are_items_too_in_as_many_chunks_as_run_at_once() -> Result<()> {
    let laptop = Laptop::start().await?;
    let folder = laptop.folder().to_owned();
    let foreach = "{ in: '${{ params.place }}', max_parallel: 8, min_success: 80% }";
    laptop.register(&definition(&folder, foreach, "")).await?;
    let lines: Vec<String> = (0..11).map(|number| format!("line {number}")).collect();
    let body = format!("{}\r\n\n{}", lines[..5].join("\n"), lines[5..].join("\n"));
    laptop.s3().put_object().bucket(WORK_BUCKET).key("mine/list.txt").body(body.into_bytes().into()).send().await?;
    let run = laptop.run("many", json!({ "place": format!("s3://{WORK_BUCKET}/mine/list.txt") })).await?;
    let whole = laptop.ended(&run).await?;
    let work = stage(&whole, "work")?;
    assert_eq!(work.state.name(), "SUCCEEDED", "{}", why(work));
    let counts = work.fan_out.as_ref().map(|fan_out| (fan_out.parts.chunk, fan_out.parts.chunks(), fan_out.counts()));
    assert_eq!(counts, Some((2, 6, (11, 0))));
    let mut all: Vec<String> = written(&laptop, &run).await?.into_values().flatten().collect();
    all.sort_by_key(|line| line.len() * 100 + usize::from(line.ends_with('0')));
    assert_eq!(all.len(), 11);
    assert!(lines.iter().all(|line| all.contains(line)), "{all:?}");
    laptop.stop().await
}

#[tokio::test]
async fn each_item_may_have_a_job_of_its_own() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop
        .register(
            "pipeline: each\nparams: { samples: { type: array } }\ndefaults: { image: busybox }\nstages:\n  \
             test:\n    foreach: { in: '${{ params.samples }}', mode: jobs, max_parallel: 2, min_success: 50% }\n    \
             command: [test, '${{ item.name }}', '!=', bad]\n",
        )
        .await?;
    let names = |names: [&str; 4]| names.map(|name| json!({ "name": name })).to_vec();
    let run = laptop.run("each", json!({ "samples": names(["a", "bad", "c d", "bad"]) })).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(whole.run.value.run.status.name(), "SUCCEEDED", "{}", why(stage(&whole, "test")?));
    let ends = [0, 1, 2, 3].map(|number| stage(&whole, &format!("test#1-{number}")).map(|chunk| chunk.state.name()));
    let ends: Vec<_> = ends.into_iter().collect::<Result<_>>()?;
    assert_eq!(ends, ["SUCCEEDED", "FAILED", "SUCCEEDED", "FAILED"]);
    let run = laptop.run("each", json!({ "samples": names(["a", "bad", "bad", "bad"]) })).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(why(stage(&whole, "test")?), "3 of 4 items failed");
    laptop.stop().await
}

#[tokio::test]
async fn no_items_are_nothing_to_do_and_bad_ones_fail_in_words() -> Result<()> {
    let laptop = Laptop::start().await?;
    let folder = laptop.folder().to_owned();
    laptop.register(&definition(&folder, "'${{ params.list if params.list else params.place }}'", "")).await?;
    let absent = format!("s3://{WORK_BUCKET}/nowhere");
    for (params, status, words) in [
        (json!({ "list": ["a\nb"] }), "FAILED", "stage `work`, foreach: item 0 has more than one line"),
        (json!({ "place": "x" }), "FAILED", "stage `work`, foreach: \"x\" is neither a list nor the S3 URI"),
        (json!({ "place": absent }), "FAILED", "there is no such object"),
    ] {
        let run = laptop.run("many", params).await?;
        let whole = laptop.ended(&run).await?;
        let work = stage(&whole, "work")?;
        assert_eq!(work.state.name(), status);
        assert!(why(work).contains(words), "{:?} without {words:?}", why(work));
    }
    laptop.register(&definition(&folder, "'${{ params.list }}'", "")).await?;
    let run = laptop.run("many", Value::Object(serde_json::Map::new())).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!((stage(&whole, "work")?.state.name(), stage(&whole, "after")?.state.name()), ("SKIPPED", "SUCCEEDED"));
    laptop.stop().await
}

#[tokio::test]
async fn a_cancel_ends_the_chunks_at_work_and_lets_no_other_begin() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop
        .register(
            "pipeline: slow\nparams: { l: { type: array, default: [1, 2, 3, 4, 5, 6] } }\nstages:\n  wait:\n    image: busybox\n    \
             foreach: { in: '${{ params.l }}', mode: jobs, max_parallel: 2 }\n    command: [sleep, '100${{ item }}']\n",
        )
        .await?;
    let run = laptop.run("slow", json!({})).await?;
    let table = laptop.table();
    eventually("two jobs", async || {
        let whole = table.whole_run(&run).await?;
        let submitted = |whole: &WholeRun| whole.stages.values().filter(|stage| stage.value.job().is_some()).count();
        Ok(whole.filter(|whole| submitted(whole) == 2).map(drop))
    })
    .await?;
    laptop.request(&json!({ "action": "cancel", "run_id": run.as_str() }).to_string()).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(whole.run.value.run.status.name(), "CANCELLED");
    let chunks: Vec<_> = whole.stages.keys().filter(|name| name.starts_with("wait#")).collect();
    assert_eq!(chunks.len(), 2, "{chunks:?}");
    laptop.stop().await
}
