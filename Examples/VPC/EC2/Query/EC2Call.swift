// SPDX-License-Identifier: Apache-2.0

/// A call to EC2: its parameters, and how its answer is read.
protocol EC2Call: Sendable {
    associatedtype Answer: Sendable

    /// The name: `CreateNetworkInterface`.
    static var action: String { get }

    /// What becomes of a second time.
    var repetition: Repetition { get }

    func describe(in parameters: inout QueryParameters)

    /// Reads the answer's root element.
    func answer(_ root: XMLElement) throws(XMLElement.Mistake) -> Answer

    /// The answer of a call that was lost, if a second time fails so because the first has succeeded.
    func settled(by kind: EC2Error.Kind) -> Answer?
}

/// What becomes of a call that is made twice because the first answer was lost.
enum Repetition: Sendable {
    /// Nothing happens at all.
    case describes
    /// Nothing more happens.
    case harmless
    /// Something more happens: only a look tells.
    case harmful
}

extension EC2Call {
    func settled(by kind: EC2Error.Kind) -> Answer? { nil }
}

/// A call whose answer says nothing.
protocol SilentCall: EC2Call where Answer == Void {}

extension SilentCall {
    func answer(_ root: XMLElement) throws(XMLElement.Mistake) {}
}
