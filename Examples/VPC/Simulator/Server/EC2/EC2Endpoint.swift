// SPDX-License-Identifier: Apache-2.0

import VPCModel

/// EC2's Query API.
struct EC2Endpoint: Sendable {
    private static let versions: Set<String> = [
        "2016-11-15", "2016-09-15", "2016-04-01", "2015-10-01", "2014-10-01",
    ]

    let simulator: Simulator

    /// What comes of a call.
    private enum Outcome {
        case answer(XMLWriter)
        case refused(EC2Error)
        case dropped
    }

    func respond(to request: WebRequest) async -> WebAnswer {
        let clock = ContinuousClock()
        let start = clock.now
        let time = await simulator.time
        let form = request.method == "POST" ? String(decoding: request.body, as: UTF8.self) : request.query
        var parameters = QueryParameters(FormEncoding.form(form) ?? [])
        let action = parameters.text("Action") ?? ""
        let requestID = await simulator.update { region, _ in region.random.requestID() }
        var caller = ""
        let outcome: Outcome
        do throws(EC2Error) {
            let principal = try await authenticate(request)
            caller = principal.name
            outcome = try await perform(action, &parameters, by: principal)
        } catch {
            outcome = .refused(error)
        }
        let answer = Self.answer(outcome, to: action, requestID: requestID)
        let elapsed = start.duration(to: clock.now)
        let (values, name, refusal) = (parameters.all, caller, Self.refusal(outcome))
        await simulator.append { number in
            CallRecord(
                number: number, time: time, service: "ec2", action: action.isEmpty ? "?" : action,
                caller: name,
                status: answer.isDropped ? 0 : answer.status, code: refusal?.code, message: refusal?.message,
                milliseconds: elapsed / .milliseconds(1), parameters: values)
        }
        return answer
    }

    private func authenticate(_ request: WebRequest) async throws(EC2Error) -> Principal {
        guard simulator.checksSignatures else { return .administrator }
        let region = await simulator.region
        let check = SignatureCheck(region: region.settings.region, now: await simulator.skewedTime)
        return try check.key(for: request, among: region.access.keys).principal
    }

    private func perform(
        _ name: String, _ parameters: inout QueryParameters, by principal: Principal
    ) async throws(EC2Error) -> Outcome {
        guard !name.isEmpty else {
            throw EC2Error("MissingAction", "The request must contain the parameter Action")
        }
        guard let version = parameters.text("Version") else { throw .missing("Version") }
        guard Self.versions.contains(version) else {
            throw EC2Error(
                "NoSuchVersion", "The requested version (\(version)) of service AmazonEC2 does not exist")
        }
        guard let action = EC2Action.all[name] else {
            throw EC2Error("InvalidAction", "The action \(name) is not valid for this web service.")
        }
        if try await interrupt(name, .before) { return .dropped }
        let latency = await simulator.update { region, _ in
            var random = region.random
            let latency = region.faults.latency(of: name, using: &random)
            region.random = random
            return latency
        }
        if latency > 0 { try? await Task.sleep(for: .milliseconds(latency)) }
        let read = parameters
        let writer = try await simulator.update { (region, time) throws(EC2Error) in
            var parameters = read
            return try action.run(&parameters, &region, .init(principal: principal, time: time))
        }
        if try await interrupt(name, .after) { return .dropped }
        return .answer(writer)
    }

    /// Does what a fault rule asks for.
    ///
    /// - Returns: whether the connection is to end.
    private func interrupt(_ action: String, _ phase: FaultRule.Phase) async throws(EC2Error) -> Bool {
        let rule = await simulator.update { region, _ in region.faults.rule(for: action, phase: phase) }
        switch rule?.effect {
        case nil: return false
        case .error(let error): throw error
        case .hold:
            await simulator.hold(rule?.id ?? "")
            return false
        case .drop: return true
        }
    }

    private static func refusal(_ outcome: Outcome) -> EC2Error? {
        if case .refused(let error) = outcome { error } else { nil }
    }

    private static func answer(_ outcome: Outcome, to action: String, requestID: String) -> WebAnswer {
        var document = XMLWriter()
        var status = 200
        switch outcome {
        case .dropped: return .dropped
        case .answer(let content):
            document.group(
                "\(action)Response", attributes: " xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\""
            ) {
                $0.element("requestId", requestID)
                $0.append(content)
            }
        case .refused(let error):
            status = error.status
            document.group("Response") { writer in
                writer.group("Errors") { writer in
                    writer.group("Error") { writer in
                        writer.element("Code", error.code)
                        writer.element("Message", error.message)
                    }
                }
                writer.element("RequestID", requestID)
            }
        }
        var answer = WebAnswer(
            status, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + document.text,
            type: "text/xml;charset=UTF-8")
        answer.headers.append(("x-amzn-requestid", requestID))
        return answer
    }
}
