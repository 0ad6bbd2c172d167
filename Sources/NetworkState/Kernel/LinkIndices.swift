// SPDX-License-Identifier: Apache-2.0

/// The numbers of links, by name.
///
/// A list, not a dictionary: there are a handful, and each kind of dictionary costs a plugin some 30 µs when the
/// runtime makes its type.
struct LinkIndices {
    private struct Entry {
        let place: Place
        let name: String
        let index: UInt32
    }

    private var entries: [Entry] = []

    /// The name of the link with a number.
    func name(of index: UInt32, in place: Place) -> String? {
        entries.first { $0.index == index && $0.place == place }?.name
    }

    subscript(name: String, in place: Place) -> UInt32? {
        get { entries.first { $0.name == name && $0.place == place }?.index }
        set {
            entries.removeAll { $0.name == name && $0.place == place }
            if let newValue { entries.append(Entry(place: place, name: name, index: newValue)) }
        }
    }
}

/// One value for each namespace, made when it is first needed.
struct PerPlace<Value> {
    private var host: Value?
    private var container: Value?

    subscript(place: Place) -> Value? {
        get { place == .host ? host : container }
        set {
            switch place {
            case .host: host = newValue
            case .container: container = newValue
            }
        }
    }
}
