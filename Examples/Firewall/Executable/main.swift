// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import FirewallPlugin

Firewall.main()
