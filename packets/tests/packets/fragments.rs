use packets::fragments::{Fragments, Limits, Outcome};
use packets::layers::Network;
use packets::{Link, dissect, dns};

use crate::bytes::{CLIENT, SERVER, dns_answer, ipv4_part, ipv6, udp};

fn push(fragments: &mut Fragments, bytes: &[u8], time_ns: u64) -> Outcome {
    let link = Link::Network(if bytes[0] >> 4 == 6 { 0x86dd } else { 0x0800 });
    fragments.push(1, &dissect(bytes, link, bytes.len()), time_ns)
}

fn part(identification: u16, from: usize, to: usize, whole: &[u8]) -> Vec<u8> {
    let place = (u16::try_from(from).unwrap(), to < whole.len());
    ipv4_part(SERVER, CLIENT, 17, identification, place, &whole[from..to])
}

#[test]
fn dns_over_fragments_in_any_order() {
    let whole = udp(53, 1000, &dns_answer());
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut fragments = Fragments::default();
        let parts = [part(3, 0, 24, &whole), part(3, 24, 48, &whole), part(3, 48, whole.len(), &whole)];
        assert_eq!(push(&mut fragments, &parts[order[0]], 0), Outcome::Waiting);
        assert_eq!(push(&mut fragments, &parts[order[0]], 0), Outcome::Waiting, "a duplicate changes nothing");
        assert_eq!(push(&mut fragments, &parts[order[1]], 0), Outcome::Waiting);
        let Outcome::Whole(datagram) = push(&mut fragments, &parts[order[2]], 0) else { panic!("{order:?}") };
        let packet = datagram.packet();
        assert_eq!((packet.ports(), packet.problem, packet.fragment()), (Some((53, 1000)), None, None));
        let message = dns::parse(packet.payload).unwrap();
        assert_eq!((message.problem, message.answers.len()), (None, 2));
        assert_eq!(fragments.bytes(), 0);
    }
}

#[test]
fn ipv6_fragments_with_options_behind() {
    let mut whole = vec![17, 0, 1, 4, 0, 0, 0, 0];
    whole.extend(udp(5, 6, b"0123456789"));
    let place = |offset: u16, more: bool| {
        let mut header = vec![60, 0];
        header.extend((offset | u16::from(more)).to_be_bytes());
        header.extend([0, 0, 0, 77]);
        header
    };
    let first = ipv6(44, &[place(0, true), whole[..16].to_vec()].concat());
    let second = ipv6(44, &[place(16, false), whole[16..].to_vec()].concat());
    let mut fragments = Fragments::default();
    assert_eq!(push(&mut fragments, &second, 0), Outcome::Waiting);
    let Outcome::Whole(datagram) = push(&mut fragments, &first, 0) else { panic!("not whole") };
    let packet = datagram.packet();
    assert_eq!((packet.ports(), packet.payload, packet.problem), (Some((5, 6)), &b"0123456789"[..], None));
    let Some(Network::Ipv6(ip)) = &packet.network else { panic!("{packet:?}") };
    assert_eq!(ip.fragment, None);
}

#[test]
fn overlap_gives_the_datagram_up() {
    let whole = udp(53, 1000, &[b'a'; 100]);
    let mut fragments = Fragments::default();
    assert_eq!(push(&mut fragments, &part(3, 0, 48, &whole), 0), Outcome::Waiting);
    assert_eq!(push(&mut fragments, &part(3, 40, 64, &whole), 0), Outcome::Problem("fragments overlap"));
    assert_eq!(push(&mut fragments, &part(3, 64, 108, &whole), 0), Outcome::Problem("fragments overlap"));
    assert_eq!(fragments.abandoned(), 1);
    // The same place with other bytes, too.
    let other = udp(53, 1000, &[b'b'; 100]);
    assert_eq!(push(&mut fragments, &part(4, 0, 48, &whole), 0), Outcome::Waiting);
    assert_eq!(push(&mut fragments, &part(4, 0, 48, &other), 0), Outcome::Problem("fragments overlap"));
}

#[test]
fn fragments_that_cannot_be() {
    let whole = udp(53, 1000, &[b'a'; 100]);
    let mut fragments = Fragments::default();
    let far = ipv4_part(SERVER, CLIENT, 17, 1, (65_528, false), &[0; 64]);
    assert_eq!(push(&mut fragments, &far, 0), Outcome::Problem("a fragment beyond the largest datagram"));
    let odd = ipv4_part(SERVER, CLIENT, 17, 2, (0, true), &[0; 13]);
    assert_eq!(push(&mut fragments, &odd, 0), Outcome::Problem("a fragment that is no multiple of eight bytes"));
    assert_eq!(push(&mut fragments, &part(3, 48, 108, &whole), 0), Outcome::Waiting);
    let beyond = ipv4_part(SERVER, CLIENT, 17, 3, (112, true), &[0; 8]);
    assert_eq!(push(&mut fragments, &beyond, 0), Outcome::Problem("a fragment beyond the last one"));
    let cut = part(5, 0, 48, &whole);
    let packet = dissect(&cut[..40], Link::Network(0x0800), cut.len());
    assert_eq!(fragments.push(1, &packet, 0), Outcome::Problem("a fragment was cut by the capture"));
}

#[test]
fn what_waits_is_bounded_in_number_bytes_and_time() {
    let limits = Limits { datagrams: 10, bytes: 1000, wait_ns: 100 };
    let mut fragments = Fragments::new(limits);
    for identification in 0..1000 {
        let bytes = ipv4_part(SERVER, CLIENT, 17, identification, (0, true), &[0; 160]);
        assert_eq!(push(&mut fragments, &bytes, 0), Outcome::Waiting);
        assert!(fragments.bytes() <= 1000);
    }
    assert_eq!(fragments.abandoned(), 1000 - 4);
    let bytes = ipv4_part(SERVER, CLIENT, 17, 5000, (0, true), &[0; 160]);
    push(&mut fragments, &bytes, 101);
    assert_eq!((fragments.bytes(), fragments.abandoned()), (160 + 64, 1000));
}

#[test]
fn spaces_are_apart() {
    let whole = udp(53, 1000, &[b'a'; 100]);
    let mut fragments = Fragments::default();
    let (first, second) = (part(3, 0, 48, &whole), part(3, 48, 108, &whole));
    let link = Link::Network(0x0800);
    assert_eq!(fragments.push(1, &dissect(&first, link, first.len()), 0), Outcome::Waiting);
    assert_eq!(fragments.push(2, &dissect(&second, link, second.len()), 0), Outcome::Waiting);
}
