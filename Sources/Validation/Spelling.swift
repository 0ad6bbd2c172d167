// SPDX-License-Identifier: Apache-2.0

/// Finds the word that somebody meant.
enum Spelling {
    /// The most similar of the known words, if it is similar enough to have been meant.
    ///
    /// Letter case does not count, as it does not for keys.
    static func correction(of word: String, among known: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased().utf8)
        // One mistake in a short word, one more for every four letters.
        let limit = 1 + letters.count / 4
        // A word that is longer or shorter by more than that cannot be the one.
        let ranked = known.filter { abs($0.utf8.count - letters.count) <= limit }.map {
            (word: $0, distance: distance(letters, Array($0.lowercased().utf8)))
        }
        let best = ranked.min { ($0.distance, $0.word) < ($1.distance, $1.word) }
        guard let best, best.distance <= limit, best.distance < letters.count else { return nil }
        return best.word
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
