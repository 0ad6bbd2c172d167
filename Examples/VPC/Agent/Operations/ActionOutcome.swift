// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import Addressing
package import EC2

/// What has come of an action.
package enum ActionOutcome: Sendable {
    case created(NetworkInterface)
    case assigned([IPPrefix])
    case unassigned([IPPrefix])
    case removed
    /// It is not known, or was not done; what is there shows the next look at EC2.
    case failed(EC2Error)
}

extension Refusal {
    /// What a plan has to do without after a failure.
    package init(_ error: EC2Error, of action: Action, in subnet: SubnetID?) {
        switch error.kind {
        case .throttled: self = .throttled
        case .insufficientPrefixes: self = subnet.map { .fragmented($0) } ?? .failed(call: error.action)
        case .insufficientAddresses: self = subnet.map { .exhausted($0) } ?? .failed(call: error.action)
        case .addressLimit: self = action.eni.map { .eniFull($0) } ?? .failed(call: error.action)
        case .attachmentLimit, .interfaceLimit: self = .instanceFull
        default: self = .failed(call: error.action)
        }
    }
}

extension Action {
    /// The call of EC2 that it begins with.
    package var call: String {
        switch self {
        case .create: "CreateNetworkInterface"
        case .assignAddresses, .assignPrefixes: "AssignPrivateIpAddresses"
        case .assignIPv6Prefix: "AssignIpv6Addresses"
        case .unassign: "UnassignPrivateIpAddresses"
        case .remove: "DeleteNetworkInterface"
        }
    }
}
