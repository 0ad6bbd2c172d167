// SPDX-License-Identifier: Apache-2.0

extension CNIResult {
    /// The formats that results have had.
    enum Format: Hashable {
        /// 0.1.0 and 0.2.0: at most one address of each family.
        case byFamily
        /// 0.3.0 to 0.4.0: lists of interfaces, addresses and routes.
        case lists
        /// 1.0.0 and 1.1.0: the same, without the family in addresses.
        case listsWithoutFamily
    }
}

extension SpecVersion {
    /// The format of this version's results, or nil for a version that this module does not know.
    var resultFormat: CNIResult.Format? {
        switch self {
        case .v0_1_0, .v0_2_0: .byFamily
        case .v0_3_0, .v0_3_1, .v0_4_0: .lists
        case .v1_0_0, .v1_1_0: .listsWithoutFamily
        default: nil
        }
    }
}
