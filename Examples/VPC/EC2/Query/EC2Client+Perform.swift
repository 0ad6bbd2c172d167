// SPDX-License-Identifier: Apache-2.0

internal import Logging

extension EC2Client {
    /// Makes a call, with all the attempts that it may have.
    func perform<Call: EC2Call>(_ call: Call, dryRun: Bool = false) async throws(EC2Error) -> Call.Answer {
        var parameters = QueryParameters(action: Call.action, version: Self.version)
        call.describe(in: &parameters)
        if dryRun { parameters.set("DryRun", true) }
        let body = Array(parameters.body.utf8)
        let end = time.uptime() + configuration.deadline
        // Whether an attempt may have succeeded whose answer is lost.
        var isLost = false
        var attempt = 0
        var mended: Set<Mending> = []
        while true {
            try await pace(Call.action, until: end)
            attempt += 1
            var failure: EC2Error
            do throws(EC2Error) {
                let root = try await exchange(Call.action, body, until: end, &mended)
                return try read(call, root)
            } catch {
                failure = error
            }
            if isLost, let answer = call.settled(by: failure.kind) { return answer }
            if dryRun || call.repetition == .describes { failure.mayHaveHappened = false }
            isLost = isLost || failure.mayHaveHappened
            let isRepeatable = dryRun || call.repetition != .harmful
            let pause = configuration.retries.pause(
                after: failure, attempt: attempt, isRepeatable: isRepeatable, chance: time.chance())
            failure.mayHaveHappened = isLost
            guard let pause, time.uptime() + pause < end else { throw failure }
            logger.debug(
                "\(failure); trying again",
                metadata: ["attempt": "\(attempt)", "pause": "\(pause)"])
            try await wait(pause, Call.action)
        }
    }

    private func read<Call: EC2Call>(_ call: Call, _ root: XMLElement) throws(EC2Error) -> Call.Answer {
        do throws(XMLElement.Mistake) {
            return try call.answer(root)
        } catch {
            throw EC2Error(
                .malformedAnswer, action: Call.action, message: "the answer: \(error)",
                requestID: root.text("requestId"), status: 200, mayHaveHappened: true)
        }
    }

    /// Waits for a token of the call's bucket.
    private func pace(_ action: String, until end: Duration) async throws(EC2Error) {
        let now = time.uptime()
        let delay = state.withRates { $0.take(action, at: now) }
        guard delay > .zero else { return }
        guard now + delay < end else {
            state.withRates { $0.giveBack(action, at: now) }
            throw EC2Error(
                .throttled, action: action,
                message:
                    "not sent: this node's own limit has the next such call in \(delay), which is too late")
        }
        do throws(EC2Error) {
            try await wait(delay, action)
        } catch {
            state.withRates { $0.giveBack(action, at: now) }
            throw error
        }
    }

    private func wait(_ pause: Duration, _ action: String) async throws(EC2Error) {
        do {
            try await time.sleep(pause)
        } catch {
            throw EC2Error(.cancelled, action: action, message: "cancelled")
        }
    }

    /// Makes one attempt; and another one at once if the clock or the credentials can be mended, each once.
    private func exchange(
        _ action: String, _ body: [UInt8], until end: Duration, _ mended: inout Set<Mending>
    ) async throws(EC2Error) -> XMLElement {
        while true {
            let keys = try await keys(action)
            let moment = time.now() + state.clockOffset
            let answer = try await send(action, body, keys, at: moment, until: end)
            if answer.status == 200 {
                state.withRates { $0.wasTaken(action) }
                return try document(action, answer)
            }
            var failure = EC2Error(action: action, answer)
            let mending = Mending(&failure, answer, signedAt: moment)
            if failure.kind == .throttled {
                let now = time.uptime()
                state.withRates { $0.wasRefused(action, at: now) }
            }
            guard let mending, mended.insert(mending).inserted else { throw failure }
            switch mending {
            case .clock(let serverTime):
                state.clockOffset = serverTime - time.now()
                logger.warning(
                    "the node's clock is off: requests to EC2 are signed with the server's time; set the clock (NTP)",
                    metadata: ["server": "\(serverTime)", "node": "\(time.now())", "code": "\(failure.code)"])
            case .credentials:
                await credentials.reject(keys)
                guard let newer = try? await credentials.credentials(), newer != keys else { throw failure }
                logger.info(
                    "EC2 refuses the credentials; trying others", metadata: ["code": "\(failure.code)"])
            }
        }
    }

    private func keys(_ action: String) async throws(EC2Error) -> Credentials {
        do throws(CredentialsError) {
            return try await credentials.credentials()
        } catch {
            throw EC2Error(
                error.isCancelled ? .cancelled : .noCredentials, action: action,
                message: "not sent: no credentials: \(error)")
        }
    }

    private func document(_ action: String, _ answer: HTTPAnswer) throws(EC2Error) -> XMLElement {
        do throws(XMLElement.Mistake) {
            let root = try XMLElement(parsing: answer.body)
            guard root.name == "\(action)Response" else {
                throw XMLElement.Mistake(path: root.name, reason: "not \(action)Response")
            }
            return root
        } catch {
            throw EC2Error(
                .malformedAnswer, action: action, message: "the answer: \(error)", status: answer.status,
                mayHaveHappened: true)
        }
    }
}
