// SPDX-License-Identifier: Apache-2.0

internal import DHCPClient

/// The daemon's command line: the reference's options, in the spellings of Go's programs.
public struct DaemonOptions: Hashable, Sendable {
    /// Where to listen; not looked at if systemd has opened the socket.
    public var socketPath = DHCPConfiguration.usualSocketPath
    /// What stands before each namespace's path, such as for a daemon in a container that has the host's root at `/host`.
    public var hostPrefix = ""
    /// Where to write the process's number; nil for nowhere.
    public var pidFile: String?
    /// Whether servers have to answer by broadcast.
    public var wantsBroadcast = false
    /// How long an answer to a message is waited for, in milliseconds.
    public var timeout: Int64 = 10_000
    /// The longest wait before a message is sent again, in milliseconds.
    public var resendMax: Int64 = 62_000
    /// How long an ADD tries to get a lease, in milliseconds.
    public var resendTimeout: Int64 = 208_000

    /// How long others have to say that they use the address that a server gives, in milliseconds; 0 if they are not asked.
    public var probe: Int64 = 0

    private static let mostProbe: Int64 = 10_000
    /// The plugin waits for ten minutes.
    private static let mostTimeout: Int64 = 540_000

    /// A command line that makes no sense.
    public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong with it.
        public let description: String
    }

    /// The options.
    public static let usage = """
        usage: dhcp daemon [OPTION]...

          -socketpath PATH     where to listen (\(DHCPConfiguration.usualSocketPath))
          -hostprefix FOLDER   what stands before each namespace's path
          -pidfile PATH        where to write the process's number
          -broadcast           servers have to answer by broadcast
          -timeout TIME        how long an answer is waited for (10s)
          -resendmax TIME      the longest wait before a message is sent again (62s)
          -resendtimeout TIME  how long an ADD tries to get a lease (208s, at most 9m)
          -probe TIME          how long others have to say that they use the address (they are not asked; at most 10s)

        TIME is as in 1m30s or 500ms.

        """

    /// The usual options.
    public init() {}

    /// Reads the words behind `daemon`.
    public init(parsing words: [String]) throws(Mistake) {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-", word != "--" else {
                throw Mistake(description: "\"\(word)\" is no option")
            }
            var name = word.dropFirst(word.hasPrefix("--") ? 2 : 1)
            var value: String?
            if let sign = name.firstIndex(of: "=") {
                value = String(name[name.index(after: sign)...])
                name = name[..<sign]
            }
            if name == "broadcast" {
                wantsBroadcast = try Self.truth(value ?? "true")
                continue
            }
            guard
                ["socketpath", "hostprefix", "pidfile", "timeout", "resendmax", "resendtimeout", "probe"]
                    .contains(name)
            else {
                throw Mistake(description: "there is no option -\(name)")
            }
            guard let value = value ?? rest.popFirst() else {
                throw Mistake(description: "-\(name) needs a value")
            }
            switch name {
            case "socketpath": socketPath = try Self.absolute(value, name)
            case "hostprefix": hostPrefix = value
            case "pidfile": pidFile = value.isEmpty ? nil : try Self.absolute(value, name)
            case "timeout": timeout = try Self.time(value, name)
            case "probe": probe = try Self.time(value, name)
            case "resendmax": resendMax = try Self.time(value, name)
            default: resendTimeout = try Self.time(value, name)
            }
        }
        guard probe <= Self.mostProbe else {
            throw Mistake(description: "-probe is at most 10s: each ADD waits that long")
        }
        guard probe < resendTimeout else {
            throw Mistake(
                description: "-probe is to be shorter than -resendtimeout, or no lease is ever given")
        }
        guard resendTimeout <= Self.mostTimeout else {
            throw Mistake(description: "-resendtimeout is at most 9m: the plugin waits for ten minutes")
        }
    }

    private static func truth(_ value: String) throws(Mistake) -> Bool {
        switch value.lowercased() {
        case "1", "t", "true": return true
        case "0", "f", "false": return false
        default: throw Mistake(description: "-broadcast is true or false, not \"\(value)\"")
        }
    }

    private static func absolute(_ value: String, _ name: some StringProtocol) throws(Mistake) -> String {
        guard value.hasPrefix("/") else {
            throw Mistake(description: "-\(name) needs an absolute path, not \"\(value)\"")
        }
        return value
    }

    private static func time(_ value: String, _ name: some StringProtocol) throws(Mistake) -> Int64 {
        guard let time = milliseconds(value), time > 0 else {
            throw Mistake(description: "-\(name) needs a time such as 10s, not \"\(value)\"")
        }
        return time
    }

    /// A time as Go writes it: numbers, with a decimal point or without, each with its unit.
    private static func milliseconds(_ text: String) -> Int64? {
        let units: [(String, Double)] = [
            ("ms", 1), ("us", 0.001), ("µs", 0.001), ("ns", 0.000_001), ("s", 1000), ("m", 60_000),
            ("h", 3_600_000),
        ]
        var rest = text[...]
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(digits.count)
            guard let number = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.0) }) else {
                return nil
            }
            sum += number * unit.1
            rest = rest.dropFirst(unit.0.count)
        }
        return Int64(exactly: sum.rounded())
    }
}
