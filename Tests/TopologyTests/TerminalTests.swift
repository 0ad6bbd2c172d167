// SPDX-License-Identifier: Apache-2.0

import Netlink
import Testing
import Topology

@Suite("Terminal pictures")
struct TerminalTests {
    @Test func `a bridge with a container`() throws {
        let picture = try Example.single().terminalPicture()
        #expect(
            picture == """
                ┌─ node worker-1 ────────────────────────────────────┐
                │                                                    │
                │ route 10.99.0.0/16 via 192.0.2.7 dev eth0          │
                │                                                    │
                │ ┌─ link eth0 ───────────┐                          │
                │ │ 192.0.2.10/24         │                          │
                │ │ 2001:db8::10/64       │                          │
                │ │ default via 192.0.2.1 │                          │
                │ │ mtu 1500              │                          │
                │ └───────────────────────┘                          │
                │                                                    │
                │ ┏━ bridge cni0 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓ │
                │ ┃ 10.88.0.1/24                                   ┃ │
                │ ┃ mtu 1500  1 port  network pods                 ┃ │
                │ ┃ 1 of 1 IPv4, 0 of 1 IPv6 addresses masqueraded ┃ │
                │ ┗━┯━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛ │
                │   │ veth1a2b3c4d                                   │
                │   │ ┌─ web ───────────────┐                        │
                │   └─┤ eth0   10.88.0.2/24 │                        │
                │     │        fd00::2/64   │                        │
                │     │ via    10.88.0.1    │                        │
                │     │ netns  cni-6e1c     │                        │
                │     └─────────────────────┘                        │
                │                                                    │
                └────────────────────────────────────────────────────┘

                """)
    }

    @Test func `containers without a bridge, a tunnel, and links inside of containers`() throws {
        let picture = try Example.routed().terminalPicture()
        #expect(
            picture == """
                ┌─ node edge ──────────────────────────────────────┐
                │                                                  │
                │ route 10.89.1.0/24 via 10.89.1.0 dev vxlan42     │
                │                                                  │
                │ ┌─ vxlan vxlan42 ────────────┐                   │
                │ │ 10.89.0.0/32               │                   │
                │ │ VNI 42  UDP 4789  mtu 1450 │                   │
                │ │ from 192.0.2.10            │                   │
                │ │ to 192.0.2.11              │                   │
                │ └────────────────────────────┘                   │
                │                                                  │
                │ ┌─ routed  without a bridge ───────────────────┐ │
                │ └─┬────────────────────────────────────────────┘ │
                │   │ p2pblue                                      │
                │   │ 169.254.1.1/32                               │
                │   │ ┌─ blue ───────────────────────────────────┐ │
                │   ├─┤ eth0  10.77.0.2/32                       │ │
                │   │ │ mv0   mtu 1500  macvlan  on edge vxlan42 │ │
                │   │ └──────────────────────────────────────────┘ │
                │   │ p2pgreen                                     │
                │   │ ┌─ green ──────────────────────────────────┐ │
                │   └─┤ eth0  10.77.0.3/32                       │ │
                │     │       mtu 1500                           │ │
                │     │ br0   172.16.0.1/24                      │ │
                │     │       mtu 1500  bridge                   │ │
                │     │ tap0  mtu 1500  tun  in br0              │ │
                │     │ pid   812 sleep                          │ │
                │     └──────────────────────────────────────────┘ │
                │                                                  │
                └──────────────────────────────────────────────────┘

                """)
    }

    @Test func `faults are named on a narrow terminal without line drawing characters`() throws {
        let picture = try Example.broken().terminalPicture(TerminalOptions(width: 20, isASCII: true))
        #expect(
            picture == """
                +- node sick --------------------------+
                |                                      |
                | += bridge cni0 ====================+ |
                | | mtu 1500  2 ports  network pods  | |
                | | no carrier                       | |
                | +=+================================+ |
                |   | veth0  down                      |
                |   | +- lost -----------------------+ |
                |   +-+ other end not found          | |
                |   | +------------------------------+ |
                |   | veth1  mtu 1400                  |
                |   | +- slow -----------------------+ |
                |   +-+ eth0  mtu 1500  down         | |
                |     | net1  mtu 1500  other end n~ | |
                |     +------------------------------+ |
                |                                      |
                | masqueraded, but nobody has it:      |
                | 10.1.0.9 of pods/gone/eth0           |
                | without links: idle                  |
                | open /run/netns/secret: Permission   |
                | denied                               |
                |                                      |
                +--------------------------------------+

                """)
    }

    @Test func `colours tell names, ports, interfaces, addresses and lines apart`() throws {
        var node = try Example.single()
        node.namespaces[0].links.remove(at: 1)
        node.namespaces[0].routes = []
        let picture = node.terminalPicture(TerminalOptions(isColored: true))
        #expect(
            picture.replacing("\u{1b}", with: "E") == """
                E[2m┌─ E[0mnode E[1mworker-1 E[0mE[2m────────────────────────────────────┐E[0m
                E[2m│                                                    │E[0m
                E[2m│ E[0mE[36m┏━ E[0mbridge E[1mcni0 E[0mE[36m━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓ E[0mE[2m│E[0m
                E[2m│ E[0mE[36m┃ E[0mE[32m10.88.0.1/24                                   E[0mE[36m┃ E[0mE[2m│E[0m
                E[2m│ E[0mE[36m┃ E[0mE[2mmtu 1500  1 port  network pods                 E[0mE[36m┃ E[0mE[2m│E[0m
                E[2m│ E[0mE[36m┃ E[0mE[2m1 of 1 IPv4, 0 of 1 IPv6 addresses masqueraded E[0mE[36m┃ E[0mE[2m│E[0m
                E[2m│ E[0mE[36m┗━┯━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛ E[0mE[2m│E[0m
                E[2m│   │ E[0mE[33mveth1a2b3c4d                                   E[0mE[2m│E[0m
                E[2m│   │ E[0m┌─ E[1mweb E[0m───────────────┐                        E[2m│E[0m
                E[2m│   └─E[0m┤ E[36meth0   E[0mE[32m10.88.0.2/24 E[0m│                        E[2m│E[0m
                E[2m│     E[0m│        E[32mfd00::2/64   E[0m│                        E[2m│E[0m
                E[2m│     E[0m│ E[2mvia    10.88.0.1    E[0m│                        E[2m│E[0m
                E[2m│     E[0m│ E[2mnetns  cni-6e1c     E[0m│                        E[2m│E[0m
                E[2m│     E[0m└─────────────────────┘                        E[2m│E[0m
                E[2m│                                                    │E[0m
                E[2m└────────────────────────────────────────────────────┘E[0m

                """)
    }

    @Test func `an empty node is described as empty`() {
        let node = Node(name: "empty")
        #expect(
            node.terminalPicture() == """
                ┌─ node empty ───┐
                │                │
                │ no links       │
                │                │
                └────────────────┘

                """)
    }

    @Test func `many containers are a table, in which long names give way`() throws {
        let picture = try Example.crowd(25).terminalPicture(TerminalOptions(width: 60))
        let lines = picture.split(separator: "\n").prefix(13)
        #expect(
            lines.joined(separator: "\n") == """
                ┌─ node busy ──────────────────────────────────────────────┐
                │                                                          │
                │ ┏━ bridge cni0 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓ │
                │ ┃ 10.88.0.1/16                                         ┃ │
                │ ┃ mtu 1500  25 ports  network pods                     ┃ │
                │ ┗━┯━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛ │
                │   │   port    name                 link  addresses       │
                │   ├── veth1   a-contain…t-goes-on  eth0  10.88.0.3/16    │
                │   ├── veth2   pod-2                eth0  10.88.0.4/16    │
                │   ├── veth3   pod-3                eth0  10.88.0.5/16    │
                │   ├── veth4   pod-4                eth0  10.88.0.6/16    │
                │   ├── veth5   pod-5                eth0  10.88.0.7/16    │
                │   │                                      fd00::5/64      │
                """)
    }

    @Test func `a container with two cables has a box at each, and one to another container is named`() throws
    {
        let picture = try Example.twice().terminalPicture()
        #expect(
            picture == """
                ┌─ node two ───────────────────────────────────────────┐
                │                                                      │
                │ ┏━ bridge cni0 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓ │
                │ ┃ mtu 1500  2 ports  network a  network b          ┃ │
                │ ┗━┯━━━━━━━━━━━━━━━━━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━━━━┛ │
                │   │ veth0                   │ veth1                  │
                │   │ ┌─ web ──────────────┐  │ ┌─ web ──────────────┐ │
                │   └─┤ eth0               │  └─┤ net1               │ │
                │     │ net2  ↔ other back │    └────────────────────┘ │
                │     └────────────────────┘                           │
                │                                                      │
                │ no cable to this node                                │
                │ ┌─ other ──────────┐                                 │
                │ │ back  ↔ web net2 │                                 │
                │ └──────────────────┘                                 │
                │                                                      │
                └──────────────────────────────────────────────────────┘

                """)
    }

    @Test(arguments: [true, false]) func `a way out that leads to where nobody can look is no problem`(
        _ isWayOut: Bool
    ) throws {
        var node = try Example.single()
        node.namespaces[0].links[1].kind = .veth(Veth())
        if !isWayOut { node.namespaces[0].routes = [] }
        #expect(node.terminalPicture().contains("other end not found") == !isWayOut)
    }
}
