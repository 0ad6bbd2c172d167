// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import Glibc

/// The clocks of the machine.
package enum NodeClock {
    /// Now, by the clock that nobody sets.
    package static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Seconds since 1970.
    package static var seconds: Int64 { Int64(time(nil)) }
}
