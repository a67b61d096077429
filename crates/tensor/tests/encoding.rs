//! Records and headers survive their encoding; no bytes make a parser panic.

use opml_tensor::{Header, HeaderError, Record, layout::MAX_RECORDS};
use proptest::prelude::*;

const HEADER: Header = Header {
    whole: true,
    records: 7,
    max_steps: 1 << 40,
    input_min: 1,
    input_max: 1 << 20,
    output_max: 1 << 20,
    activation_bytes: 1 << 39,
    weight_bytes: (1 << 42) - (1 << 30),
};

#[test]
fn the_header_has_the_layout_of_the_protocol() {
    let bytes = HEADER.to_bytes();
    assert_eq!(&bytes[..8], b"opmlmdl\x01");
    assert_eq!(bytes[8], 2);
    assert_eq!(bytes[12], 7);
    assert_eq!(bytes[16..24], (1u64 << 40).to_le_bytes());
    assert_eq!(bytes[24], 1);
    assert_eq!((bytes[30], bytes[34]), (16, 16));
    assert_eq!(bytes[40..48], (1u64 << 39).to_le_bytes());
    assert_eq!(bytes[48..56], ((1u64 << 42) - (1 << 30)).to_le_bytes());
    assert_eq!(Header::parse(&bytes), Ok(HEADER));
}

#[test]
fn bounds_end_where_the_protocol_says() {
    let parse = |header: Header| Header::parse(&header.to_bytes());
    let most = Header { records: MAX_RECORDS, ..HEADER };
    assert_eq!(parse(most), Ok(most));
    assert_eq!(MAX_RECORDS, 4_194_288);
    for records in [0, MAX_RECORDS + 1] {
        assert_eq!(parse(Header { records, ..HEADER }), Err(HeaderError::Records(records)));
    }
    for max_steps in [0, (1 << 40) + 1] {
        assert_eq!(parse(Header { max_steps, ..HEADER }), Err(HeaderError::Steps(max_steps)));
    }
    let (min, max) = (5, 4);
    let crossed = Header { input_min: min, input_max: max, ..HEADER };
    assert_eq!(parse(crossed), Err(HeaderError::Input { min, max }));
    let n = (1 << 20) + 1;
    assert_eq!(
        parse(Header { input_max: n, ..HEADER }),
        Err(HeaderError::Input { min: 1, max: n })
    );
    assert_eq!(parse(Header { output_max: n, ..HEADER }), Err(HeaderError::Output(n)));
    let n = (1 << 39) + 1;
    assert_eq!(parse(Header { activation_bytes: n, ..HEADER }), Err(HeaderError::Activations(n)));
    let n = HEADER.weight_bytes + 1;
    assert_eq!(parse(Header { weight_bytes: n, ..HEADER }), Err(HeaderError::Weights(n)));
}

#[test]
fn every_flipped_bit_of_a_header_is_refused_or_means_something_else() {
    for bit in 0..512 {
        let mut bytes = HEADER.to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(header) = Header::parse(&bytes) {
            assert_eq!(header.to_bytes(), bytes, "bit {bit}");
            assert_ne!(header, HEADER, "bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn any_record_survives_decoding(bytes in prop::array::uniform32(prop::array::uniform8(any::<u8>()))) {
        let bytes: [u8; 256] = bytes.concat().try_into().unwrap_or([0; 256]);
        prop_assert_eq!(Record::from_bytes(&bytes).to_bytes(), bytes);
    }

    #[test]
    fn any_header_parses_or_is_refused(tail in prop::array::uniform32(any::<[u8; 2]>())) {
        let mut bytes: [u8; 64] = tail.concat().try_into().unwrap_or([0; 64]);
        bytes[..8].copy_from_slice(b"opmlmdl\x01");
        if let Ok(header) = Header::parse(&bytes) {
            prop_assert_eq!(header.to_bytes(), bytes);
        }
    }
}
