//! What a valid definition becomes.

use pipeline::{
    ArraySize, Bindings, Compute, ContentHash, Definition, Gather, Goal, Incomplete, ObjectFilter, ParamType,
    S3Trigger, Stage, StageIndex, Trigger, When, parse,
};
use serde_json::json;

fn everything() -> Definition {
    parse("everything.yaml", include_str!("valid/everything.yaml")).unwrap_or_else(|faults| panic!("{faults}"))
}

fn stage<'d>(definition: &'d Definition, name: &str) -> &'d Stage {
    definition.stage(definition.index_of(name).unwrap()).unwrap()
}

fn at(positions: &[u16]) -> Vec<StageIndex> {
    positions.iter().copied().map(StageIndex::new).collect()
}

#[test]
fn the_least_definition() {
    let source = include_str!("valid/least.yaml");
    let definition = parse("least.yaml", source).unwrap();
    assert_eq!(definition.name.as_str(), "least");
    assert_eq!(definition.hash(), &ContentHash::of(source));
    assert_eq!(definition.hash().as_str().len(), 64);
    assert_eq!(
        (definition.description.as_deref(), definition.priority.get(), definition.share.as_ref()),
        (None, 0, None)
    );
    assert!(definition.triggers.is_empty() && definition.params.is_empty());
    let work = stage(&definition, "work");
    assert_eq!((work.compute, work.vcpu.to_string().as_str(), work.memory_mib), (Compute::Fargate, "1", 2048));
    assert_eq!(
        (work.gpu, work.timeout_s, work.retry.batch.attempts, work.array.as_ref(), work.priority),
        (None, None, 1, None, None)
    );
    assert_eq!((definition.roots(), definition.sinks()), (&at(&[0])[..], &at(&[0])[..]));
}

#[test]
fn the_head() {
    let definition = everything();
    assert_eq!(definition.name.as_str(), "csv-profile");
    assert_eq!(definition.description.as_deref(), Some("Profile a CSV file"));
    assert_eq!(definition.priority.get(), 100);
    assert_eq!(definition.share.as_ref().map(|share| share.as_str()), Some("analytics"));
    let types: Vec<_> = definition.params.values().map(|spec| spec.bounds.kind.as_str()).collect();
    assert_eq!(types, ["array", "integer", "string", "number", "boolean", "object", "string"]);
    let chunks = &definition.params["chunks"];
    assert!(matches!(chunks.bounds.kind, ParamType::Integer { minimum: Some(2), maximum: Some(100) }));
    assert_eq!((chunks.default.as_ref(), chunks.required), (Some(&json!(8)), false));
    assert_eq!(definition.params["region"].description.as_deref(), Some("Where"));
}

#[test]
fn triggers() {
    let definition = everything();
    let [first, second, third, batch, set, cron, rate, queue] = definition.triggers.as_slice() else { panic!("eight") };
    let s3 = |bucket: Option<&str>, prefix: &str, suffixes: &[&str]| {
        let suffixes = suffixes.iter().map(|suffix| (*suffix).to_owned()).collect();
        let objects = ObjectFilter { prefix: prefix.into(), suffixes, ..ObjectFilter::default() };
        let params = Bindings::default();
        Trigger::S3(S3Trigger { bucket: bucket.map(Into::into), objects, when: None, params, gather: None })
    };
    assert_eq!(*first, s3(Some("batchwright-inbox"), "profile/", &[".csv"]));
    assert_eq!(*second, s3(None, "more files/", &[]));
    let Trigger::S3(third) = third else { panic!("an s3 trigger") };
    assert_eq!((third.objects.prefix.as_str(), third.objects.min_bytes), ("by/", Some(1024)));
    assert_eq!(third.when.as_ref().map(|when| when.as_str()), Some("trigger.key.region != 'test'"));
    let gather = |trigger: &Trigger| match trigger {
        Trigger::S3(s3) => s3.gather.clone(),
        Trigger::Sqs(_) | Trigger::Schedule(_) => None,
    };
    let goal = Goal::Batch { max_items: 1000 };
    assert_eq!(gather(batch), Some(Gather { goal, window_s: 60 }));
    let goal = Goal::Count { by: vec!["date".to_owned()], needed: 24, incomplete: Incomplete::Run };
    assert_eq!(gather(set), Some(Gather { goal, window_s: 6 * 3600 }));
    let Trigger::Schedule(cron) = cron else { panic!("a schedule") };
    assert_eq!((cron.expression.to_string().as_str(), cron.timezone.as_str()), ("cron(0 6 * * ? *)", "Europe/Berlin"));
    assert_eq!(json!(cron.params), json!({ "region": "eu", "chunks": 4 }));
    let Trigger::Schedule(rate) = rate else { panic!("a schedule") };
    assert_eq!((rate.expression.to_string().as_str(), rate.timezone.as_str()), ("rate(5 minutes)", "UTC"));
    assert!(matches!(queue, Trigger::Sqs(sqs) if sqs.queue == "orders.fifo"));
}

