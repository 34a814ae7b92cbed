//! Square pictures in black and white as PNG (RFC 2083): one bit a pixel, not compressed.

/// The most bytes of one stored block (RFC 1951 §3.2.4).
const LONGEST_BLOCK: usize = 0xffff;

/// A picture of `side` times `side` pixels.
pub(crate) fn black_and_white(side: usize, is_black: impl Fn(usize, usize) -> bool) -> Vec<u8> {
    let mut rows = Vec::with_capacity(side * (side / 8 + 2));
    for y in 0..side {
        // No filter.
        rows.push(0);
        for first in (0..side).step_by(8) {
            let bit = |i: usize| u8::from(first + i >= side || !is_black(first + i, y)) << (7 - i);
            rows.push((0..8).map(bit).sum());
        }
    }
    let side = u32::try_from(side).unwrap_or(u32::MAX).to_be_bytes();
    let mut header = [side, side].concat();
    // One bit of gray, and the only methods of compression, filter and order that there are.
    header.extend([1, 0, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &stored(&rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    png.extend(length.to_be_bytes());
    let begin = png.len();
    png.extend(name);
    png.extend(data);
    let sum = crc32(&png[begin..]);
    png.extend(sum.to_be_bytes());
}

/// A zlib stream (RFC 1950) of stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(LONGEST_BLOCK);
    let last = blocks.len().saturating_sub(1);
    for (i, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(i == last));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    };
    !data.iter().fold(!0, step)
}

fn adler32(data: &[u8]) -> u32 {
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_their_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_is_a_png_of_its_size() {
        let png = black_and_white(9, |x, y| x == y);
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x09\0\0\0\x09\x01\0\0\0\0"));
        assert!(png.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
        // The first row: no filter, the first pixel black, the bits after the ninth white.
        let row = [0, 0b0111_1111, 0b1111_1111];
        assert!(png.windows(3).any(|bytes| bytes == row));
    }
}
