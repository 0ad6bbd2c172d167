// SPDX-License-Identifier: Apache-2.0

extension EC2Error.Kind {
    /// What follows from an answer's code, message and HTTP status.
    ///
    /// Several of EC2's answers have two spellings, and some are told apart by their text only.
    init(code: String, message: String, status: Int) {
        if let kind = Self.plain[code] ?? Self.told(code, message) ?? Self.named(code) {
            self = kind
        } else if status == 429 {
            self = .throttled
        } else {
            self = status >= 500 ? .serverFailure : .other
        }
    }

    /// Codes that say it all. See https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
    private static let plain: [String: Self] = [
        "RequestLimitExceeded": .throttled, "Throttling": .throttled, "ThrottlingException": .throttled,
        "ThrottledException": .throttled, "RequestThrottled": .throttled,
        "RequestThrottledException": .throttled,
        "TooManyRequestsException": .throttled, "EC2ThrottledException": .throttled,
        "BandwidthLimitExceeded": .throttled,
        "SlowDown": .throttled, "PriorRequestNotComplete": .throttled,
        "InvalidNetworkInterface.InUse": .inUse, "DependencyViolation": .inUse,
        "AttachmentLimitExceeded": .attachmentLimit,
        "InvalidInterface.IpAddressLimitExceeded": .addressLimit,
        "PrivateIpAddressLimitExceeded": .addressLimit,
        "NetworkInterfaceLimitExceeded": .interfaceLimit,
        "SecurityGroupsPerInterfaceLimitExceeded": .limitExceeded, "TagLimitExceeded": .limitExceeded,
        "FilterLimitExceeded": .limitExceeded, "ResourceLimitExceeded": .limitExceeded,
        "InsufficientFreeAddressesInSubnet": .insufficientAddresses,
        "InsufficientCidrBlocks": .insufficientPrefixes,
        "InvalidIPAddress.InUse": .addressInUse, "Resource.AlreadyAssigned": .addressInUse,
        "PrivateIpAddressInUse": .addressInUse, "InvalidParameterCombination": .invalidRequest,
        "UnauthorizedOperation": .unauthorized, "AccessDenied": .unauthorized,
        "AccessDeniedException": .unauthorized,
        "AuthFailure": .invalidCredentials, "InvalidClientTokenId": .invalidCredentials,
        "SignatureDoesNotMatch": .invalidCredentials, "UnrecognizedClientException": .invalidCredentials,
        "InvalidAccessKeyId": .invalidCredentials, "Blocked": .invalidCredentials,
        "OptInRequired": .invalidCredentials, "IncompleteSignature": .invalidCredentials,
        "MissingAuthenticationToken": .invalidCredentials,
        "RequestExpired": .expiredCredentials, "ExpiredToken": .expiredCredentials,
        "ExpiredTokenException": .expiredCredentials,
        "InvalidSecurity.RequestHasExpired": .clockSkew, "RequestTimeTooSkewed": .clockSkew,
        "RequestInTheFuture": .clockSkew,
        "IdempotentParameterMismatch": .idempotentParameterMismatch,
        "IncorrectState": .incorrectState, "IncorrectInstanceState": .incorrectState,
        "InvalidInstanceID.NotLinkable": .incorrectState, "ConcurrentTagAccess": .incorrectState,
        "OperationNotPermitted": .notPermitted, "UnsupportedOperation": .notPermitted,
        "Unsupported": .notPermitted,
        "InternalError": .serverFailure, "InternalFailure": .serverFailure, "Unavailable": .serverFailure,
        "ServiceUnavailable": .serverFailure, "InternalServiceError": .serverFailure,
        "InsufficientInstanceCapacity": .serverFailure, "RequestTimeout": .serverFailure,
    ]

    /// `InvalidParameterValue` and the like stand for many things, of which the text tells some.
    private static func told(_ code: String, _ message: String) -> Self? {
        guard code == "InvalidParameterValue" || code == "InvalidParameter" else { return nil }
        let text = message.lowercased()
        // Delete of an attached interface; the documented code for it is InvalidNetworkInterface.InUse.
        if text.contains("is currently in use") { return .inUse }
        if text.contains("already has an interface attached at device index") { return .deviceIndexInUse }
        // A subnet at its capacity; a fragmented one has the code InsufficientCidrBlocks.
        if text.contains("sufficient free"), text.contains("prefix") { return .insufficientPrefixes }
        if text.contains("addresses are not assigned to interface") { return .addressNotAssigned }
        return nil
    }

    /// Codes that tell by their form: `InvalidSubnetID.NotFound`, `InvalidFilter`, `MissingParameter`.
    private static func named(_ code: String) -> Self? {
        if code.hasSuffix(".NotFound") { return .notFound(resource(code)) }
        if code.hasPrefix("Invalid") || code.hasPrefix("Missing") || code.hasPrefix("Unknown")
            || code.hasSuffix(".Malformed") || code == "NoSuchVersion" || code == "MalformedQueryString"
            || code == "ValidationError"
        {
            return .invalidRequest
        }
        return nil
    }

    private static func resource(_ code: String) -> EC2Error.Resource {
        if code.hasPrefix("InvalidNetworkInterface") { return .networkInterface }
        if code.hasPrefix("InvalidAttachment") { return .attachment }
        if code.hasPrefix("InvalidInstance") { return .instance }
        if code.hasPrefix("InvalidSubnet") { return .subnet }
        if code.hasPrefix("InvalidGroup") || code.hasPrefix("InvalidSecurityGroup") { return .securityGroup }
        return .other
    }
}
