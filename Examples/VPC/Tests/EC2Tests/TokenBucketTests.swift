// SPDX-License-Identifier: Apache-2.0

import EC2
import Testing

struct TokenBucketTests {
    @Test func `a full bucket gives its tokens at once, and then one after the other`() {
        var bucket = TokenBucket(capacity: 3, perSecond: 2)
        #expect((0..<3).allSatisfy { _ in bucket.take(at: .zero) == .zero })
        #expect(bucket.take(at: .zero) == .milliseconds(500))
        #expect(bucket.take(at: .zero) == .seconds(1))
        // The two that wait have theirs by now, and one is left over.
        #expect(bucket.take(at: .milliseconds(1500)) == .zero)
        #expect(bucket.take(at: .milliseconds(1500)) == .milliseconds(500))
    }

    @Test func `a token that is given back is there again`() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1)
        #expect(bucket.take(at: .zero) == .zero)
        #expect(bucket.take(at: .zero) == .seconds(1))
        bucket.giveBack(at: .zero)
        #expect(bucket.take(at: .zero) == .seconds(1))
    }

    @Test func `refusals slow a bucket down, and successes bring it back`() {
        var bucket = TokenBucket(capacity: 100, perSecond: 20)
        bucket.wasRefused(at: .zero)
        #expect(bucket.rate == 10)
        #expect(bucket.take(at: .zero) == .milliseconds(100))
        for _ in 0..<40 { bucket.wasRefused(at: .zero) }
        #expect(bucket.rate == 0.2)
        for _ in 0..<20 { bucket.wasTaken() }
        #expect(bucket.rate == 20)
        for _ in 0..<20 { bucket.wasTaken() }
        #expect(bucket.rate == 20)
    }

    @Test func `a bucket is never fuller than full`() {
        var bucket = TokenBucket(capacity: 2, perSecond: 5)
        #expect(bucket.take(at: .seconds(3600)) == .zero)
        #expect(bucket.take(at: .seconds(3600)) == .zero)
        #expect(bucket.take(at: .seconds(3600)) == .milliseconds(200))
        // A clock that goes back gives nothing.
        #expect(bucket.take(at: .zero) == .milliseconds(400))
    }

    @Test func `the limits are the published ones`() {
        let limits = RateLimits.published
        #expect(limits["DescribeInstances"] == RateLimits.Limit(capacity: 100, perSecond: 20))
        #expect(limits["CreateNetworkInterface"] == RateLimits.Limit(capacity: 100, perSecond: 5))
        #expect(limits["AssignIpv6Addresses"] == RateLimits.Limit(capacity: 100, perSecond: 5))
        #expect(limits["CreateTags"] == RateLimits.Limit(capacity: 100, perSecond: 10))
        for action in ["AttachNetworkInterface", "DetachNetworkInterface", "UnassignIpv6Addresses"] {
            #expect(limits[action] == RateLimits.Limit(capacity: 50, perSecond: 5))
        }
    }

    @Test func `each call has a bucket of its own`() {
        var limits = RateLimits.published
        limits["CreateTags"] = RateLimits.Limit(capacity: 1, perSecond: 1)
        #expect(limits.take("CreateTags", at: .zero) == .zero)
        #expect(limits.take("CreateTags", at: .zero) == .seconds(1))
        #expect(limits.take("DescribeSubnets", at: .zero) == .zero)
    }
}
