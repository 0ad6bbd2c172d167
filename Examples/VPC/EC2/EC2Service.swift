// SPDX-License-Identifier: Apache-2.0

/// The calls of EC2 that pods' networks need, as ``EC2Client`` makes them.
///
/// A fake in its place lets logic be tested without EC2. All throw ``EC2Error``. What is described may be some seconds
/// old: EC2 is eventually consistent.
public protocol EC2Service: Sendable {
    /// Creates an interface; twice with the same client token creates one.
    func createNetworkInterface(_ request: NetworkInterfaceRequest) async throws(EC2Error) -> NetworkInterface

    /// Attaches an interface to an instance, and returns the attachment's id.
    ///
    /// It is on its way then, not there. A lost answer is not repeated: look at the interface.
    func attachNetworkInterface(
        _ interface: String, to instance: String, deviceIndex: Int, networkCard: Int
    ) async throws(EC2Error) -> String

    /// Begins to detach an interface; it keeps its addresses.
    ///
    /// - Parameter force: Also if the instance does not let go. The device index may then be unusable until the
    ///   instance is stopped and started, and the metadata service stale.
    func detachNetworkInterface(attachment: String, force: Bool) async throws(EC2Error)

    /// Deletes an interface, which has to be detached; one that a lost answer has deleted is no failure.
    func deleteNetworkInterface(_ interface: String) async throws(EC2Error)

    /// Changes one attribute of an interface.
    func modifyNetworkInterface(
        _ interface: String, _ change: NetworkInterfaceChange
    ) async throws(EC2Error)

    /// Gives an interface more IPv4 addresses or prefixes: all that were asked for, or none.
    ///
    /// A lost answer is not repeated if EC2 chooses the addresses: look at the interface.
    func assignPrivateIPAddresses(
        _ wish: AddressWish, to interface: String
    ) async throws(EC2Error) -> AssignedAddresses

    /// Takes secondary IPv4 addresses or prefixes from an interface.
    func unassignPrivateIPAddresses(
        _ addresses: AssignedAddresses, from interface: String
    ) async throws(EC2Error)

    /// Gives an interface more IPv6 addresses or prefixes: all that were asked for, or none.
    ///
    /// A lost answer is not repeated if EC2 chooses the addresses: look at the interface.
    func assignIPv6Addresses(
        _ wish: AddressWish, to interface: String
    ) async throws(EC2Error) -> AssignedAddresses

    /// Takes IPv6 addresses or prefixes from an interface.
    func unassignIPv6Addresses(
        _ addresses: AssignedAddresses, from interface: String
    ) async throws(EC2Error)

    /// Describes interfaces; all pages.
    func describeNetworkInterfaces(_ selection: Selection) async throws(EC2Error) -> [NetworkInterface]

    /// Describes instances; all pages.
    func describeInstances(_ selection: Selection) async throws(EC2Error) -> [Instance]

    /// Describes instance types, whose names are the ids; all pages.
    func describeInstanceTypes(_ selection: Selection) async throws(EC2Error) -> [InstanceType]

    /// Describes subnets; all pages.
    func describeSubnets(_ selection: Selection) async throws(EC2Error) -> [Subnet]

    /// Describes security groups; all pages.
    func describeSecurityGroups(_ selection: Selection) async throws(EC2Error) -> [SecurityGroup]

    /// Sets tags; those of the same key are replaced.
    func createTags(_ tags: [String: String], on resources: [String]) async throws(EC2Error)

    /// Asks for each call that can be asked so (`DryRun`) whether IAM allows it, and changes nothing.
    func checkPermissions(_ subject: PermissionSubject) async throws(EC2Error) -> [PermissionCheck]
}
