// SPDX-License-Identifier: Apache-2.0

import CNITypes
import VPCModel

/// Reads and writes what goes wrong on purpose.
enum FaultsDocument {
    /// Sets what a document says; what it leaves out stays as it is.
    static func apply(
        _ document: DocumentFields, to region: inout Region, nextRule: () -> String, at time: Timestamp
    ) throws(DocumentError) {
        var fields = document
        var faults = region.faults
        if let lag = try fields.seconds("describeLag") { faults.describeLag = max(0, lag) }
        if let lag = try fields.seconds("metadataLag") { faults.metadataLag = max(0, lag) }
        if let skew = try fields.seconds("clockSkew") { faults.clockSkew = skew }
        if fields.keys.contains("hiddenInterfaces") {
            faults.hiddenInterfaces = Set(try fields.texts("hiddenInterfaces"))
        }
        if var leaves = try fields.object("hiddenLeaves") {
            faults.hiddenLeaves = [:]
            for interface in leaves.keys { faults.hiddenLeaves[interface] = Set(try leaves.texts(interface)) }
        }
        if var times = try fields.object("timing") {
            var settings = region.settings
            try SetupDocument.read(timing: &times, into: &settings)
            region.settings = settings
        }
        if let isDown = try fields.bool("metadataIsDown") { faults.metadataIsDown = isDown }
        if let isOn = try fields.bool("filtersAfterPaging") { faults.filtersAfterPaging = isOn }
        if var latencies = try fields.object("latencies") {
            faults.latencies = [:]
            for action in latencies.keys { faults.latencies[action] = try latency(action, in: &latencies) }
        }
        if fields.keys.contains("rules") {
            faults.rules = []
            for rule in try fields.objects("rules") {
                faults.rules.append(try read(rule: rule, id: nextRule()))
            }
        }
        if let isExpired = try fields.bool("expireRoleKeys"), isExpired {
            region.access.expireTemporaryKeys(at: time)
        }
        if let lifetime = try fields.seconds("roleKeyLifetime") {
            region.access.lifetime = max(1000, lifetime)
        }
        if var throttle = try fields.object("throttle") { try apply(throttle: &throttle, to: &region) }
        try fields.finish()
        region.faults = faults
    }

    /// Reads one rule.
    static func read(rule: DocumentFields, id: String) throws(DocumentError) -> FaultRule {
        var fields = rule
        let action = try fields.required("action")
        let phaseName = try fields.text("when") ?? "before"
        guard let phase = FaultRule.Phase(rawValue: phaseName) else {
            throw fields.error("when", "expected before or after")
        }
        let times = try fields.int("times")
        let (code, message, status) = (
            try fields.text("code"), try fields.text("message"), try fields.int("status")
        )
        let effect: FaultRule.Effect
        switch try fields.text("effect") ?? "error" {
        case "hold": effect = .hold
        case "drop": effect = .drop
        case "error":
            guard let code else { throw fields.error("code", "missing") }
            effect = .error(EC2Error(code, message ?? "\(code) was asked for", status: status))
        default: throw fields.error("effect", "expected error, hold or drop")
        }
        guard times ?? 1 > 0 else { throw fields.error("times", "expected at least 1") }
        try fields.finish()
        return FaultRule(id: id, action: action, phase: phase, effect: effect, times: times)
    }

    /// One number of seconds, or two: from and to.
    private static func latency(
        _ action: String, in fields: inout DocumentFields
    ) throws(DocumentError) -> ClosedRange<Int64> {
        if case .array(let ends)? = fields.value(action) {
            guard ends.count == 2 else {
                throw fields.error(action, "expected seconds, or two numbers of them")
            }
            var both = try DocumentFields(["from": ends[0], "to": ends[1]], at: action)
            guard let from = try both.seconds("from"), let to = try both.seconds("to"), 0 <= from, from <= to
            else {
                throw fields.error(action, "expected the shorter time first")
            }
            return from...to
        }
        guard let time = try fields.seconds(action), time >= 0 else {
            throw fields.error(action, "expected seconds, or two numbers of them")
        }
        return time...time
    }

    private static func apply(throttle fields: inout DocumentFields, to region: inout Region)
        throws(DocumentError)
    {
        if let isOn = try fields.bool("enabled") { region.throttle.isEnabled = isOn }
        if var limits = try fields.object("limits") {
            var overrides: [String: Throttle.Limit] = [:]
            for action in limits.keys {
                guard var limit = try limits.object(action) else { continue }
                guard let capacity = try limit.number("capacity"), let refill = try limit.number("refill"),
                    capacity >= 1, refill >= 0
                else { throw limits.error(action, "expected a capacity of at least 1 and a refill a second") }
                try limit.finish()
                overrides[action] = Throttle.Limit(capacity: capacity, refill: refill)
            }
            region.throttle.overrides = overrides
        }
        try fields.finish()
    }

    /// Writes everything.
    static func write(_ region: Region, held: [String: Int]) -> JSON {
        let faults = region.faults
        let latencies = faults.latencies.mapValues { range -> JSON in
            [seconds(range.lowerBound), seconds(range.upperBound)]
        }
        let limits = region.throttle.overrides.mapValues { limit -> JSON in
            ["capacity": .number(limit.capacity), "refill": .number(limit.refill)]
        }
        return [
            "describeLag": seconds(faults.describeLag), "metadataLag": seconds(faults.metadataLag),
            "clockSkew": seconds(faults.clockSkew),
            "hiddenInterfaces": JSON(faults.hiddenInterfaces.sorted()),
            "hiddenLeaves": .object(JSONObject(faults.hiddenLeaves.mapValues { JSON($0.sorted()) })),
            "timing": [
                "attach": seconds(region.settings.attachTime), "detach": seconds(region.settings.detachTime),
                "launch": seconds(region.settings.launchTime),
                "terminate": seconds(region.settings.terminationTime),
                "forgetTerminated": seconds(region.settings.terminatedTime),
            ],
            "metadataIsDown": .bool(faults.metadataIsDown),
            "filtersAfterPaging": .bool(faults.filtersAfterPaging),
            "latencies": .object(JSONObject(latencies)), "rules": .array(faults.rules.map(write(rule:))),
            "held": .object(JSONObject(held.mapValues { JSON($0) })),
            "throttle": [
                "enabled": .bool(region.throttle.isEnabled), "limits": .object(JSONObject(limits)),
            ],
        ]
    }

    private static func seconds(_ milliseconds: Int64) -> JSON { .number(Double(milliseconds) / 1000) }

    static func write(rule: FaultRule) -> JSON {
        var json: JSON = [
            "id": .string(rule.id), "action": .string(rule.action), "when": .string(rule.phase.rawValue),
            "times": rule.remaining.map { JSON($0) } ?? .null,
        ]
        switch rule.effect {
        case .hold: json["effect"] = "hold"
        case .drop: json["effect"] = "drop"
        case .error(let error):
            json["effect"] = "error"
            json["code"] = .string(error.code)
            json["message"] = .string(error.message)
            json["status"] = JSON(error.status)
        }
        return json
    }
}
