// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import DHCPPlugin

DHCPPlugin.main()
