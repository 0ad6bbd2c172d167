// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The value of an environment variable; nil if it is not set, or empty, which means the same to all of ours.
func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}

/// Whether text may have other characters than ASCII's (locale(7)).
var hasUnicodeLocale: Bool {
    let locale = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? ""
    // language_TERRITORY.codeset@modifier
    let codeset = locale.split(separator: "@").first?.split(separator: ".").last?.lowercased()
    return codeset == "utf-8" || codeset == "utf8"
}

/// Whether this process may do everything with the network, as far as its user says.
var isRoot: Bool { geteuid() == 0 }
