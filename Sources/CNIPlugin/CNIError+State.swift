// SPDX-License-Identifier: Apache-2.0

internal import Namespaces
internal import Netlink
package import NetworkState

extension CNIError {
    /// Something in the container or on the host is not as the attachment needs it.
    public static let notAsDescribed = Code(rawValue: 101)
    /// The kernel refused a step.
    public static let kernelRefused = Code(rawValue: 102)

    /// The one place where a failure of the kernel's side becomes a code of the specification.
    package init(_ error: StateError, _ attempted: String) {
        let code: Code =
            switch error.cause {
            case .namespace: .invalidNetworkNamespace
            case .netlink, .system, .duplicateAddress: Self.kernelRefused
            case .taken: Self.notAsDescribed
            case .undescribable: .invalidConfiguration
            }
        self.init(
            code, "\(attempted): \(error)",
            details: error.others.isEmpty ? nil : error.others.joined(separator: "\n"))
    }

    init(_ error: NamespaceError) {
        self.init(.invalidNetworkNamespace, "\(error)")
    }
}

/// Runs work on the kernel's side and turns its failure into one of the specification.
func withKernel<Value>(
    _ attempted: @autoclosure () -> String, _ body: () throws(StateError) -> Value
) throws(CNIError) -> Value {
    do throws(StateError) {
        return try body()
    } catch {
        throw CNIError(error, attempted())
    }
}
