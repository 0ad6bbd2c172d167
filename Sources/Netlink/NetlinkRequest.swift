// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// One netlink message under construction, in a buffer that libnl owns.
///
/// The first thing that does not fit sticks, and makes ``Batch`` refuse the message: callers need not check
/// each step. See netlink(7).
package struct NetlinkRequest: ~Copyable {
    private let message: OpaquePointer
    /// Whether everything so far fit in the message.
    private(set) var isComplete = true

    /// Starts a message of a type such as RTM_NEWLINK with NLM_F_… flags.
    package init(type: Int, flags: Int) {
        // A page, libnl's default: ours are far smaller. Fails only where malloc(3) does.
        guard let message = nlmsg_alloc_simple(CInt(type), CInt(flags)) else {
            preconditionFailure("out of memory")
        }
        self.message = message
    }

    deinit { nlmsg_free(message) }

    /// Appends the message type's fixed header, such as `ifinfomsg`.
    package mutating func header<Header: BitwiseCopyable>(_ header: Header) {
        withUnsafeBytes(of: header) { bytes in
            let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            check(nlmsg_append(message, start, bytes.count, CInt(NLMSG_ALIGNTO)))
        }
    }

    /// Appends an attribute of bytes.
    package mutating func attribute(_ kind: Int, bytes: [UInt8]) {
        bytes.withUnsafeBytes { check(nla_put(message, CInt(kind), CInt($0.count), $0.baseAddress)) }
    }

    /// Appends a number in host byte order.
    package mutating func attribute<Number: FixedWidthInteger>(_ kind: Int, _ value: Number) {
        withUnsafeBytes(of: value) { check(nla_put(message, CInt(kind), CInt($0.count), $0.baseAddress)) }
    }

    /// Appends a number in network byte order, as nf_tables has them.
    package mutating func attribute<Number: FixedWidthInteger>(_ kind: Int, bigEndian value: Number) {
        attribute(kind, value.bigEndian)
    }

    /// Appends a NUL-terminated string.
    package mutating func attribute(_ kind: Int, _ text: String) {
        check(nla_put_string(message, CInt(kind), text))
    }

    /// Appends an attribute without content, whose presence says it all.
    package mutating func flag(_ kind: Int) {
        check(nla_put(message, CInt(kind), 0, nil))
    }

    /// Appends an attribute that contains the attributes that `body` appends.
    package mutating func nest(_ kind: Int, _ body: (inout NetlinkRequest) -> Void) {
        guard let start = nla_nest_start(message, CInt(kind)) else {
            isComplete = false
            return
        }
        body(&self)
        nla_nest_end(message, start)
    }

    /// Appends attributes as they are.
    package mutating func append(_ attributes: RawAttributes) {
        if attributes.isEmpty { return }
        attributes.bytes.withUnsafeBytes { bytes in
            let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            check(nlmsg_append(message, start, bytes.count, CInt(NLMSG_ALIGNTO)))
        }
    }

    private mutating func check(_ code: CInt) {
        if code != 0 { isComplete = false }
    }

    /// The message as it goes over the wire, padded to the alignment that the next one needs.
    borrowing func bytes(sequence: UInt32, acknowledged: Bool) -> [UInt8] {
        guard let header = nlmsg_hdr(message) else { return [] }
        header.pointee.nlmsg_seq = sequence
        header.pointee.nlmsg_flags |= UInt16(NLM_F_REQUEST | (acknowledged ? NLM_F_ACK : 0))
        let length = Int(header.pointee.nlmsg_len)
        var bytes = [UInt8](UnsafeRawBufferPointer(start: header, count: length))
        while bytes.count % Int(NLMSG_ALIGNTO) != 0 { bytes.append(0) }
        return bytes
    }
}
