//! HTML, for a phone, an email attachment or paper.

use std::fmt::Write as _;

use super::advice::{Advice, Task};
use super::escape::Html;
use super::page::page;
use super::repetition::{Section, sections};
use super::{IN_THE_WAY, capitalised, look_alikes, progress, uk_time_or};
use crate::cause::Cause;
use crate::guides::{Guide, GuideStep, Progress};
use crate::obstacle::Obstacle;
use crate::report::{CheckResult, Report};
use crate::step::Step;

// Writing to a string cannot fail.

impl Report {
    /// Returns the report as one self-contained HTML page without scripts.
    pub fn html(&self) -> String {
        let advice = Advice::of(self);
        let title = format!("{} ({})", advice.title, self.ods_code);
        let class = if self.healthy {
            "verdict good"
        } else {
            "verdict"
        };
        let mut main = format!("<div class=\"{class}\"><h1>{}</h1>\n", Html(&advice.title));
        for sentence in &advice.lead {
            let _ = writeln!(main, "<p>{}</p>", Html(sentence));
        }
        main.push_str("</div>\n");
        tasks(&mut main, &advice.tasks);
        for sentence in &advice.end {
            let _ = writeln!(main, "<p>{}</p>", Html(sentence));
        }
        let _ = write!(
            main,
            "<details lang=\"en-GB\">\n<summary>Technical details and other possible causes\
             </summary>\n<p>{}</p>\n",
            Html(format_args!("EMIS connection of {}.", self.ods_code)),
        );
        for (number, section) in (1..).zip(sections(&self.findings)) {
            article(&mut main, number, &section);
        }
        obstacles(&mut main, &self.obstacles);
        self.checks_table(&mut main);
        self.last_calls_table(&mut main);
        main.push_str("</details>\n");
        page(&title, self.language, &main)
    }

    fn checks_table(&self, main: &mut String) {
        main.push_str(
            "<h2>Checks</h2>\n<table>\n<thead><tr><th scope=\"col\">Check</th>\
             <th scope=\"col\">Result</th></tr></thead>\n<tbody>\n",
        );
        for check in &self.checks {
            let class = match check.result {
                CheckResult::Failed => " class=\"no\"",
                _ => "",
            };
            let probe = capitalised(&check.probe.to_string());
            let _ = writeln!(
                main,
                "<tr><th scope=\"row\">{}</th><td{class}>{}</td></tr>",
                Html(probe),
                Html(check.result),
            );
        }
        main.push_str("</tbody>\n</table>\n");
    }

    fn last_calls_table(&self, main: &mut String) {
        if self.last_calls.is_empty() {
            return;
        }
        main.push_str(
            "<h2>Work with EMIS</h2>\n<table>\n<thead><tr><th scope=\"col\">Calls for</th>\
             <th scope=\"col\">Last worked</th><th scope=\"col\">Last failed</th></tr></thead>\n\
             <tbody>\n",
        );
        for last in &self.last_calls {
            let _ = writeln!(
                main,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
                Html(capitalised(&last.capability.to_string())),
                uk_time_or(last.worked_at, "–"),
                uk_time_or(last.failed_at, "–"),
            );
        }
        main.push_str("</tbody>\n</table>\n");
    }
}

/// Writes the steps of a practice.
fn tasks(main: &mut String, tasks: &[Task]) {
    if tasks.is_empty() {
        return;
    }
    main.push_str("<ol>\n");
    for task in tasks {
        main.push_str("<li>");
        match (&task.path, &task.link) {
            (Some(path), Some(link)) => {
                let (path, link) = (Html(path), Html(link));
                let _ = write!(main, "<a class=\"path\" href=\"{link}\">{path}</a>");
            }
            (Some(path), None) => {
                let _ = write!(main, "<span class=\"path\">{}</span>", Html(path));
            }
            (None, _) => {}
        }
        for line in &task.lines {
            let _ = writeln!(main, "<span class=\"step\">{}</span>", Html(&line.step));
            if !line.branches.is_empty() {
                main.push_str("<ul>\n");
                for branch in &line.branches {
                    let _ = writeln!(main, "<li>{}</li>", Html(branch));
                }
                main.push_str("</ul>\n");
            }
        }
        main.push_str("</li>\n");
    }
    main.push_str("</ol>\n");
}

