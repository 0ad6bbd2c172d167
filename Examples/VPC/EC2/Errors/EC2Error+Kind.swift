// SPDX-License-Identifier: Apache-2.0

extension EC2Error {
    /// What follows from a failure.
    public enum Kind: Hashable, Sendable {
        /// Too many calls, of this node or of the whole account: slow down.
        case throttled
        /// What the call names is not there, or not yet: a new id may take seconds to be known everywhere.
        case notFound(Resource)
        /// An interface is in use, so that it cannot be deleted or attached: wait, and try again.
        case inUse
        /// The instance has as many interfaces as its type allows.
        case attachmentLimit
        /// The interface has as many addresses or prefixes as the instance's type allows.
        case addressLimit
        /// The account has as many interfaces as it may.
        case interfaceLimit
        /// Another limit is reached: tags, groups of an interface, filters.
        case limitExceeded
        /// The subnet has not enough free addresses.
        case insufficientAddresses
        /// The subnet has no room for a whole prefix: single addresses may be left.
        case insufficientPrefixes
        /// Another interface has this device index: take the next.
        case deviceIndexInUse
        /// An address is somebody else's.
        case addressInUse
        /// An address or a prefix is not the interface's (any more).
        case addressNotAssigned
        /// IAM does not allow the call. See ``EC2Error/missingPermission``.
        case unauthorized
        /// The credentials are wrong.
        case invalidCredentials
        /// The credentials have expired, and there are no newer ones.
        case expiredCredentials
        /// There are no credentials.
        case noCredentials
        /// The node's clock is off, and the server's time did not help.
        case clockSkew
        /// The client token was used before with other parameters.
        case idempotentParameterMismatch
        /// An instance, interface or attachment is not in a state for it: wait, and look again.
        case incorrectState
        /// What the call asks for is never allowed, such as detaching the primary interface.
        case notPermitted
        /// The call itself is wrong.
        case invalidRequest
        /// EC2 failed itself.
        case serverFailure
        /// EC2 was not reached, or its answer got lost.
        case transport
        /// There was no answer in time.
        case timedOut
        /// The answer cannot be read.
        case malformedAnswer
        /// The task was cancelled.
        case cancelled
        /// A code that is not known here.
        case other
    }

    /// What a call names.
    public enum Resource: Hashable, Sendable {
        /// A network interface.
        case networkInterface
        /// An interface's attachment.
        case attachment
        /// An instance.
        case instance
        /// A subnet.
        case subnet
        /// A security group.
        case securityGroup
        /// Something else.
        case other
    }
}
