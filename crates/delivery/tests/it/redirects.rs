//! Receivers that point elsewhere: nobody goes there, and nothing is asked about where it is.

use http::Response;
use http_body_util::Full;

use crate::support::{NameServer, Receiver, Says, options, request, willing};

#[tokio::test]
async fn case_06_a_redirect_to_anywhere_is_not_followed() {
    let target = willing().await;
    let server = NameServer::start(|_| Says::addresses(&["127.0.0.1"])).await;
    let locations = [
        target.url(),
        format!("http://shop.example:{}/", target.port()),
        format!("//127.0.0.1:{}/", target.port()),
        "/elsewhere".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
        "\\\\".to_owned(),
    ];
    for location in locations {
        for status in [301, 302, 303, 307, 308] {
            let header = location.clone();
            let receiver = Receiver::http(move |_| {
                let response = Response::builder().status(status).header("location", &header);
                std::future::ready(response.body(Full::default()).unwrap())
            })
            .await;
            drop(server.sender(options()).send(&request(&receiver.url())).await);
            assert_eq!((receiver.requests().len(), receiver.accepted()), (1, 1), "{status} {location}");
        }
    }
    assert_eq!((target.accepted(), server.look_ups()), (0, 0));
}
