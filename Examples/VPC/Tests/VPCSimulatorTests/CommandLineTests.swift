// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import Testing

/// The aws command line as it is, and the simulator's own.
@Suite struct CommandLineTests {
    private func aws(_ simulator: RunningSimulator, _ words: String...) throws -> JSON {
        let text = try Program.run(
            ["aws", "ec2"] + words + ["--output", "json"],
            environment: [
                "AWS_ENDPOINT_URL_EC2": simulator.url, "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
            ])
        return text.isEmpty ? .null : try JSON(parsing: text)
    }

    @Test(.needsCommandLine) func theCommandLineRunsAsItIs() async throws {
        let simulator = try await RunningSimulator()
        let instances = try aws(simulator, "describe-instances")
        let instance = try #require(instances["Reservations"]?.array?.first?["Instances"]?.array?.first)
        let (id, subnet) = try (
            #require(instance["InstanceId"]?.string), #require(instance["SubnetId"]?.string)
        )
        let made = try aws(
            simulator, "create-network-interface", "--subnet-id", subnet,
            "--secondary-private-ip-address-count", "2",
            "--tag-specifications", "ResourceType=network-interface,Tags=[{Key=a,Value=b}]")
        let interface = try #require(made["NetworkInterface"]?["NetworkInterfaceId"]?.string)
        let attached = try aws(
            simulator, "attach-network-interface", "--network-interface-id", interface, "--instance-id", id,
            "--device-index", "1")
        #expect(attached["AttachmentId"]?.string?.hasPrefix("eni-attach-") == true)
        _ = try aws(
            simulator, "assign-private-ip-addresses", "--network-interface-id", interface,
            "--ipv4-prefix-count", "1")
        let found = try aws(
            simulator, "describe-network-interfaces", "--filters", "Name=tag:a,Values=b", "--page-size", "5")
        let one = try #require(found["NetworkInterfaces"]?.array?.first)
        #expect(one["PrivateIpAddresses"]?.array?.count == 3)
        #expect(one["Ipv4Prefixes"]?.array?.count == 1)
        #expect(throws: Program.Failure.self) {
            _ = try aws(simulator, "delete-network-interface", "--network-interface-id", interface)
        }
        let group = try aws(
            simulator, "create-security-group", "--group-name", "cli", "--description", "cli", "--vpc-id",
            try #require(instance["VpcId"]?.string))
        _ = try aws(
            simulator, "authorize-security-group-ingress", "--group-id",
            try #require(group["GroupId"]?.string),
            "--protocol", "tcp", "--port", "22", "--cidr", "10.0.0.0/8")
    }

    @Test func aFileSetsItUpAndAMistakeIsNamed() async throws {
        let wrong = try Program.file(#"{"vpcs": [{"name": "v", "cidrs": ["10.0.0.0/33"]}]}"#)
        defer { unlink(wrong) }
        let program = try Program([RunningSimulator.executable, "--file", wrong])
        #expect(program.wait() != 0)
        #expect(program.text.contains("vpcs[0].cidrs: \"10.0.0.0/33\" is no range"))

        let right = try Program.file(
            #"{"region": "eu-central-1", "keys": [{"id": "k", "secret": "s"}], "vpcs": [{"name": "v", "cidrs": "10.0.0.0/16"}]}"#
        )
        defer { unlink(right) }
        let simulator = try await RunningSimulator(["--file", right])
        #expect(simulator.program.text.contains("vpc/v vpc-0"))
    }

    @Test func theDocumentationsExampleWorks() async throws {
        let folder = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
        let simulator = try await RunningSimulator([
            "--file", "/\(folder)/Documentation/VPC/vpc.json", "--metadata-port", "0",
        ])
        for name in [
            "vpc/demo vpc-", "group/nodes sg-", "subnet/pods subnet-", "instance/n1 i-", "instance/n2 i-",
        ] {
            #expect(simulator.program.text.contains(name))
        }
    }

    @Test func itEndsInOrder() async throws {
        let simulator = try await RunningSimulator()
        kill(simulator.program.process, SIGTERM)
        #expect(simulator.program.wait() == 0, "\(simulator.program.text)")
    }

    @Test func itEndsWhileACallIsHeld() async throws {
        let simulator = try await RunningSimulator(["--no-signatures"])
        let faults = "\(simulator.url)/_simulator/faults"
        try Program.run(["curl", "-sf", "--data", #"{"action": "*", "effect": "hold"}"#, faults])
        let call = try Program(["curl", "-s", "\(simulator.url)/?Action=DescribeVpcs&Version=2016-11-15"])
        while try !Program.run(["curl", "-sf", faults]).contains(#"-1":1"#) {
            try await Task.sleep(for: .milliseconds(50))
        }
        kill(simulator.program.process, SIGTERM)
        #expect(simulator.program.wait() == 0, "\(simulator.program.text)")
        call.wait()
    }
}
