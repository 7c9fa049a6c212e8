//! Which positions of a buffer may begin one of many three-byte heads?
//!
//! First by halves of bytes. Heads are kept in eight buckets. For each of the three places a bucket knows
//! the low and the high half of every byte that may stand there, so that one
//! table look-up for each half, 32 positions at a time, rules most positions
//! out. Those that remain are looked up in a bitmap by the hash of three bytes.
//! Both together never rule out a head that was added; others may pass.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "vector loads, and a call that the processor must support")
)]

/// Spreads three bytes over 32 bits; the high ones are used.
const FACTOR: u32 = 0x9e37_79b1;

/// How many positions are classified at a time.
pub(crate) const BLOCK: usize = 32;

/// Bytes that classifying a block reads.
const WINDOW: usize = BLOCK + 8;

/// Heads of two bytes go to these buckets; nothing else does.
const PAIRS: u8 = 0b11;

/// The classifier.
#[derive(Debug)]
pub(crate) struct Classifier {
    /// By place and half byte: in which buckets it may stand there.
    low: [[u8; 16]; 3],
    high: [[u8; 16]; 3],
    /// A bit for each hash of `bits` bits. Always `1 << bits` long: the vector
    /// path relies on that.
    bitmap: Box<[u32]>,
    bits: u32,
}

impl Classifier {
    /// Has room for about so many heads.
    pub(crate) fn for_heads(count: usize) -> Self {
        let bits = count.saturating_mul(8).next_power_of_two().ilog2().clamp(14, 24);
        let bitmap = vec![0; 1 << (bits - 5)].into_boxed_slice();
        Self { low: [[0; 16]; 3], high: [[0; 16]; 3], bitmap, bits }
    }

    /// Adds a head of three bytes to one of the buckets 2 to 7. The more alike
    /// the heads of a bucket, the more others it rules out.
    pub(crate) fn add(&mut self, bucket: u8, head: [u8; 3]) {
        debug_assert!(1_u8 << bucket & PAIRS == 0);
        self.add_halves(bucket, &head);
        let bit = self.bit(head);
        self.bitmap[bit / 32] |= 1 << (bit % 32);
    }

    /// Adds every head that begins with these two bytes, to bucket 0 or 1.
    pub(crate) fn add_pair(&mut self, bucket: u8, pair: [u8; 2]) {
        debug_assert!(1_u8 << bucket & PAIRS != 0);
        self.add_halves(bucket, &pair);
        self.low[2].iter_mut().for_each(|buckets| *buckets |= 1 << bucket);
        self.high[2].iter_mut().for_each(|buckets| *buckets |= 1 << bucket);
    }

    fn add_halves(&mut self, bucket: u8, head: &[u8]) {
        for (place, &byte) in head.iter().enumerate() {
            self.low[place][usize::from(byte & 15)] |= 1 << bucket;
            self.high[place][usize::from(byte >> 4)] |= 1 << bucket;
        }
    }

    fn bit(&self, head: [u8; 3]) -> usize {
        let key = u32::from_le_bytes([head[0], head[1], head[2], 0]);
        (key.wrapping_mul(FACTOR) >> (32 - self.bits)) as usize
    }

    /// Whether such a head may have been added.
    pub(crate) fn passes(&self, head: [u8; 3]) -> bool {
        let mut buckets = 0xff;
        for (place, byte) in head.into_iter().enumerate() {
            buckets &= self.low[place][usize::from(byte & 15)];
            buckets &= self.high[place][usize::from(byte >> 4)];
        }
        let bit = self.bit(head);
        buckets & PAIRS != 0 || buckets != 0 && self.bitmap[bit / 32] >> (bit % 32) & 1 != 0
    }

