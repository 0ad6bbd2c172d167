// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

extension DNS {
    /// Reads the text of a `resolv.conf(5)`; what a result cannot hold is ignored.
    init(resolvConf content: [UInt8]) {
        self.init()
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(whereSeparator: { $0 == 0x20 || (0x09...0x0d).contains($0) })
                .map { String(decoding: $0, as: UTF8.self) }
            // Comments have their `#` or `;` in the first word.
            guard words.count >= 2 else { continue }
            switch words[0] {
            case "nameserver": nameservers.append(words[1])
            case "domain": domain = words[1]
            case "search": search += words[1...]
            case "options": options += words[1...]
            default: continue
            }
        }
    }
}
