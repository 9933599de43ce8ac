//! Films and subtitles.

use end_to_end::Result;

use crate::example::Example;

#[tokio::test]
async fn a_film_is_encoded_in_as_many_parts_as_it_is_long() -> Result<()> {
    let example = Example::of("transcode").await?;
    let film: String = (0..2400).map(|n| format!("frame {n:05}\n")).collect();
    let ended = example.upload("videos/holiday.mp4", film.as_str()).await?;
    ended.succeeded_without(&[]);
    let playlist = ended.object("film.m3u8").await?;
    // 28,800 bytes are 28 seconds: three parts of ten.
    let parts: Vec<&str> = playlist.lines().filter(|line| line.starts_with("parts/")).collect();
    assert_eq!(parts, ["parts/0.ts", "parts/1.ts", "parts/2.ts"]);
    let mut whole = String::new();
    for part in parts {
        whole.push_str(&ended.object(part).await?);
    }
    assert_eq!(whole, film.to_uppercase());
    example.stop().await
}

#[tokio::test]
async fn a_talk_has_subtitles_in_each_language_though_a_line_is_wide() -> Result<()> {
    let example = Example::of("subtitles").await?;
    let talk = "Good morning.\nThis is a sentence that nobody can read in one line of a film.\n";
    let ended = example.upload("talks/opening.txt", talk).await?;
    let (run, notable) = ended.outcome();
    assert_eq!((run.as_str(), notable.len()), ("SUCCEEDED", 1), "{notable:?}");
    assert_eq!(notable.get("check").map(String::as_str), Some("FAILED"));
    assert!(ended.log("check")?.contains("characters wide"));
    for language in ["de", "fr", "es"] {
        let translated = ended.result(&format!("{language}.srt")).await?;
        assert!(translated.contains(&format!("[{language}] Good morning.")), "{translated}");
        assert!(translated.contains("00:00:00,000 --> 00:00:01,000"), "{translated}");
    }
    assert!(ended.log("publish")?.contains("published in de fr es the lines are checked: FAILED"));
    example.stop().await
}

#[tokio::test]
async fn silence_is_not_translated() -> Result<()> {
    let example = Example::of("subtitles").await?;
    example.upload("talks/silence.txt", "\n").await?.succeeded_without(&["translate"]);
    example.stop().await
}