    /// The first block at or after `from` with a position that passes: where
    /// the block starts, and a bit for each position that does. No bit is set
    /// when there is none; what is left from there on is too short to classify
    /// at once and hasn't been looked at.
    pub(crate) fn find(&self, input: &[u8], from: usize) -> (usize, u32) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, as was just checked.
            return unsafe { self.find_avx2(input, from) };
        }
        self.find_scalar(input, from)
    }

    fn find_scalar(&self, input: &[u8], mut from: usize) -> (usize, u32) {
        while let Some(window) = input.get(from..from + WINDOW) {
            let mut found = 0;
            for (position, head) in window.windows(3).take(BLOCK).enumerate() {
                found |= u32::from(self.passes([head[0], head[1], head[2]])) << position;
            }
            if found != 0 {
                return (from, found);
            }
            from += BLOCK;
        }
        (from, 0)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn find_avx2(&self, input: &[u8], mut from: usize) -> (usize, u32) {
        use std::arch::x86_64::{
            __m128i, __m256i, _mm_cvtsi32_si128, _mm_loadu_si128, _mm256_and_si256,
            _mm256_andnot_si256, _mm256_broadcastsi128_si256, _mm256_castsi256_ps,
            _mm256_cmpeq_epi8, _mm256_i32gather_epi32, _mm256_loadu_si256, _mm256_movemask_epi8,
            _mm256_movemask_ps, _mm256_mullo_epi32, _mm256_set1_epi8, _mm256_set1_epi32,
            _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_sllv_epi32,
            _mm256_srl_epi32, _mm256_srli_epi16, _mm256_srli_epi32,
        };
        let load_16 = |bytes: &[u8; 16]| -> __m128i {
            // SAFETY: the reference is to exactly the 16 bytes that are read;
            // an unaligned load has no other requirement.
            unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
        };
        let load_32 = |bytes: &[u8; 32]| -> __m256i {
            // SAFETY: as above, with 32 bytes.
            unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
        };
        let table = |halves: &[u8; 16]| _mm256_broadcastsi128_si256(load_16(halves));
        let low = [table(&self.low[0]), table(&self.low[1]), table(&self.low[2])];
        let high = [table(&self.high[0]), table(&self.high[1]), table(&self.high[2])];
        let half = _mm256_set1_epi8(15);
        let zero = _mm256_setzero_si256();
        let pairs = _mm256_set1_epi8(PAIRS.cast_signed());
        // Three bytes and a zero for each of eight positions.
        let spread = _mm256_setr_epi8(
            0, 1, 2, -1, 1, 2, 3, -1, 2, 3, 4, -1, 3, 4, 5, -1, //
            4, 5, 6, -1, 5, 6, 7, -1, 6, 7, 8, -1, 7, 8, 9, -1,
        );
        let factor = _mm256_set1_epi32(FACTOR.cast_signed());
        let shift = _mm_cvtsi32_si128((32 - self.bits).cast_signed());
        let last_bit = _mm256_set1_epi32(31);
        while let Some(window) = input.get(from..from + WINDOW) {
            let mut buckets = _mm256_set1_epi8(-1);
            for place in 0..3 {
                let Some(bytes) = window[place..].first_chunk() else { break };
                let bytes = load_32(bytes);
                let lows = _mm256_shuffle_epi8(low[place], _mm256_and_si256(bytes, half));
                let shifted = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half);
                let highs = _mm256_shuffle_epi8(high[place], shifted);
                buckets = _mm256_and_si256(buckets, _mm256_and_si256(lows, highs));
            }
            let none = _mm256_movemask_epi8(_mm256_cmpeq_epi8(buckets, zero));
            let likely = !none.cast_unsigned();
            if likely == 0 {
                from += BLOCK;
                continue;
            }
            let in_pairs = _mm256_and_si256(buckets, pairs);
            let no_pair = _mm256_movemask_epi8(_mm256_cmpeq_epi8(in_pairs, zero));
            let mut found = 0;
            for group in 0..4 {
                if likely >> (8 * group) & 0xff == 0 {
                    continue;
                }
                let Some(bytes) = window[8 * group..].first_chunk() else { break };
                let bytes = _mm256_broadcastsi128_si256(load_16(bytes));
                let keys = _mm256_shuffle_epi8(bytes, spread);
                let hashes = _mm256_srl_epi32(_mm256_mullo_epi32(keys, factor), shift);
                let words = _mm256_srli_epi32::<5>(hashes);
                // SAFETY: a hash has `bits` bits, and the bitmap `1 << bits`:
                // every index of a word of 32 lies within it.
                let words =
                    unsafe { _mm256_i32gather_epi32::<4>(self.bitmap.as_ptr().cast(), words) };
                let to_top = _mm256_andnot_si256(hashes, last_bit);
                let bits = _mm256_castsi256_ps(_mm256_sllv_epi32(words, to_top));
                found |= _mm256_movemask_ps(bits).cast_unsigned() << (8 * group);
            }
            let found = found & likely | !no_pair.cast_unsigned();
            if found != 0 {
                return (from, found);
            }
            from += BLOCK;
        }
        (from, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes that are often alike, so that heads are met.
    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![3 => prop::sample::select(&b"abAB\\%\xff"[..]), 1 => any::<u8>()]
    }

    fn head() -> impl Strategy<Value = (u8, [u8; 3])> {
        (0_u8..8, [byte(), byte(), byte()])
    }

    fn classifier(heads: &[(u8, [u8; 3])]) -> Classifier {
        let mut classifier = Classifier::for_heads(heads.len() * 100);
        for &(bucket, head) in heads {
            match bucket {
                0 | 1 => classifier.add_pair(bucket, [head[0], head[1]]),
                _ => classifier.add(bucket, head),
            }
        }
        classifier
    }

    proptest! {
        #[test]
        fn the_vector_path_equals_the_scalar_one(
            heads in prop::collection::vec(head(), 0..20),
            input in prop::collection::vec(byte(), 0..300),
            from in 0_usize..40,
        ) {
            let classifier = classifier(&heads);
            prop_assert_eq!(classifier.find(&input, from), classifier.find_scalar(&input, from));
        }

        #[test]
        fn no_head_is_passed_over(
            heads in prop::collection::vec(head(), 1..20),
            mut input in prop::collection::vec(byte(), 40..100),
            at in 0_usize..32,
            which in any::<prop::sample::Index>(),
        ) {
            let classifier = classifier(&heads);
            let head = heads[which.index(heads.len())].1;
            input[at..at + 3].copy_from_slice(&head);
            prop_assert!(classifier.passes(head));
            let (start, found) = classifier.find(&input, 0);
            prop_assert_eq!(start, 0);
            prop_assert!(found & 1 << at != 0);
        }
    }

    #[test]
    fn what_was_not_added_is_mostly_ruled_out() {
        let classifier = classifier(&[(2, *b"key"), (0, *b"\\u-")]);
        assert!(classifier.passes(*b"key") && classifier.passes(*b"\\uX"));
        assert!(!classifier.passes(*b"kex") && !classifier.passes(*b"\\xu"));
        assert_eq!(classifier.find(&[b'.'; 104], 0), (96, 0));
    }
}
