// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EC2

/// What follows from EC2's codes and texts, as its users have met them.
struct ErrorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let code: String
        var text = "no"
        var status = 400
        let kind: EC2Error.Kind

        var testDescription: String { "\(code): \(text)" }
    }

    static let cases = [
        Case(code: "RequestLimitExceeded", status: 503, kind: .throttled),
        Case(code: "Throttling", kind: .throttled),
        Case(code: "InvalidNetworkInterface.InUse", text: "Interface: [eni-1] in use.", kind: .inUse),
        Case(
            code: "InvalidParameterValue", text: "Network interface 'eni-1' is currently in use.",
            kind: .inUse),
        Case(code: "InsufficientFreeAddressesInSubnet", kind: .insufficientAddresses),
        Case(code: "InsufficientCidrBlocks", kind: .insufficientPrefixes),
        Case(
            code: "InvalidParameterValue", text: "There aren't sufficient free Ipv4 addresses or prefixes",
            kind: .insufficientPrefixes),
        Case(
            code: "InvalidParameterValue",
            text: "Instance 'i-1' already has an interface attached at device index '1'.",
            kind: .deviceIndexInUse),
        Case(
            code: "InvalidParameterValue",
            text: "Some of the specified addresses are not assigned to interface eni-1",
            kind: .addressNotAssigned),
        Case(
            code: "InvalidParameterValue", text: "Value (x) for parameter y is invalid", kind: .invalidRequest
        ),
        Case(
            code: "AttachmentLimitExceeded", text: "Interface count 4 exceeds the limit for m5.large",
            kind: .attachmentLimit),
        Case(code: "InvalidInterface.IpAddressLimitExceeded", kind: .addressLimit),
        Case(code: "PrivateIpAddressLimitExceeded", kind: .addressLimit),
        Case(code: "NetworkInterfaceLimitExceeded", kind: .interfaceLimit),
        Case(code: "SecurityGroupsPerInterfaceLimitExceeded", kind: .limitExceeded),
        Case(code: "InvalidNetworkInterfaceID.NotFound", kind: .notFound(.networkInterface)),
        Case(code: "InvalidAttachmentID.NotFound", kind: .notFound(.attachment)),
        Case(code: "InvalidInstanceID.NotFound", kind: .notFound(.instance)),
        Case(code: "InvalidSubnetID.NotFound", kind: .notFound(.subnet)),
        Case(code: "InvalidGroup.NotFound", kind: .notFound(.securityGroup)),
        Case(code: "InvalidSecurityGroupID.NotFound", kind: .notFound(.securityGroup)),
        Case(code: "UnauthorizedOperation", status: 403, kind: .unauthorized),
        Case(code: "AuthFailure", status: 401, kind: .invalidCredentials),
        Case(code: "RequestExpired", kind: .expiredCredentials),
        Case(code: "InvalidSecurity.RequestHasExpired", kind: .clockSkew),
        Case(code: "IdempotentParameterMismatch", kind: .idempotentParameterMismatch),
        Case(code: "IncorrectState", kind: .incorrectState),
        Case(code: "OperationNotPermitted", kind: .notPermitted),
        Case(code: "InvalidParameterCombination", kind: .invalidRequest),
        Case(code: "InvalidNextToken", kind: .invalidRequest),
        Case(code: "InternalError", status: 500, kind: .serverFailure),
        Case(code: "Unavailable", status: 503, kind: .serverFailure),
        Case(code: "NobodyKnows", status: 500, kind: .serverFailure),
        Case(code: "NobodyKnows", kind: .other),
    ]

    @Test(arguments: cases) func `a code and its text say what follows`(_ item: Case) {
        #expect(EC2Error.Kind(code: item.code, message: item.text, status: item.status) == item.kind)
    }

    @Test func `a refusal names the missing permission`() {
        var error = EC2Error(
            .unauthorized, action: "CreateNetworkInterface", code: "UnauthorizedOperation",
            message: """
                You are not authorized to perform this operation. User: arn:aws:sts::1:assumed-role/node/i-1 is not \
                authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:eu-west-1:1:network-interface/* \
                because no identity-based policy allows the ec2:CreateTags action.
                """, requestID: "r-1", status: 403)
        #expect(error.missingPermission == "ec2:CreateTags")
        #expect("\(error)".hasPrefix("CreateNetworkInterface: missing IAM permission ec2:CreateTags: "))
        #expect("\(error)".hasSuffix("(HTTP 403, request r-1)"))
        error.message = "You are not authorized to perform this operation."
        #expect(error.missingPermission == "ec2:CreateNetworkInterface")
        error.kind = .inUse
        #expect(error.missingPermission == nil)
    }
}
