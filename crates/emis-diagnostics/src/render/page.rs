//! The HTML frame: one file without scripts, fonts or images.

use std::fmt::Write as _;

use super::escape::Html;
use crate::language::Language;

/// Contrast is at least 7 to 1; sizes follow the reader's own; nothing is wider than a narrow
/// phone.
const STYLE: &str = "\
:root{color-scheme:light;--ink:#16202b;--soft:#3d4a57;--line:#c3ccd5;--paper:#fff;--tint:#f2f5f8;\
--bad:#8f1414;--good:#0f5132;--focus:#0b4fa8}\
*{box-sizing:border-box}\
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,\
'Segoe UI',Roboto,Arial,sans-serif}\
main{max-width:46rem;margin:0 auto;padding:1.25rem 1rem 3rem}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}\
h2{font-size:1.2rem;line-height:1.3;margin:2rem 0 .5rem}\
h3{font-size:1rem;margin:1.25rem 0 .35rem}\
p,ul,ol{margin:.5rem 0}\
h1,h2,h3,p,li,td,th{overflow-wrap:break-word}\
ol,ul{padding-left:1.6rem}\
li>ul{margin:.35rem 0}\
a.path{color:var(--focus)}\
li{margin:.45rem 0}\
.verdict{border-left:.4rem solid var(--bad);background:var(--tint);padding:.75rem 1rem}\
.verdict.good{border-color:var(--good)}\
.verdict strong{color:var(--bad)}\
.verdict.good strong{color:var(--good)}\
article{border:1px solid var(--line);border-radius:.4rem;padding:.25rem 1rem .75rem;margin:1rem 0}\
article h2{margin-top:.75rem}\
.facts{color:var(--soft)}\
.path{display:block;color:var(--soft);font-size:.9rem}\
.step{display:block}\
.seen{display:block;color:var(--soft)}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.35rem .5rem .35rem 0;border-bottom:1px solid \
var(--line)}\
th{font-weight:400}\
thead th{font-weight:600}\
td{white-space:normal}\
.code{white-space:nowrap}\
.no{color:var(--bad);font-weight:600}\
.tick{display:flex;gap:.6rem;align-items:flex-start}\
.tick input{width:1.5rem;height:1.5rem;margin:.05rem 0 0;flex:none}\
.ticks{list-style:none;padding-left:0}\
summary{cursor:pointer;min-height:1.5rem}\
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}\
@media print{details:not([open])>*{display:none}a[href]::after{content:\" (\" attr(href) \")\"}main{max-width:none;padding:0}article{break-inside:avoid-page}.tick,li,tr{\
break-inside:avoid}}";

/// Returns a page with a title and its main part.
pub(super) fn page(title: &str, language: Language, main: &str) -> String {
    let mut page = String::with_capacity(main.len() + STYLE.len() + 512);
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n",
        language.tag(),
        Html(title),
    );
    page
}
