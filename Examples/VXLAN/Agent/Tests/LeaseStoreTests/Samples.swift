// SPDX-License-Identifier: Apache-2.0

import CNITypes
import LeaseStores
import VXLANOverlay

/// What tests ask of stores.
enum Samples {
    static let network: JSON = ["Network": "10.5.0.0/16"]

    /// The request of a node of a number, whose address is 192.0.2.NUMBER.
    static func request(_ number: Int, _ network: JSON = network, former: String? = nil) throws
        -> LeaseRequest
    {
        LeaseRequest(
            configuration: try OverlayConfiguration(json: network),
            publicIPv4: IPAddress("192.0.2.\(number)"), publicIPv6: IPAddress("2001:db8::\(number)"),
            former: former.flatMap { SubnetKey($0) })
    }

    /// A lease as flannel writes it.
    static func flannel(_ number: Int) -> (name: String, value: String) {
        (
            "10.5.\(number).0-24",
            """
            {"PublicIP":"192.0.2.\(number)","PublicIPv6":null,"BackendType":"vxlan",\
            "BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:\(number < 16 ? "0" : "")\(String(number, radix: 16))"}}
            """
        )
    }
}
