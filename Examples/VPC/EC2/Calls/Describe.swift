// SPDX-License-Identifier: Apache-2.0

/// A page of a Describe call's answer.
struct DescribePage<Element: Sendable>: Sendable {
    let elements: [Element]
    /// What the next page is asked for by; nil on the last one.
    let next: String?
}

/// A Describe call: what tells them apart is the names, and how an element is read.
struct Describe<Element: Describable>: EC2Call {
    static var action: String { Element.action }
    let repetition = Repetition.describes
    let selection: Selection
    /// The size of a page; nil for all in one.
    let pageSize: Int?
    let token: String?

    func describe(in parameters: inout QueryParameters) {
        parameters.select(selection, idName: Element.idName)
        parameters.set("MaxResults", pageSize)
        parameters.set("NextToken", token)
    }

    func answer(_ root: XMLElement) throws(XMLElement.Mistake) -> DescribePage<Element> {
        DescribePage(elements: try Element.all(in: root), next: root.text("nextToken"))
    }
}

/// What a Describe call describes.
protocol Describable: Sendable {
    static var action: String { get }
    /// The name of the parameter with ids.
    static var idName: String { get }
    /// Reads all of an answer.
    static func all(in root: XMLElement) throws(XMLElement.Mistake) -> [Self]
}

extension EC2Client {
    /// The most ids of one call: DescribeInstanceTypes takes 100.
    private static let idLimit = 100
    /// The most pages of one call.
    private static let pageLimit = 10_000

    /// Describes all that is selected, in as many calls as that takes.
    func describeAll<Element: Describable>(_ selection: Selection) async throws(EC2Error) -> [Element] {
        var elements: [Element] = []
        switch selection {
        case .ids(let ids):
            // No ids in a call would mean everything.
            for start in stride(from: 0, to: ids.count, by: Self.idLimit) {
                let some = Array(ids[start..<min(start + Self.idLimit, ids.count)])
                elements += try await perform(
                    Describe<Element>(selection: .ids(some), pageSize: nil, token: nil)
                ).elements
            }
        case .matching:
            var token: String?
            // A page may be empty and have a token all the same.
            for _ in 0..<Self.pageLimit {
                let page = try await perform(
                    Describe<Element>(selection: selection, pageSize: configuration.pageSize, token: token))
                elements += page.elements
                guard let next = page.next else { return elements }
                guard next != token else {
                    throw EC2Error(
                        .malformedAnswer, action: Element.action,
                        message: "the same page comes again and again")
                }
                token = next
            }
            throw EC2Error(.malformedAnswer, action: Element.action, message: "the pages do not end")
        }
        return elements
    }
}
