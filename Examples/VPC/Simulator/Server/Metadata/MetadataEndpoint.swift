// SPDX-License-Identifier: Apache-2.0

import VPCModel

/// The metadata service (IMDS) of one instance.
struct MetadataEndpoint: Sendable {
    let simulator: Simulator
    let instance: String
    /// How many hops away the client is: 1 is the instance itself.
    var hops = 1

    /// Answers a request whose path begins with `/latest`.
    func respond(to request: WebRequest) async -> WebAnswer {
        let start = ContinuousClock.now
        var asked = MetadataRequest(
            request.method, request.path, token: request.header("x-aws-ec2-metadata-token"),
            lifetime: request.header("x-aws-ec2-metadata-token-ttl-seconds"),
            isForwarded: request.header("x-forwarded-for") != nil, hops: hops)
        if let text = request.header("x-simulator-hops"), let number = Int(text) { asked.hops = number }
        let question = asked
        let rule = await simulator.update { region, _ in
            region.faults.rule(for: "imds:\(request.path)", phase: .before)
        }
        if case .hold? = rule?.effect { await simulator.hold(rule?.id ?? "") }
        let (answer, time) = await simulator.update { region, time in
            let answer: MetadataAnswer =
                if case .error(let error)? = rule?.effect {
                    .refused(error.status)
                } else {
                    region.answer(question, of: instance, at: time)
                }
            return (answer, time)
        }
        var reply: WebAnswer
        switch answer {
        case .text(let text, let type): reply = WebAnswer(200, text, type: type)
        case .token(let token, let seconds):
            var token = WebAnswer(200, token, type: "text/plain")
            token.headers.append(("x-aws-ec2-metadata-token-ttl-seconds", String(seconds)))
            reply = token
        case .refused(let status): reply = Self.refusal(status)
        case .lost:
            // The answer's packets die on the way: the client waits in vain, for a minute at most.
            try? await Task.sleep(for: .seconds(60))
            reply = .dropped
        }
        if case .drop? = rule?.effect { reply = .dropped }
        let elapsed = start.duration(to: .now)
        let status = reply.isDropped ? 0 : reply.status
        await simulator.append { number in
            CallRecord(
                number: number, time: time, service: "imds", action: "\(request.method) \(request.path)",
                caller: instance, status: status, code: status == 200 ? nil : "\(status)", message: nil,
                milliseconds: elapsed / .milliseconds(1), parameters: [:])
        }
        return reply
    }

    private static func refusal(_ status: Int) -> WebAnswer {
        let texts = [
            400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed",
            503: "Service Unavailable",
        ]
        let title = "\(status) - \(texts[status] ?? "")"
        return WebAnswer(
            status,
            "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html><head><title>\(title)</title></head>"
                + "<body><h1>\(title)</h1></body></html>\n", type: "text/html")
    }
}
