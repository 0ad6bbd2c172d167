// SPDX-License-Identifier: Apache-2.0

import Addressing

/// A token of an instance's metadata service.
struct MetadataToken: Sendable {
    let instance: String
    let expires: Timestamp
}

/// What a metadata service answers.
package enum MetadataAnswer: Sendable {
    /// Text, with its media type.
    case text(String, type: String)
    /// A token and how many seconds it is good for.
    case token(String, seconds: Int)
    /// A refusal with its HTTP status.
    case refused(Int)
    /// Nothing: the answer's hops are used up before it is there.
    case lost
}

/// A request to a metadata service.
package struct MetadataRequest: Sendable {
    /// Such as `GET`.
    package var method: String
    /// From `/` on.
    package var path: String
    /// `X-aws-ec2-metadata-token`.
    package var token: String?
    /// `X-aws-ec2-metadata-token-ttl-seconds`.
    package var lifetime: String?
    /// Whether there is a header `X-Forwarded-For`.
    package var isForwarded = false
    /// How many hops the answer needs: 1 for the instance itself, 2 for a routed container.
    package var hops = 1

    package init(
        _ method: String, _ path: String, token: String? = nil, lifetime: String? = nil,
        isForwarded: Bool = false,
        hops: Int = 1
    ) {
        self.method = method
        self.path = path
        self.token = token
        self.lifetime = lifetime
        self.isForwarded = isForwarded
        self.hops = hops
    }
}

extension Region {
    /// Answers as an instance's metadata service does.
    package mutating func answer(
        _ request: MetadataRequest, of instanceID: String, at time: Timestamp
    ) -> MetadataAnswer {
        advance(to: time)
        guard !faults.metadataIsDown else { return .refused(503) }
        guard let instance = metadataView.instances[instanceID] ?? resources.instances[instanceID],
            instance.state != .terminated, instance.state != .stopped
        else { return .refused(404) }
        guard instance.metadata.isEnabled else { return .refused(403) }
        if request.path == "/latest/api/token" { return issueToken(to: request, of: instance) }
        guard request.method == "GET" || request.method == "HEAD" else { return .refused(405) }
        if let token = request.token {
            guard let known = metadataTokens[token], known.instance == instance.id, now < known.expires else {
                return .refused(401)
            }
        } else if instance.metadata.requiresToken {
            return .refused(401)
        }
        guard let leaf = leaf(request.path, of: instance) else { return .refused(404) }
        return leaf
    }

    private mutating func issueToken(to request: MetadataRequest, of instance: Instance) -> MetadataAnswer {
        guard request.method == "PUT" else { return .refused(405) }
        guard !request.isForwarded else { return .refused(403) }
        guard let text = request.lifetime, let seconds = Int(text), 1...21_600 ~= seconds else {
            return .refused(400)
        }
        // The hop limit is the time to live of this answer's packets.
        guard request.hops <= instance.metadata.hopLimit else { return .lost }
        if metadataTokens.count > 10_000 { metadataTokens = metadataTokens.filter { $0.value.expires > now } }
        let token = "AQAE" + (0..<3).map { _ in random.hexadecimal(16) }.joined() + "=="
        metadataTokens[token] = MetadataToken(
            instance: instance.id, expires: now.adding(milliseconds: Int64(seconds) * 1000))
        return .token(token, seconds: seconds)
    }

    private mutating func leaf(_ path: String, of instance: Instance) -> MetadataAnswer? {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        // Versions by date are the same as the latest here.
        guard let version = parts.first, version == "latest" || version.first?.isNumber == true else {
            return nil
        }
        parts.removeFirst()
        if parts == ["dynamic", "instance-identity", "document"] {
            return .text(identityDocument(of: instance), type: "text/plain")
        }
        guard parts.first == "meta-data" else { return nil }
        parts.removeFirst()
        if parts.starts(with: ["iam"]) {
            guard let role = instance.role else { return nil }
            return credentials(Array(parts.dropFirst()), role: role, of: instance)
        }
        guard let node = metadataTree(of: instance).find(parts) else { return nil }
        return .text(node.text, type: "text/plain")
    }

    private mutating func credentials(_ path: [String], role: String, of instance: Instance)
        -> MetadataAnswer?
    {
        switch path {
        case []: return .text("info\nsecurity-credentials/", type: "text/plain")
        case ["security-credentials"]: return .text(role, type: "text/plain")
        case ["info"]:
            let arn = "arn:\(settings.partition):iam::\(settings.account):instance-profile/\(role)"
            return .text(
                "{\"Code\":\"Success\",\"LastUpdated\":\"\(now.seconds)\",\"InstanceProfileArn\":\"\(arn)\","
                    + "\"InstanceProfileId\":\"AIPASIMULATOR\"}", type: "text/plain")
        case ["security-credentials", role]:
            let key = access.roleKey(
                for: instance, role: role, account: settings.account, at: now, using: &random)
            return .text(
                """
                {
                  "Code" : "Success",
                  "LastUpdated" : "\(key.issued.seconds)",
                  "Type" : "AWS-HMAC",
                  "AccessKeyId" : "\(key.id)",
                  "SecretAccessKey" : "\(key.secret)",
                  "Token" : "\(key.sessionToken ?? "")",
                  "Expiration" : "\((key.expires ?? now).seconds)"
                }
                """, type: "text/plain")
        default: return nil
        }
    }

    private func identityDocument(of instance: Instance) -> String {
        """
        {
          "accountId" : "\(settings.account)",
          "architecture" : "\(instance.type.architecture)",
          "availabilityZone" : "\(instance.zone)",
          "imageId" : "\(instance.image)",
          "instanceId" : "\(instance.id)",
          "instanceType" : "\(instance.type.name)",
          "pendingTime" : "\(instance.launchedAt.seconds)",
          "privateIp" : "\(metadataView.interfaces(of: instance.id).first?.primaryAddress?.description ?? "")",
          "region" : "\(settings.region)",
          "version" : "2017-09-30"
        }
        """
    }
}

extension Timestamp {
    /// `2026-01-01T00:00:00Z`, as the metadata service writes times.
    var seconds: String { String(description.dropLast(5)) + "Z" }
}
