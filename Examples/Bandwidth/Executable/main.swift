// SPDX-License-Identifier: Apache-2.0

internal import BandwidthPlugin
internal import CNIPlugin

Bandwidth.main()
