//! The world's coasts, so that dots on a map lie somewhere.
//!
//! `assets/land.txt` has one closed outline a line, each point as tenths of a degree `east,north`. It is made from
//! Natural Earth's 1:50m land (public domain); see `assets/README.md`.

use super::projection::Projection;

const LAND: &str = include_str!("../../assets/land.txt");

/// The outlines within the picture, as the `d` of one SVG path.
pub(super) fn path(map: &Projection) -> String {
    LAND.lines().filter_map(|line| outline(line, map)).collect()
}

/// How far beyond the picture's edge an outline is drawn, so that the line along the cut is not seen.
const BEYOND: f64 = 8.0;

fn outline(line: &str, map: &Projection) -> Option<String> {
    let points: Vec<_> = line.split(' ').filter_map(point).map(|(east, north)| map.point(north, east)).collect();
    let points = clip(&points, |(x, _)| x + BEYOND);
    let points = clip(&points, |(x, _)| map.width + BEYOND - x);
    let points = clip(&points, |(_, y)| y + BEYOND);
    let points = clip(&points, |(_, y)| map.height + BEYOND - y);
    let mut steps: Vec<String> = points.iter().map(|(x, y)| format!("{x:.0} {y:.0}")).collect();
    steps.dedup();
    (steps.len() > 2).then(|| format!("M{}Z", steps.join("L")))
}

/// Cuts a closed outline at one edge, beyond which `inside` is negative (Sutherland and Hodgman).
fn clip(points: &[(f64, f64)], inside: impl Fn((f64, f64)) -> f64) -> Vec<(f64, f64)> {
    let mut kept = Vec::with_capacity(points.len());
    let before = points.iter().cycle().skip(points.len().saturating_sub(1));
    for (&from, &to) in before.zip(points) {
        let (start, end) = (inside(from), inside(to));
        if (start < 0.0) != (end < 0.0) {
            let share = start / (start - end);
            kept.push((from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share));
        }
        if end >= 0.0 {
            kept.push(to);
        }
    }
    kept
}

fn point(text: &str) -> Option<(f64, f64)> {
    let (east, north) = text.split_once(',')?;
    Some((east.parse::<f64>().ok()? / 10.0, north.parse::<f64>().ok()? / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_of_the_outlines_is_readable_and_on_earth() {
        for line in LAND.lines() {
            let points: Vec<_> = line.split(' ').map(|text| point(text).unwrap()).collect();
            assert!(points.len() >= 4);
            assert!(points.iter().all(|(east, north)| east.abs() <= 180.0 && north.abs() <= 90.0));
        }
    }

    #[test]
    fn the_middle_of_the_south_pacific_has_no_land() {
        let map = Projection::around([(-48.0, -123.0)].into_iter(), 1000.0).unwrap();
        assert_eq!(path(&map), "");
    }

    #[test]
    fn an_outline_is_cut_at_an_edge() {
        let square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        assert_eq!(clip(&square, |(x, _)| x), [(0.0, -1.0), (1.0, -1.0), (1.0, 1.0), (0.0, 1.0)]);
        assert_eq!(clip(&square, |(x, _)| x - 2.0), []);
    }
}
