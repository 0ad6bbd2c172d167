// SPDX-License-Identifier: Apache-2.0

/// Finds the word that somebody meant.
///
/// Letter case does not count, as it does not for keys.
struct Spelling {
    private struct Word {
        let text: String
        let letters: [UInt8]
        let counts: SIMD32<UInt8>
    }

    private let known: [Word]

    init(_ known: [String]) {
        self.known = known.map { text in
            let letters = Array(text.lowercased().utf8)
            return Word(text: text, letters: letters, counts: Self.counts(letters))
        }
    }

    /// The most similar of the known words, if it is similar enough to have been meant.
    func correction(of word: String) -> String? {
        let letters = Array(word.lowercased().utf8)
        // One mistake in a short word, one more for every four letters.
        let limit = 1 + letters.count / 4
        // A word that is longer or shorter by more than that, or has other letters, cannot be the one.
        let similar = known.filter { abs($0.letters.count - letters.count) <= limit }
        if similar.isEmpty { return nil }
        let counts = Self.counts(letters)
        let ranked = similar.filter { Self.excess(counts, $0.counts) <= limit }.map {
            (word: $0.text, distance: Self.distance(letters, $0.letters))
        }
        let best = ranked.min { ($0.distance, $0.word) < ($1.distance, $1.word) }
        guard let best, best.distance <= limit, best.distance < letters.count else { return nil }
        return best.word
    }

    /// How often each letter is in a word, by its lowest five bits.
    private static func counts(_ letters: [UInt8]) -> SIMD32<UInt8> {
        var counts = SIMD32<UInt8>.zero
        for letter in letters { counts[Int(letter & 31)] &+= 1 }
        return counts
    }

    /// How many letters one word has that the other does not have: the distance is no less.
    private static func excess(_ one: SIMD32<UInt8>, _ other: SIMD32<UInt8>) -> Int {
        let more = (one &- other).replacing(with: 0, where: one .< other)
        let less = (other &- one).replacing(with: 0, where: other .< one)
        return Int(max(more.wrappedSum(), less.wrappedSum()))
    }

    /// How many letters to insert, leave out, replace or swap with their neighbour (Damerau, Levenshtein).
    static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for i in one.indices {
            var row = [i + 1]
            for j in other.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[other.count]
    }
}
