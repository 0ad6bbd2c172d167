// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// What becomes of a packet.
    public enum Verdict: Hashable, Sendable {
        /// It goes on to the next chain at the hook.
        case accept
        /// It is gone.
        case drop
        /// The next rule looks at it.
        case `continue`
        /// The rule after the jump looks at it, or the policy decides.
        case `return`
        /// A chain looks at it, and then the next rule.
        case jump(String)
        /// A chain looks at it instead of the next rule.
        case goto(String)
        /// Another, by the kernel's number.
        case other(Int32)
    }
}

extension NFTables.Verdict: CustomStringConvertible {
    /// As nft(8) writes it.
    public var description: String {
        switch self {
        case .accept: "accept"
        case .drop: "drop"
        case .continue: "continue"
        case .return: "return"
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        case .other(let number): "verdict \(number)"
        }
    }

    private var number: Int32 {
        switch self {
        case .accept: NF_ACCEPT
        case .drop: NF_DROP
        case .continue: NFT_CONTINUE.rawValue
        case .return: NFT_RETURN.rawValue
        case .jump: NFT_JUMP.rawValue
        case .goto: NFT_GOTO.rawValue
        case .other(let number): number
        }
    }

    /// Appends the content of a data attribute.
    func encode(into request: inout NetlinkRequest) {
        request.nest(NFTA_DATA_VERDICT) { request in
            request.attribute(NFTA_VERDICT_CODE, bigEndian: number)
            switch self {
            case .jump(let chain), .goto(let chain): request.attribute(NFTA_VERDICT_CHAIN, chain)
            default: break
            }
        }
    }

    /// Decodes the content of a data attribute; nil if it is no verdict.
    init?(data: Attributes) throws(MalformedMessage) {
        guard data[NFTA_DATA_VERDICT] != nil else { return nil }
        let nest = try data.nest(NFTA_DATA_VERDICT)
        let code = try Attributes.required(try nest.bigEndian(NFTA_VERDICT_CODE), "verdict")
        let chain = nest.string(NFTA_VERDICT_CHAIN)
        switch (Int32(bitPattern: code), chain) {
        case (NF_ACCEPT, _): self = .accept
        case (NF_DROP, _): self = .drop
        case (NFT_CONTINUE.rawValue, _): self = .continue
        case (NFT_RETURN.rawValue, _): self = .return
        case (NFT_JUMP.rawValue, let chain?): self = .jump(chain)
        case (NFT_GOTO.rawValue, let chain?): self = .goto(chain)
        case (let number, _): self = .other(number)
        }
    }
}
