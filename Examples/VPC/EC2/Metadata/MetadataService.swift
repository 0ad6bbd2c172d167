// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What an instance knows of itself, as ``MetadataClient`` reads it from IMDSv2.
///
/// It lags behind EC2, in both directions, and at times leaves an interface out: it is a hint, and nothing may be given
/// up because of it alone. All throw ``MetadataError``.
public protocol MetadataService: Sendable {
    /// Describes the instance.
    func instance() async throws(MetadataError) -> InstanceMetadata

    /// The MAC addresses of the interfaces that the service lists.
    func macAddresses() async throws(MetadataError) -> [MACAddress]

    /// Describes an interface; nil if the service has none with that MAC address (any more).
    func networkInterface(_ address: MACAddress) async throws(MetadataError) -> InterfaceMetadata?

    /// Describes all interfaces that the service lists, in order of card and device index.
    func networkInterfaces() async throws(MetadataError) -> [InterfaceMetadata]
}
