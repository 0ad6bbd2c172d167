// SPDX-License-Identifier: Apache-2.0

extension EC2Client {
    /// Asks for each call that can be asked so (`DryRun`) whether IAM allows it, and changes nothing.
    ///
    /// EC2 has no dry run of the calls that assign and unassign addresses: their outcome is
    /// ``PermissionCheck/Outcome/cannotBeAsked``.
    ///
    /// - Throws: ``EC2Error`` if EC2 cannot be asked at all.
    public func checkPermissions(_ subject: PermissionSubject) async throws(EC2Error) -> [PermissionCheck] {
        let interface = subject.interfaceID
        let id = Selection.ids([interface])
        var checks = [
            try await check(
                Describe<NetworkInterface>(selection: id, pageSize: nil, token: nil)),
            try await check(
                Describe<Instance>(selection: .ids([subject.instanceID]), pageSize: nil, token: nil)),
            try await check(Describe<InstanceType>(selection: .matching([]), pageSize: 5, token: nil)),
            try await check(
                Describe<Subnet>(selection: .ids([subject.subnetID]), pageSize: nil, token: nil)),
            try await check(
                Describe<SecurityGroup>(selection: .matching([]), pageSize: 5, token: nil)),
            try await check(
                CreateNetworkInterface(
                    request: NetworkInterfaceRequest(
                        subnetID: subject.subnetID, securityGroupIDs: subject.securityGroupIDs,
                        tags: subject.tags))),
            try await check(
                AttachNetworkInterface(
                    interface: interface, instance: subject.instanceID, deviceIndex: 1, networkCard: 0)),
            try await check(
                ModifyNetworkInterfaceAttribute(
                    interface: interface,
                    change: .deletesOnTermination(attachment: subject.attachmentID, true))),
            try await check(DetachNetworkInterface(attachment: subject.attachmentID, force: false)),
            try await check(DeleteNetworkInterface(interface: interface)),
        ]
        if !subject.tags.isEmpty {
            checks.append(try await check(CreateTags(resources: [interface], tags: subject.tags)))
        }
        let others = [
            AssignPrivateIpAddresses.action, UnassignPrivateIpAddresses.action, AssignIpv6Addresses.action,
            UnassignIpv6Addresses.action,
        ]
        return checks + others.map { PermissionCheck(permission: "ec2:\($0)", outcome: .cannotBeAsked) }
    }

    private func check<Call: EC2Call>(_ call: Call) async throws(EC2Error) -> PermissionCheck {
        let permission = "ec2:\(Call.action)"
        do throws(EC2Error) {
            _ = try await perform(call, dryRun: true)
        } catch  where error.code == "DryRunOperation" {
            return PermissionCheck(permission: permission, outcome: .allowed)
        } catch  where error.kind == .unauthorized {
            return PermissionCheck(
                permission: error.missingPermission ?? permission, outcome: .denied(error))
        } catch  where error.kind == .malformedAnswer {
            // The call was made after all, and what it answers has no bound: a service that knows no dry run.
            return PermissionCheck(permission: permission, outcome: .unknown(error))
        } catch
            where error.code.isEmpty || error.kind == .throttled || error.kind == .serverFailure
            || error.kind == .invalidCredentials || error.kind == .expiredCredentials
            || error.kind == .clockSkew
        {
            throw error
        } catch {
            return PermissionCheck(permission: permission, outcome: .unknown(error))
        }
        let error = EC2Error(
            .malformedAnswer, action: Call.action, message: "a dry run was answered with success")
        return PermissionCheck(permission: permission, outcome: .unknown(error))
    }
}