#[test]
fn stages_with_defaults() {
    let definition = everything();
    let split = stage(&definition, "split");
    assert_eq!(split.image, "public.ecr.aws/docker/library/python:3.13");
    assert_eq!((split.compute, split.vcpu.as_f64(), split.memory_mib), (Compute::FargateSpot, 0.5, 2048));
    assert_eq!((split.timeout_s, split.retry.batch.attempts), (Some(5400), 3));
    assert_eq!(
        (definition.priority_of(split).get(), definition.priority_of(stage(&definition, "chunk")).get()),
        (9999, 100)
    );
    let env =
        |stage: &Stage| stage.env.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    assert_eq!(env(split), "REGION=${{ params.region }} LEVEL=info");
    let chunk = stage(&definition, "chunk");
    assert_eq!(env(chunk), "REGION=${{ params.region }} LEVEL=debug DEPTH=${{ params.options.depth }}");
    assert!(matches!(chunk.array, Some(ArraySize::Expression(_))));
    let train = stage(&definition, "train");
    assert_eq!(
        (train.compute, train.vcpu.as_f64(), train.memory_mib, train.gpu),
        (Compute::Ec2Spot, 8.0, 32768, Some(1))
    );
    assert_eq!(
        (train.timeout_s, train.retry.batch.attempts, train.array.as_ref()),
        (Some(172_800), 1, Some(&ArraySize::Fixed(8)))
    );
}

#[test]
fn the_graph() {
    let definition = everything();
    let names: Vec<_> = definition.stages().map(|(index, stage)| format!("{index} {}", stage.name)).collect();
    assert_eq!(names, ["0 split", "1 chunk", "2 train", "3 report", "4 clean-up", "5 alert"]);
    assert_eq!(stage(&definition, "report").needs, at(&[1, 2]));
    assert_eq!(stage(&definition, "train").needs, at(&[0]));
    assert_eq!(definition.dependents(StageIndex::new(0)), at(&[1, 2, 4]));
    assert!(
        definition.dependents(StageIndex::new(5)).is_empty() && definition.dependents(StageIndex::new(9)).is_empty()
    );
    assert_eq!((definition.roots(), definition.sinks()), (&at(&[0])[..], &at(&[5])[..]));
    assert_eq!((definition.index_of("Split"), definition.stage(StageIndex::new(6)).is_none()), (None, true));
    assert_eq!(stage(&definition, "chunk").reads_outputs_of, at(&[0]));
    assert_eq!(
        (stage(&definition, "train").allow_failure, &stage(&definition, "clean-up").when),
        (true, &When::Always)
    );
}

#[test]
fn the_same_text_is_the_same_version() {
    let source = include_str!("valid/least.yaml");
    assert_eq!(parse("a", source).unwrap().hash(), parse("b", source).unwrap().hash());
    assert_ne!(parse("a", source).unwrap().hash(), parse("a", &format!("{source}#\n")).unwrap().hash());
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_nothing() {
    let source = include_str!("valid/least.yaml");
    assert_eq!(parse("a", &format!("\u{feff}{source}")).unwrap().name.as_str(), "least");
    assert_eq!(parse("a", &source.replace('\n', "\r\n")).unwrap().name.as_str(), "least");
}
