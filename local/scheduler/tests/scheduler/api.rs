//! The API, as the AWS SDK speaks it.

use aws_sdk_scheduler::types::{FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, ScheduleState, Tag, Target};

use crate::setup::{Fixture, START, code, exact, ms, target};

#[tokio::test(start_paused = true)]
async fn a_schedule_is_given_back_as_it_was_made() {
    let it = Fixture::new();
    let create = it.create("daily", "cron(0 6 * * ? *)").description("each morning");
    let made = create.schedule_expression_timezone("Europe/Berlin").send().await.unwrap();
    assert_eq!(made.schedule_arn(), "arn:aws:scheduler:us-east-1:000000000000:schedule/default/daily");
    let got = it.client.get_schedule().name("daily").send().await.unwrap();
    assert_eq!(got.schedule_expression(), Some("cron(0 6 * * ? *)"));
    assert_eq!(got.schedule_expression_timezone(), Some("Europe/Berlin"));
    assert_eq!(got.description(), Some("each morning"));
    assert_eq!(got.group_name(), Some("default"));
    assert_eq!(got.state(), Some(&ScheduleState::Enabled));
    assert_eq!(got.target(), Some(&target().build().unwrap()));
    assert_eq!(got.flexible_time_window(), Some(&exact()));
    assert_eq!(got.creation_date().unwrap().to_millis().unwrap(), ms(START).cast_signed());
    assert_eq!(got.start_date(), None);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_is_made_once() {
    let it = Fixture::new();
    let create = |token: &str| it.create("daily", "cron(0 6 * * ? *)").client_token(token).send();
    create("a").await.unwrap();
    create("a").await.unwrap();
    let conflict = create("b").await.unwrap_err().into_service_error();
    assert!(conflict.is_conflict_exception(), "{conflict:?}");
    assert_eq!(conflict.meta().message(), Some("Schedule daily already exists."));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_not_found() {
    let it = Fixture::new();
    let expected = "ResourceNotFoundException";
    assert_eq!(code(it.client.get_schedule().name("none").send().await), expected);
    assert_eq!(code(it.client.delete_schedule().name("none").send().await), expected);
    assert_eq!(code(it.client.get_schedule_group().name("none").send().await), expected);
    assert_eq!(code(it.client.delete_schedule_group().name("none").send().await), expected);
    assert_eq!(code(it.create("a", "rate(1 day)").group_name("none").send().await), expected);
    assert_eq!(code(it.client.list_schedules().group_name("none").send().await), expected);
    let update = it.client.update_schedule().name("none").schedule_expression("rate(1 day)");
    let update = update.flexible_time_window(exact()).target(target().build().unwrap());
    assert_eq!(code(update.send().await), expected);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_legal_is_refused() {
    let it = Fixture::new();
    let window = |mode, minutes| {
        let window = FlexibleTimeWindow::builder().mode(mode).set_maximum_window_in_minutes(minutes);
        it.create("a", "rate(1 day)").flexible_time_window(window.build().unwrap())
    };
    let retries = |age, attempts| {
        let retries = RetryPolicy::builder().maximum_event_age_in_seconds(age).maximum_retry_attempts(attempts);
        it.create("a", "rate(1 day)").target(target().retry_policy(retries.build()).build().unwrap())
    };
    let no_role = Target::builder().arn("arn:aws:lambda:us-east-1:000000000000:function:f").role_arn("me");
    for (number, refused) in [
        it.create("a b", "rate(1 day)"),
        it.create(&"a".repeat(65), "rate(1 day)"),
        it.create("a", "rate(1 week)"),
        it.create("a", "cron(0 0 * * * *)"),
        it.create("a", "rate(1 day)").schedule_expression_timezone("Berlin"),
        it.create("a", "rate(1 day)").description("x".repeat(513)),
        it.create("a", "rate(1 day)").target(target().arn("function").build().unwrap()),
        it.create("a", "rate(1 day)").target(target().input("{").build().unwrap()),
        it.create("a", "rate(1 day)").target(no_role.build().unwrap()),
        it.create("a", "rate(1 day)").state("PAUSED".into()),
        window(FlexibleTimeWindowMode::Flexible, None),
        window(FlexibleTimeWindowMode::Flexible, Some(0)),
        window(FlexibleTimeWindowMode::Flexible, Some(1_441)),
        window(FlexibleTimeWindowMode::Off, Some(5)),
        retries(59, 0),
        retries(86_401, 0),
        retries(60, 186),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(code(refused.send().await), "ValidationException", "case {number}");
    }
    assert!(it.client.list_schedules().send().await.unwrap().schedules().is_empty());
}

#[tokio::test(start_paused = true)]
async fn schedules_are_listed_in_pages() {
    let it = Fixture::new();
    it.client.create_schedule_group().name("other").send().await.unwrap();
    for name in ["a-1", "a-2", "a-3", "b"] {
        it.create(name, "rate(1 day)").send().await.unwrap();
    }
    it.create("a-1", "rate(1 day)").group_name("other").state(ScheduleState::Disabled).send().await.unwrap();
    let list = || it.client.list_schedules().name_prefix("a-");
    let first = list().max_results(3).send().await.unwrap();
    let second = list().max_results(3).next_token(first.next_token().unwrap()).send().await.unwrap();
    let names = |page: &[aws_sdk_scheduler::types::ScheduleSummary]| -> Vec<String> {
        page.iter().map(|one| format!("{}/{}", one.group_name().unwrap(), one.name().unwrap())).collect()
    };
    assert_eq!(names(first.schedules()), ["default/a-1", "default/a-2", "default/a-3"]);
    assert_eq!((names(second.schedules()), second.next_token()), (vec!["other/a-1".to_owned()], None));
    let disabled = list().state(ScheduleState::Disabled).send().await.unwrap();
    assert_eq!(names(disabled.schedules()), ["other/a-1"]);
    assert_eq!(it.client.list_schedules().group_name("default").send().await.unwrap().schedules().len(), 4);
    assert_eq!(code(list().next_token("!").send().await), "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn a_group_goes_with_its_schedules() {
    let it = Fixture::new();
    let create = || it.client.create_schedule_group().name("nightly").send();
    let made = create().await.unwrap();
    assert_eq!(made.schedule_group_arn(), "arn:aws:scheduler:us-east-1:000000000000:schedule-group/nightly");
    assert_eq!(code(create().await), "ConflictException");
    it.scheduler.create_group("nightly").unwrap();
    it.create("a", "rate(1 day)").group_name("nightly").send().await.unwrap();
    let groups = it.client.list_schedule_groups().send().await.unwrap();
    let names: Vec<_> = groups.schedule_groups().iter().filter_map(|group| group.name()).collect();
    assert_eq!(names, ["default", "nightly"]);
    it.client.delete_schedule_group().name("nightly").send().await.unwrap();
    it.run(60).await;
    assert_eq!(it.fired(), []);
    assert_eq!(code(it.client.delete_schedule_group().name("default").send().await), "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn groups_have_tags() {
    let it = Fixture::new();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let made = it.client.create_schedule_group().name("nightly").tags(tag("a", "1")).send().await.unwrap();
    let arn = made.schedule_group_arn();
    it.client.tag_resource().resource_arn(arn).tags(tag("b", "2")).send().await.unwrap();
    it.client.untag_resource().resource_arn(arn).tag_keys("a").send().await.unwrap();
    let tags = it.client.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags(), [tag("b", "2")]);
    let schedule = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/a";
    assert_eq!(code(it.client.list_tags_for_resource().resource_arn(schedule).send().await), "ValidationException");
}
