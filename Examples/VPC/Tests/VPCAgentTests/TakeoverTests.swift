// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import Glibc
import LinuxCore
import Testing

@testable import VPCAgent

@Suite("Taking a node over from aws-node")
struct TakeoverTests {
    /// As the reference writes it: one line, nanoseconds, metadata.
    static let file = """
        {"version":"vpc-cni-ipam/1","allocations":[\
        {"networkName":"aws-cni","containerID":"60d4","ifName":"eth0","ipv4":"10.0.0.10","allocationTimestamp":1766000000000000000,\
        "metadata":{"k8sPodNamespace":"kube-system","k8sPodName":"coredns-5d78c9869d-2xk","interfacesCount":1}},\
        {"networkName":"aws-cni","containerID":"71e5","ifName":"eth0","ipv4":"10.0.1.11","allocationTimestamp":1766000000000000001,\
        "metadata":{"k8sPodNamespace":"default","k8sPodName":"web-0"}},\
        {"networkName":"_migrated-from-cri","containerID":"_migrated-from-cri","ifName":"unknown","ipv4":"10.0.1.12",\
        "allocationTimestamp":1766000000000000002,"metadata":{}},\
        {"networkName":"aws-cni","containerID":"82f6","ifName":"eth0","ipv4":"10.9.9.9","allocationTimestamp":3,"metadata":{}},\
        {"networkName":"aws-cni","containerID":"93a7","ifName":"eth0","ipv6":"2001:db8:0:1::5","allocationTimestamp":4,"metadata":{}}]}
        """

    private func eni(_ index: Int, _ blocks: [String]) -> SeenENI {
        SeenENI(
            ENI(
                id: ENIID("eni-\(index)"), mac: MACAddress(bits: UInt64(index)), deviceIndex: index,
                subnet: SubnetID("s"), isPrimary: index == 0, seen: .zero),
            blocks: blocks.compactMap { IPPrefix($0) })
    }

    @Test("The reference's file becomes assignments, entry by entry")
    func allocations() throws {
        let checkpoint = try Checkpoint(parsing: Array(Self.file.utf8))
        #expect(checkpoint.allocations.map(\.key.container) == ["60d4", "71e5", "82f6", "93a7"])
        #expect(checkpoint.allocations[0].pod == "kube-system/coredns-5d78c9869d-2xk")
        #expect(checkpoint.left == ["allocations[2]: 10.0.1.12 was migrated without a container id"])
        let (assignments, stale) = checkpoint.assignments(
            on: [eni(0, ["10.0.0.10/32", "2001:db8:0:1::/80"]), eni(1, ["10.0.1.0/28"])], now: .zero)
        #expect(assignments.count == 3)
        #expect(assignments[AttachmentKey(container: "71e5", interface: "eth0")]?.eni == ENIID("eni-1"))
        #expect(
            assignments[AttachmentKey(container: "93a7", interface: "eth0")]?.v6
                == IPAddress("2001:db8:0:1::5"))
        #expect(stale.map(\.key.container) == ["82f6"])
    }

    @Test("Pods keep their addresses, and what only a namespace shows is held")
    func restored() throws {
        let checkpoint = try Checkpoint(parsing: Array(Self.file.utf8))
        let seen = [eni(0, ["10.0.0.10/32"]), eni(1, ["10.0.1.11/32", "10.0.1.12/32", "10.0.1.13/32"])]
        var pool = Pool()
        pool.restore(
            JournalContent(assignments: checkpoint.assignments(on: seen, now: .zero).assignments),
            isSameBoot: true,
            now: .zero)
        _ = pool.update(seen, now: .zero)
        let migrated = try #require(IPAddress("10.0.1.12"))
        pool.prove(holders: [migrated: "/proc/99/ns/net"], now: .zero)
        #expect(pool.counts.free == 1)
        #expect(
            try pool.assign(AttachmentKey(container: "n", interface: "eth0"), now: .zero).v4
                == IPAddress("10.0.1.13"))
        #expect(pool.state(of: migrated) == .held(by: "/proc/99/ns/net"))
        #expect(
            pool.release(AttachmentKey(container: "71e5", interface: "eth0"), now: .zero)?.v4
                == IPAddress("10.0.1.11"))
    }

    @Test(
        "A file that is not one is refused",
        arguments: [
            "", "{", "[]", "{}", #"{"version":"vpc-cni-ipam/2","allocations":[]}"#,
            #"{"version":"vpc-cni-ipam/1","allocations":7}"#,
        ])
    func refused(text: String) {
        #expect(throws: CNIError.self) { try Checkpoint(parsing: Array(text.utf8)) }
    }

    @Test("Hostile entries cost only themselves")
    func hostile() throws {
        let text = """
            {"version":"vpc-cni-ipam/1","allocations":[null,7,{},{"containerID":"a","ifName":"eth0","ipv4":"10.0.0.300"},\
            {"containerID":"b","ifName":"eth0","ipv4":"10.0.0.1"},{"containerID":"c","ifName":"eth0","ipv4":"10.0.0.1"},\
            {"containerID":"b","ifName":"eth0","ipv4":"10.0.0.2"}]}
            """
        let checkpoint = try Checkpoint(parsing: Array(text.utf8))
        #expect(checkpoint.allocations.map(\.key.container) == ["b"])
        #expect(checkpoint.left.count == 6)
    }

    @Test("A running aws-node is detected by its socket, if somebody listens, and by its process")
    func otherAgent() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/ipamd.sock"
        #expect(OtherAgent.evidence(sockets: [path], processes: folder.path) == nil)
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        try LocalSocket(path: path).bind(descriptor)
        // A file that is left over is nobody.
        #expect(OtherAgent.evidence(sockets: [path], processes: folder.path) == nil)
        listen(descriptor, 1)
        #expect(OtherAgent.evidence(sockets: [path], processes: folder.path) == "it listens at \(path)")
        close(descriptor)
        mkdir("\(folder.path)/77", 0o700)
        let file = try #require(fopen("\(folder.path)/77/comm", "w"))
        fputs("aws-k8s-agent\n", file)
        fclose(file)
        #expect(OtherAgent.evidence(sockets: [], processes: folder.path) == "process 77 is aws-k8s-agent")
    }
}
