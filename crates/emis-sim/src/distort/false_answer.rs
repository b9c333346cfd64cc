//! Answers that are not the documented message.

use bytes::Bytes;
use http::StatusCode;

use crate::assumptions::Refusal;
use crate::fault::FalseAnswer;
use crate::protocol::{Answer, Encoding, HTML};
use crate::world::World;

/// Returns a false answer. Its status is 200.
pub(crate) fn false_answer(world: &World, kind: FalseAnswer) -> Answer {
    let json = Encoding::Json.content_type();
    let xml = Encoding::Xml.content_type();
    let (content_type, body) = match kind {
        FalseAnswer::ErrorResponse => {
            let refusal = Answer::refusal(&world.ids, Refusal::ServerError, None);
            return refusal.with_status(StatusCode::OK);
        }
        FalseAnswer::ErrorObject => (json, r#"{"message":"An error has occurred."}"#),
        FalseAnswer::ErrorElement => (
            xml,
            "<Error><Message>An error has occurred.</Message></Error>",
        ),
        FalseAnswer::SoapFault => (
            "text/xml; charset=utf-8",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <soap:Fault><faultcode>soap:Server</faultcode>\
             <faultstring>Server was unable to process request.</faultstring><detail/>\
             </soap:Fault></soap:Body></soap:Envelope>",
        ),
        FalseAnswer::OAuthError => (
            json,
            r#"{"error":"invalid_grant","error_description":"AADB2C90225: The username or password provided in the request are invalid."}"#,
        ),
        FalseAnswer::HtmlPage => (
            HTML,
            "<!DOCTYPE html><html><head><title>Notice</title></head>\
             <body><h1>Please sign in to the network</h1></body></html>",
        ),
        FalseAnswer::ProxyJson => (
            json,
            r#"{"status":"blocked","category":"uncategorised","requestId":"0000000000"}"#,
        ),
        FalseAnswer::EmptyObject => (json, "{}"),
        FalseAnswer::EmptyBody => (json, ""),
    };
    Answer::empty(StatusCode::OK)
        .with_content_type(content_type)
        .with_body(Bytes::from_static(body.as_bytes()))
}
