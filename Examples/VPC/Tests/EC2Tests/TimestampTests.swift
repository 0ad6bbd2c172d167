// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Testing

@testable import EC2

struct TimestampTests {
    @Test func `times are written as AWS writes them`() {
        #expect("\(Timestamp(seconds: 1_440_938_160))" == "2015-08-30T12:36:00Z")
        #expect(Timestamp(seconds: 1_440_938_160).basic == "20150830T123600Z")
        #expect("\(Timestamp(seconds: 0))" == "1970-01-01T00:00:00Z")
        #expect("\(Timestamp(seconds: -1))" == "1969-12-31T23:59:59Z")
        #expect("\(Timestamp(seconds: 951_782_400))" == "2000-02-29T00:00:00Z")
        #expect("\(Timestamp(seconds: 4_107_542_400))" == "2100-03-01T00:00:00Z")
    }

    @Test func `what is written is read`() throws {
        var generator = Seeded()
        for _ in 0..<2000 {
            let time = Timestamp(
                seconds: Int64.random(in: -60_000_000_000...250_000_000_000, using: &generator))
            #expect(Timestamp("\(time)") == time, "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `times are read as AWS and HTTP have them`() {
        #expect(Timestamp("2026-01-01T00:00:00.000Z") == Timestamp(seconds: 1_767_225_600))
        #expect(Timestamp(httpDate: "Sun, 30 Aug 2015 12:36:00 GMT") == Timestamp(seconds: 1_440_938_160))
    }

    @Test(arguments: [
        "", "Z", "2015-08-30", "2015-08-30T12:36:00", "2015-13-30T12:36:00Z", "2015-02-30T12:36:00Z",
        "2015-08-30T24:36:00Z", "2015-08-30T12:36:00.Z0Z", "2015_08-30T12:36:00Z", "0000-08-30T12:36:00Z",
        "2015-08-30T12:36:00+01:00", "éééé-08-30T12:36:00Z",
    ]) func `text that is not a time is rejected`(_ text: String) {
        #expect(Timestamp(text) == nil)
        #expect(Timestamp(httpDate: text) == nil)
    }
}
