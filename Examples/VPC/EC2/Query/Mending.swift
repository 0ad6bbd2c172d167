// SPDX-License-Identifier: Apache-2.0

internal import NIOHTTP1

/// What can be done at once about a refusal, so that the same request is taken.
enum Mending: Hashable {
    /// Sign with the server's time.
    case clock(Timestamp)
    /// Sign with other credentials.
    case credentials

    /// EC2 takes 15 minutes; the answer and the request are not of the same moment.
    private static let tolerance = Duration.seconds(240)

    /// What to do about a failure; nil if nothing.
    ///
    /// EC2 says `RequestExpired` for a clock that is off as well as for credentials that have expired, and
    /// `SignatureDoesNotMatch` for a clock as well as for a wrong key: the server's time tells which.
    init?(_ failure: inout EC2Error, _ answer: HTTPAnswer, signedAt moment: Timestamp) {
        switch failure.kind {
        case .expiredCredentials, .clockSkew, .invalidCredentials: break
        default: return nil
        }
        let serverTime = answer.headers.first(name: "date").flatMap { Timestamp(httpDate: $0) }
        if let serverTime, Self.tolerance < max(serverTime - moment, moment - serverTime),
            failure.code != "ExpiredToken", failure.code != "ExpiredTokenException"
        {
            failure.kind = .clockSkew
            failure.message += " (the server's clock says \(serverTime), the request \(moment))"
            self = .clock(serverTime)
        } else if failure.kind == .clockSkew {
            return nil
        } else {
            self = .credentials
        }
    }

    /// A clock is mended once, whatever the server's time is by then.
    static func == (left: Mending, right: Mending) -> Bool { left.name == right.name }

    func hash(into hasher: inout Hasher) { hasher.combine(name) }

    private var name: String {
        switch self {
        case .clock: "clock"
        case .credentials: "credentials"
        }
    }
}
