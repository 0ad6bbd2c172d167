// SPDX-License-Identifier: Apache-2.0

import CNITesting

extension Seeded {
    /// A text of any characters, among them those that encodings stumble over.
    mutating func text(upTo length: Int) -> String {
        let special: [Unicode.Scalar] = [
            "%", "&", "=", "+", " ", "/", "~", "\n", "<", ">", "\"", "é", "€", "🦆", "\u{301}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            if Bool.random(using: &self), let scalar = special.randomElement(using: &self) {
                text.unicodeScalars.append(scalar)
            } else if let scalar = Unicode.Scalar(UInt32.random(in: 1...0x2_ffff, using: &self)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
