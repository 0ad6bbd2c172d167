// SPDX-License-Identifier: Apache-2.0

import CNITypes
import VPCModel

/// The simulator's own API, below `/_simulator/`: JSON in and out.
struct AdminEndpoint: Sendable {
    let simulator: Simulator

    /// Answers a request.
    ///
    /// - Parameter path: what is behind `/_simulator/`.
    func respond(to request: WebRequest, path: String) async -> WebAnswer {
        let parts = path.split(separator: "/").map(String.init)
        do throws(DocumentError) {
            switch (request.method, parts.first, parts.count) {
            case ("GET", "health", 1): return Self.json(["status": "ok"])
            case ("GET", "state", 1): return await state()
            case ("GET", "calls", 1): return await calls(request)
            case ("GET", "flows", 1):
                return Self.json(.array(await simulator.flows.suffix(200).map(StateDocument.write(flow:))))
            case ("POST", "setup", 1): return try await setUp(request)
            case ("GET", "faults", 1): return await faults()
            case ("PUT", "faults", 1): return try await setFaults(request)
            case ("DELETE", "faults", 1):
                await simulator.clearFaults()
                return await faults()
            case ("POST", "faults", 1): return try await addRule(request)
            case ("DELETE", "faults", 2):
                guard await simulator.release(parts[1]) else {
                    return Self.refusal(404, "no rule \(parts[1])")
                }
                return Self.json(["released": .string(parts[1])])
            case ("POST", "instances", 3): return await change(instance: parts[1], to: parts[2])
            default:
                return Self.refusal(404, "no such path or method; see Documentation/VPC/Simulator.md")
            }
        } catch {
            return Self.refusal(400, error.description)
        }
    }

    private func state() async -> WebAnswer {
        let (resources, settings) = (await simulator.resources, await simulator.settings)
        return Self.json(
            StateDocument.write(resources, of: settings, endpoints: await simulator.metadataEndpoints))
    }

    private func calls(_ request: WebRequest) async -> WebAnswer {
        let query = FormEncoding.form(request.query) ?? []
        let after = query.first { $0.name == "after" }.flatMap { UInt64($0.value) } ?? 0
        let limit = query.first { $0.name == "limit" }.flatMap { Int($0.value) } ?? 1000
        let log = await simulator.log
        let totals = log.totals.mapValues { total -> JSON in
            ["calls": JSON(total.calls), "refused": JSON(total.refused)]
        }
        return Self.json([
            "last": JSON(log.lastNumber), "totals": .object(JSONObject(totals)),
            "calls": .array(log.after(after, limit: max(0, limit)).map(StateDocument.write(call:))),
        ])
    }

    private func setUp(_ request: WebRequest) async throws(DocumentError) -> WebAnswer {
        let document = try SetupDocument(parsing: request.body)
        let names = try await simulator.apply(document)
        return Self.json(.object(JSONObject(names.mapValues { .string($0) })))
    }

    private func faults() async -> WebAnswer {
        Self.json(FaultsDocument.write(await simulator.region, held: await simulator.heldCalls))
    }

    private func setFaults(_ request: WebRequest) async throws(DocumentError) -> WebAnswer {
        try await simulator.setFaults(try DocumentFields.parse(request.body))
        return await faults()
    }

    private func addRule(_ request: WebRequest) async throws(DocumentError) -> WebAnswer {
        let rule = try FaultsDocument.read(
            rule: try DocumentFields.parse(request.body), id: await simulator.nextRule())
        await simulator.update { region, _ in region.faults.rules.append(rule) }
        return Self.json(FaultsDocument.write(rule: rule), status: 201)
    }

    private func change(instance id: String, to state: String) async -> WebAnswer {
        do throws(EC2Error) {
            try await simulator.change(instance: id, to: state)
        } catch {
            return Self.refusal(error.code == "InvalidAction" ? 404 : 409, error.description)
        }
        return Self.json(["instance": .string(id), "change": .string(state)])
    }

    private static func json(_ value: JSON, status: Int = 200) -> WebAnswer {
        WebAnswer(status, value.serialized() + "\n", type: "application/json")
    }

    private static func refusal(_ status: Int, _ text: String) -> WebAnswer {
        json(["error": .string(text)], status: status)
    }
}
