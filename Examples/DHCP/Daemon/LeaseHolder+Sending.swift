// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import DHCPClient
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// How messages leave a container.
extension LeaseHolder {
    /// A link-local address is looked for ten times a second while the kernel makes it, and then with each message.
    private static let pendingTries = 30
    private static let pendingTime: Int64 = 100

    /// Sends a message over IPv4.
    func send(
        _ message: DHCPMessage, from source: IPAddress, to destination: IPAddress, at now: Int64
    ) {
        do throws(NamespaceError) {
            let namespace = try place.open()
            try send(message, from: source, to: destination, at: now, in: namespace)
            failure = nil
        } catch {
            fail(error)
        }
    }

    /// Sends a message over IPv6, as soon as there is an address to send it from.
    func send(_ message: DHCPv6Message, to destination: IPAddress, at now: Int64) {
        let tries = (pending?.tries ?? 0) + 1
        pending = nil
        do throws(NamespaceError) {
            let namespace = try place.open()
            do throws(NamespaceError) {
                let socket: LinkLocalSocket
                if let open = socket6 {
                    socket = open
                } else {
                    socket = try LinkLocalSocket(on: place.link, in: namespace)
                }
                socket6 = socket
                socketEnd = now + answerTime
                do throws(SystemError) {
                    if try socket.send(message, to: destination) {
                        failure = nil
                        return
                    }
                } catch {
                    throw .system(error)
                }
            } catch {
                guard let hasLink = try? place.hasLink(in: namespace), !hasLink else { throw error }
                end = "the interface with index \(place.link) is gone"
                return
            }
            failure = "the interface has no link-local address to send from yet"
            if tries < Self.pendingTries {
                pending = (message, destination, tries, now + Self.pendingTime)
            }
        } catch {
            fail(error)
        }
    }

    private func fail(_ error: NamespaceError) {
        if error.meansAbsence {
            end = "network namespace \(place.path) is gone"
        } else {
            failure = error.description
        }
    }

    private func send(
        _ message: DHCPMessage, from source: IPAddress, to destination: IPAddress, at now: Int64,
        in namespace: borrowing NetworkNamespace
    ) throws(NamespaceError) {
        do throws(NamespaceError) {
            let socket: PacketSocket
            if let open = self.socket {
                socket = open
            } else {
                socket = try PacketSocket(on: place.link, in: namespace)
            }
            self.socket = socket
            socketEnd = now + answerTime
            // A release goes out at once: a neighbour that has to be asked for first would come too late for an interface
            // that is taken away.
            let isUnicast = destination.bits != 0xffff_ffff
            if isUnicast, message.kind != .release || serverMAC == nil {
                do throws(NamespaceError) {
                    return try PacketSocket.send(
                        message, from: source, to: destination, on: place.link, in: namespace)
                } catch {
                    failure = error.description
                }
            }
            do throws(SystemError) {
                try socket.send(message, from: source, to: destination, at: isUnicast ? serverMAC : nil)
            } catch {
                throw .system(error)
            }
        } catch {
            guard let hasLink = try? place.hasLink(in: namespace), !hasLink else { throw error }
            end = "the interface with index \(place.link) is gone"
        }
    }
}
