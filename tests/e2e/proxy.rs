//! Token requests use the configured proxy, as calls do.

use std::sync::Arc;

use crate::support::{Failure, TODAY, product};
use emis_partner::client::HttpOptions;
use emis_partner::credentials::{ClientCredentials, TokenErrorKind};
use emis_partner::messaging::Outbox;
use emis_partner::types::ManualClock;
use emis_partner::{Environment, SignIn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn tokens_are_requested_through_the_proxy() -> Result<(), Failure> {
    let proxy = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", proxy.local_addr()?).parse()?;
    let asked = tokio::spawn(async move {
        let (mut stream, _) = proxy.accept().await?;
        let mut asked = [0; 512];
        let length = stream.read(&mut asked).await?;
        let refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(refusal).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&asked[..length]).into_owned())
    });
    let environment = Environment {
        api_url: "https://api.example.com/partner".parse()?,
        identity_url: "https://identity.example.com/tenant/".parse()?,
        application_id: "the-party-key".parse()?,
        client: ClientCredentials::new("client-id", "Invented-Secret-1".into()),
    };
    let clock = ManualClock::at_uk(TODAY.at(10, 0, 0, 0));
    let partner = product(environment, &clock, &Arc::new(Outbox::new()))?
        .sign_in(SignIn::Application)
        .http(HttpOptions::new().proxy(address))
        .build()?;
    let practice = partner.practice("A20047".parse()?);
    practice.settings().update_organisation_id("50002").await?;
    let error = practice.client().await?.token_claims().await.err();
    let kind = error.and_then(|error| error.token_error().map(|error| error.kind()));
    assert_eq!(kind, Some(TokenErrorKind::Unreachable));
    assert!(
        asked
            .await??
            .starts_with("CONNECT identity.example.com:443 ")
    );
    Ok(())
}
