//! Whom the client calls, and what it makes of the answers.

use super::*;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn guarded() -> HttpOutbound {
    HttpOutbound::new(&Config::default()).unwrap()
}

fn open() -> HttpOutbound {
    let config = Config {
        allow_private_addresses: true,
        ..Config::default()
    };
    HttpOutbound::new(&config).unwrap()
}

/// Answers one connection, whatever it asks, and gives the request's text.
async fn answering(answer: Vec<u8>) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 8_192];
        let length = stream.read(&mut request).await.unwrap();
        // The client may go as soon as it has seen enough.
        let _ = stream.write_all(&answer).await;
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    (address, served)
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

async fn get(outbound: &HttpOutbound, url: &str) -> Result<Vec<u8>, OutboundError> {
    outbound.get(&Url::parse(url).unwrap()).await
}

#[tokio::test]
async fn private_addresses_in_a_url_are_refused_however_they_are_written() {
    for bad in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.0.0.1:8443/jwks",
    ] {
        assert_eq!(
            get(&guarded(), bad).await,
            Err(OutboundError::PrivateAddress),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused_after_the_look_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/jwks", listener.local_addr().unwrap().port());
    assert_eq!(get(&guarded(), &url).await, Err(OutboundError::PrivateAddress));
    let posted = guarded()
        .post_form(&Url::parse(&url).unwrap(), String::new())
        .await;
    assert_eq!(posted, Err(OutboundError::PrivateAddress));
}

#[tokio::test]
async fn only_https_is_called_and_without_credentials() {
    for bad in [
        "http://rp.example/jwks",
        "ftp://rp.example/",
        "file:///etc/passwd",
        "https://user@rp.example/",
    ] {
        let refused = get(&guarded(), bad).await;
        assert!(matches!(refused, Err(OutboundError::Refused(_))), "{bad}");
    }
}

#[tokio::test]
async fn where_private_addresses_are_allowed_a_body_comes_back() {
    let (address, _) = answering(ok(b"{\"keys\":[]}")).await;
    assert_eq!(
        get(&open(), &format!("http://{address}/jwks")).await.unwrap(),
        b"{\"keys\":[]}"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let redirect = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let (address, _) = answering(redirect.to_vec()).await;
    let got = get(&open(), &format!("http://{address}/")).await;
    assert_eq!(got, Err(OutboundError::Status(302)));
}

#[tokio::test]
async fn an_answer_of_64_kib_is_read_and_a_longer_one_is_not() {
    let (address, _) = answering(ok(&vec![b'x'; LONGEST_ANSWER])).await;
    let got = get(&open(), &format!("http://{address}/")).await.unwrap();
    assert_eq!(got.len(), LONGEST_ANSWER);
    let (address, _) = answering(ok(&vec![b'x'; LONGEST_ANSWER + 1])).await;
    let got = get(&open(), &format!("http://{address}/")).await;
    assert_eq!(got, Err(OutboundError::TooLong));
}

#[tokio::test]
async fn a_form_is_posted_and_its_status_told() {
    let (address, served) = answering(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await;
    let url = Url::parse(&format!("http://{address}/logout")).unwrap();
    let posted = open().post_form(&url, "logout_token=x".to_owned()).await;
    assert_eq!(posted, Ok(204));
    let request = served.await.unwrap();
    assert!(request.starts_with("POST /logout "), "{request}");
    assert!(request.contains("application/x-www-form-urlencoded"), "{request}");
    assert!(request.ends_with("logout_token=x"), "{request}");
}

#[tokio::test]
async fn r29_no_error_tells_the_url() {
    // Nobody listens at port 1.
    let error = get(&open(), "http://127.0.0.1:1/jwks?token=s3cret")
        .await
        .unwrap_err();
    assert!(matches!(error, OutboundError::Connection(_)));
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

#[test]
fn a_ca_file_that_is_not_pem_is_refused() {
    for bad in [&b""[..], b"not pem"] {
        let config = Config {
            ca: Some(bad.to_vec()),
            ..Config::default()
        };
        assert!(matches!(HttpOutbound::new(&config), Err(UnusableConfig::Ca)));
    }
}
