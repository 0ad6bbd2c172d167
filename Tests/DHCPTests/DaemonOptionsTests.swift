// SPDX-License-Identifier: Apache-2.0

import DHCPDaemon
import Testing

@Suite struct DaemonOptionsTests {
    @Test func `the options are the reference's, in each of Go's spellings`() throws {
        let options = try DaemonOptions(
            parsing: [
                "-socketpath", "/s", "--hostprefix=/host", "-pidfile=/p", "-broadcast", "-timeout", "1m2.5s",
                "-resendmax=500ms", "--resendtimeout", "2m",
            ])
        #expect(options.socketPath == "/s" && options.hostPrefix == "/host" && options.pidFile == "/p")
        #expect(options.wantsBroadcast)
        #expect(options.timeout == 62_500 && options.resendMax == 500 && options.resendTimeout == 120_000)
        #expect(try !DaemonOptions(parsing: ["-broadcast=false"]).wantsBroadcast)
        let usual = try DaemonOptions(parsing: [])
        #expect(usual == DaemonOptions() && usual.socketPath == "/run/cni/dhcp.sock")
        #expect(usual.timeout == 10_000 && usual.resendMax == 62_000 && usual.resendTimeout == 208_000)
        #expect(usual.probe == 0)
        #expect(try DaemonOptions(parsing: ["-probe", "200ms"]).probe == 200)
    }

    @Test(
        arguments: [
            ["-pidfile", "run/pid"], ["-socketpath", ""], ["-socketpath"], ["-nonsense"], ["nonsense"], ["-"],
            ["-timeout", "10"], ["-timeout", "0s"], ["-timeout", "-1s"], ["-timeout", "s"],
            ["-timeout", "1.2.3s"], ["-timeout", "99999999999999999999h"], ["-resendtimeout", "10m"],
            ["-broadcast=maybe"], ["-probe", "11s"], ["-probe", "2s", "-resendtimeout", "2s"],
            ["-probe", "0s"],
        ])
    func `what makes no sense is refused in a sentence`(words: [String]) {
        let mistake = #expect(throws: DaemonOptions.Mistake.self) { try DaemonOptions(parsing: words) }
        #expect(mistake?.description.isEmpty == false)
    }
}
