// SPDX-License-Identifier: Apache-2.0

internal import BridgePlugin
internal import CNIPlugin

Bridge.main()
