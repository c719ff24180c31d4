//! A name server on loopback that answers as it is told, lets nobody keep its answers, and counts the questions.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use devhub_delivery::{Sender, SenderOptions};
use tokio::net::UdpSocket;

const TYPE_A: u8 = 1;
const TYPE_AAAA: u8 = 28;

/// What a name server says about a name.
#[derive(Clone)]
pub(crate) enum Says {
    /// It has these addresses.
    Addresses(Vec<IpAddr>),
    /// The look-up failed, with this code (RFC 1035 §4.1.1).
    Code(u8),
    /// No answer at all.
    Nothing,
}

impl Says {
    /// These addresses.
    pub(crate) fn addresses(texts: &[&str]) -> Self {
        Self::Addresses(texts.iter().map(|text| text.parse().unwrap()).collect())
    }
}

/// A name server.
pub(crate) struct NameServer {
    address: SocketAddr,
    look_ups: Arc<AtomicUsize>,
}

impl NameServer {
    /// Tells of each name what `says` holds at that moment.
    pub(crate) async fn start(says: impl Fn(&str) -> Says + Send + Sync + 'static) -> Self {
        Self::slow(Duration::ZERO, says).await
    }

    /// The same after a while.
    pub(crate) async fn slow(wait: Duration, says: impl Fn(&str) -> Says + Send + Sync + 'static) -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let server = Self { address: socket.local_addr().unwrap(), look_ups: Arc::default() };
        let look_ups = Arc::clone(&server.look_ups);
        tokio::spawn(async move {
            let mut query = [0; 1_500];
            while let Ok((length, from)) = socket.recv_from(&mut query).await {
                let reply = reply(&query[..length], &says, &look_ups);
                let socket = Arc::clone(&socket);
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    if let Some(reply) = reply {
                        socket.send_to(&reply, from).await.unwrap();
                    }
                });
            }
        });
        server
    }

    /// How often a name was looked up.
    pub(crate) fn look_ups(&self) -> usize {
        self.look_ups.load(Ordering::SeqCst)
    }

    /// A sender that asks this name server.
    pub(crate) fn sender(&self, options: SenderOptions) -> Sender {
        Sender::new(SenderOptions { name_servers: vec![self.address], ..options }).unwrap()
    }
}

fn count<T>(items: &[T]) -> u8 {
    items.len().try_into().unwrap()
}

/// Header, the question again, and the records of its type, to be used once (RFC 1035 §4).
fn reply(query: &[u8], says: impl Fn(&str) -> Says, look_ups: &AtomicUsize) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8(query[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    let (question, wanted) = (&query[12..at + 5], query[at + 2]);
    // Both families are asked for each time.
    look_ups.fetch_add(usize::from(wanted == TYPE_A), Ordering::SeqCst);
    let (code, addresses) = match says(&labels.join(".")) {
        Says::Nothing => return None,
        Says::Code(code) => (code, Vec::new()),
        Says::Addresses(addresses) => (0, addresses),
    };
    let records: Vec<Vec<u8>> = addresses
        .into_iter()
        .map(|address| match address {
            IpAddr::V4(address) => (TYPE_A, address.octets().to_vec()),
            IpAddr::V6(address) => (TYPE_AAAA, address.octets().to_vec()),
        })
        .filter(|(kind, _)| *kind == wanted)
        .map(|(kind, octets)| [&[0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0][..], &[count(&octets)], &octets].concat())
        .collect();
    let mut reply = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, count(&records), 0, 0, 0, 0];
    reply.extend_from_slice(question);
    reply.extend(records.concat());
    Some(reply)
}
