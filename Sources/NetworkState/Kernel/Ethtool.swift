// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import LinuxCore

/// Reading and switching links' features, in the calling thread's namespace.
enum Ethtool {
    /// The features as they are; those of links that do not know them are left out.
    static func read(_ features: [LinkFeature]) throws(StateError) -> [LinkFeature] {
        var found: [LinkFeature] = []
        for var feature in features {
            var value: UInt32 = 0
            do throws(SystemError) {
                try systemCall("ethtool --show-features \(feature.link)") {
                    swift_cni_ethtool(feature.link, feature.kind.readCommand, &value)
                }
                feature.isOn = value != 0
                found.append(feature)
            } catch  where error.errno == 19 || error.errno == 95 {  // ENODEV, EOPNOTSUPP
                continue
            } catch {
                throw StateError(error)
            }
        }
        return found
    }

    /// Switches a feature.
    static func write(_ feature: LinkFeature) throws(StateError) {
        var value: UInt32 = feature.isOn ? 1 : 0
        do throws(SystemError) {
            try systemCall(
                "ethtool --features \(feature.link) \(feature.kind.rawValue) \(feature.isOn ? "on" : "off")"
            ) { swift_cni_ethtool(feature.link, feature.kind.writeCommand, &value) }
        } catch {
            throw StateError(error)
        }
    }
}

extension LinkFeature.Kind {
    /// From linux/ethtool.h.
    fileprivate var readCommand: UInt32 {
        switch self {
        case .transmitChecksum: swift_cni_ethtool_gtxcsum
        }
    }

    fileprivate var writeCommand: UInt32 {
        switch self {
        case .transmitChecksum: swift_cni_ethtool_stxcsum
        }
    }
}