fn article(main: &mut String, number: usize, section: &Section<'_>) {
    let finding = section.finding;
    let _ = writeln!(
        main,
        "<article aria-labelledby=\"f{number}\">\n<h2 id=\"f{number}\">{number}. {}</h2>\n\
         <p class=\"facts\">{}, {}. Who needs to act: <strong>{}</strong>.</p>\n<p>{}</p>",
        Html(&finding.title),
        code(finding.cause),
        finding.certainty,
        Html(finding.actor),
        Html(&finding.explanation),
    );
    main.push_str("<h3>Evidence</h3>\n");
    match section.seen_at {
        Some(cause) => {
            let _ = writeln!(main, "<p>The evidence is as for {}.</p>", code(cause));
        }
        None => {
            main.push_str("<ul>\n");
            for sentence in &finding.evidence {
                let _ = writeln!(main, "<li>{}</li>", Html(sentence));
            }
            main.push_str("</ul>\n");
        }
    }
    if let Some(others) = look_alikes(finding, code) {
        let _ = writeln!(
            main,
            "<p>These causes look the same: {others}. These questions tell them apart:</p>\n<ul>"
        );
        for question in &finding.questions {
            let _ = writeln!(main, "<li>{}</li>", Html(question));
        }
        main.push_str("</ul>\n");
    }
    main.push_str("<h3>What to do</h3>\n");
    if let Some((shared, cause)) = section.begins_as {
        let _ = writeln!(
            main,
            "<p>Steps 1 to {shared} are the same as for {}. Then:</p>",
            code(cause)
        );
    }
    let (first, steps) = section.steps();
    let _ = writeln!(main, "<ol start=\"{first}\">");
    let mut place = None;
    for step in steps {
        let _ = writeln!(main, "<li>{}</li>", step_html(step, &mut place));
    }
    let _ = writeln!(
        main,
        "</ol>\n<p><strong>How you know it works:</strong> {}</p>\n<details><summary>For engineers</summary>\
         <p>{}</p></details>\n</article>",
        Html(&finding.mended),
        Html(&finding.for_engineers),
    );
}

fn obstacles(main: &mut String, obstacles: &[Obstacle]) {
    if !obstacles.is_empty() {
        let _ = writeln!(main, "<h2>{IN_THE_WAY}</h2>");
    }
    for obstacle in obstacles {
        let _ = writeln!(
            main,
            "<section>\n<h3>{}</h3>\n<p class=\"facts\">{}. Who needs to act: <strong>{}</strong>.</p>\n\
             <p>{}</p>\n<ol>",
            Html(&obstacle.title),
            code(obstacle.cause),
            Html(obstacle.actor),
            Html(&obstacle.explanation),
        );
        let mut place = None;
        for step in &obstacle.steps {
            let _ = writeln!(main, "<li>{}</li>", step_html(step, &mut place));
        }
        main.push_str("</ol>\n</section>\n");
    }
}

impl Guide {
    /// Returns the guide as one HTML page with tick boxes. Steps that a report shows as done are
    /// ticked.
    pub fn html(&self) -> String {
        let mut main = format!(
            "<h1>{}</h1>\n<p>{}</p>\n",
            Html(&self.title),
            Html(&self.introduction)
        );
        let mut number = 0;
        for part in &self.parts {
            let title = Html(&part.title);
            // Without its numbers it would be no list to some.
            let _ = writeln!(main, "<h2>{title}</h2>\n<ol class=\"ticks\" role=\"list\">");
            let mut place = None;
            for item in &part.steps {
                number += 1;
                ticked(&mut main, number, item, &mut place);
            }
            main.push_str("</ol>\n");
        }
        page(&self.title, self.language, &main)
    }
}

fn ticked(main: &mut String, number: usize, item: &GuideStep, place: &mut Option<String>) {
    let checked = match item.progress {
        Progress::Done => " checked",
        Progress::Open | Progress::Unknown => "",
    };
    let known = progress(item).map_or_else(String::new, |known| {
        format!("<span class=\"seen\">{}</span>", Html(known))
    });
    let _ = writeln!(
        main,
        "<li class=\"tick\"><input type=\"checkbox\" id=\"s{number}\"{checked}>\
         <label for=\"s{number}\">{}{known}</label></li>",
        step_html(&item.step, place),
    );
}

/// Returns a code that never breaks over two lines.
fn code(cause: Cause) -> String {
    format!("<span class=\"code\">{cause}</span>")
}

/// Returns the place, if it has changed, the action and the expected result.
fn step_html(step: &Step, place: &mut Option<String>) -> String {
    let mut text = String::new();
    let lead = step.lead();
    if let Some(lead) = lead.as_ref().filter(|_| lead != *place) {
        let _ = write!(text, "<span class=\"path\">{}</span>", Html(lead));
    }
    *place = lead;
    let _ = write!(
        text,
        "{}<span class=\"seen\">{}",
        Html(&step.action),
        Html(&step.expected)
    );
    for branch in &step.branches {
        let _ = write!(text, " {}: {}", Html(&branch.seen), Html(&branch.action));
    }
    if let Some(cause) = step.otherwise {
        let _ = write!(text, " If not: {}, {}.", Html(cause.short()), code(cause));
    }
    text.push_str("</span>");
    text
}
