//! The frame of every page.

use maud::{DOCTYPE, Markup, html};

use crate::web::Session;

/// The frame around a page. The title says nothing about a patient.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    title: &'a str,
    /// Addresses and texts of the navigation; the first part of the address marks the present page.
    nav: Vec<(String, &'a str)>,
    here: Option<&'a str>,
    signed_in: Option<(&'a str, &'a Session)>,
    wide: bool,
}

impl<'a> Frame<'a> {
    /// Returns the frame of a page without navigation.
    pub(crate) fn plain(title: &'a str) -> Self {
        Self {
            title,
            nav: Vec::new(),
            here: None,
            signed_in: None,
            wide: false,
        }
    }

    /// Returns the frame of a page for staff.
    pub(crate) fn staff(
        title: &'a str,
        nav: Vec<(String, &'a str)>,
        here: &'a str,
        signed_in: (&'a str, &'a Session),
    ) -> Self {
        Self {
            title,
            nav,
            here: Some(here),
            signed_in: Some(signed_in),
            wide: true,
        }
    }
}

/// Returns a whole page.
pub(crate) fn page(frame: &Frame<'_>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { (frame.title) " – Appointments" }
                link rel="stylesheet" href="/style.css";
            }
            body {
                a.skip href="#main" { "Skip to main content" }
                header.top {
                    div.inner {
                        span.brand { "Appointments" }
                        @if let Some((name, session)) = frame.signed_in {
                            form.signed-in method="post" action="/sign-out" {
                                (super::components::token(session))
                                span { (name) }
                                button.link type="submit" { "Sign out" }
                            }
                        }
                    }
                }
                @if !frame.nav.is_empty() {
                    nav.pages aria-label="Pages" {
                        ul.inner {
                            @for (address, text) in &frame.nav {
                                li {
                                    @if frame.here == Some(text) {
                                        a href=(address) aria-current="page" { (text) }
                                    } @else {
                                        a href=(address) { (text) }
                                    }
                                }
                            }
                        }
                    }
                }
                main #main.narrow[!frame.wide] tabindex="-1" { (body) }
            }
        }
    }
}
