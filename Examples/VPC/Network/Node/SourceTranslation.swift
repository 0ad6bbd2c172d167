// SPDX-License-Identifier: Apache-2.0

/// What becomes of the source of packets that leave the VPC.
public enum SourceTranslation: Hashable, Sendable {
    /// They keep it: a NAT gateway or the like translates (AWS_VPC_K8S_CNI_EXTERNALSNAT).
    case external
    /// It becomes the node's primary address, with a port chosen so (AWS_VPC_K8S_CNI_RANDOMIZESNAT).
    case node(PortChoice)

    /// How the port of a translated connection is chosen.
    public enum PortChoice: String, Hashable, Sendable, CaseIterable {
        /// At random (`fully-random` of nft(8)).
        case prng
        /// By a hash of the connection (`random` of nft(8)).
        case hashrandom
        /// The connection's own, if it is free.
        case none
    }
}
