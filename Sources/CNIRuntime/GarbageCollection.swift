// SPDX-License-Identifier: Apache-2.0

/// What a GC of a network did.
public struct GarbageCollection: Sendable {
    /// The attachments in the cache that stayed.
    public var kept: [CacheEntry] = []
    /// The attachments in the cache that went.
    public var removed: [CacheEntry] = []
    /// The plugins that did GC in 1.1.0, which they say they know, for a network in an older version.
    public var upgradedPlugins: [String] = []
    /// The plugins that did not do GC, for a network in an older version, because they do not report 1.1.0.
    ///
    /// What they have made for no attachment in the cache stays. A plugin that is not there is one of them.
    public var olderPlugins: [String] = []
}
