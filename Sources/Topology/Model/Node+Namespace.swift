// SPDX-License-Identifier: Apache-2.0

public import Namespaces
public import Netlink

extension Node {
    /// A network namespace with what is in it.
    public struct Namespace: Hashable, Sendable {
        /// How a namespace was found.
        public enum Origin: Hashable, Sendable {
            /// It is the one that the survey was made from.
            case host
            /// It has a name: a file in a folder such as /run/netns.
            case named(path: String)
            /// A process is in it; the one with the lowest number, and the name of its program.
            case process(Int32, command: String)
        }

        /// Which namespace it is; nil for one that was not read from a kernel.
        public var identity: NetworkNamespace.Identity?
        /// How it was found.
        public var origin: Origin
        /// What it goes by: the file's name, or the process's.
        public var name: String
        /// Its links, by their numbers.
        public var links: [Link]
        /// The routes in its main table.
        public var routes: [RouteEntry]
        /// The routes in other tables than main and local, by the tables' numbers; of the host's namespace alone.
        public var tables: [RoutingTable] = []
        /// The rules that say which packets look up which table, in the kernel's order; of the host's namespace alone.
        public var rules: [Rule] = []

        /// Creates a namespace.
        public init(
            _ name: String, origin: Origin, identity: NetworkNamespace.Identity? = nil, links: [Link] = [],
            routes: [RouteEntry] = []
        ) {
            self.name = name
            self.origin = origin
            self.identity = identity
            self.links = links
            self.routes = routes
        }

        /// The link of a number.
        public func link(_ index: UInt32) -> Link? { links.first { $0.index == index } }

        /// The ports of a bridge.
        public func ports(of bridge: Link) -> [Link] { links.filter { $0.master == bridge.index } }
    }

    /// A routing table that is not the main one.
    public struct RoutingTable: Hashable, Sendable {
        /// Its number.
        public var number: UInt32
        /// Its routes.
        public var routes: [RouteEntry]

        /// Creates a table.
        public init(_ number: UInt32, routes: [RouteEntry]) {
            self.number = number
            self.routes = routes
        }
    }

    /// A route with the link that it leaves by.
    public struct RouteEntry: Hashable, Sendable {
        /// The route.
        public var route: Route
        /// The link's number; nil for a route that goes nowhere.
        public var link: UInt32?

        /// Creates an entry.
        public init(_ route: Route, link: UInt32?) {
            self.route = route
            self.link = link
        }
    }
}
