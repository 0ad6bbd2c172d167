// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

extension Plugin {
    /// The program's entry: runs the one invocation that the process was started for.
    public static func main() {
        var siblings = Siblings()
        siblings.add(Self.self)
        siblings.main(as: name)
    }
}

extension Siblings {
    /// The entry of a program that is several plugins: runs the one whose name it was started by, which a hard
    /// or symbolic link gives it, or the one that its first argument names.
    public func main() {
        let arguments = CommandLine.arguments
        let called = arguments.first.map { String($0.split(separator: "/").last ?? "") } ?? ""
        main(as: plugin(called) == nil && arguments.count > 1 ? arguments[1] : called)
    }

    func main(as name: String) {
        Memory.keep()
        guard let plugin = plugin(name) else {
            let text = "Links to this file by these names are CNI plugins: \(names.joined(separator: ", "))\n"
            write(text, to: STDERR_FILENO)
            exit(2)
        }
        var siblings = self
        do throws(SystemError) {
            siblings.executable = try FileStatus(of: "/proc/self/exe").identity
        } catch {
            siblings = Siblings()  // every delegation is executed
        }
        let outcome: Outcome
        do throws(SystemError) {
            let input = try File.read(STDIN_FILENO, named: "stdin", limit: Self.largestInput)
            outcome = plugin(
                Invocation(
                    environment: Self.environment(), input: input, siblings: siblings))
        } catch  where error.errno == EFBIG {
            outcome = .failure(
                CNIError(
                    .decodingFailure, "the configuration on stdin has more than \(Self.largestInput) bytes"),
                version: .current)
        } catch {
            outcome = .failure(
                CNIError(.ioFailure, "error reading from stdin", details: error.description),
                version: .current)
        }
        if !outcome.diagnostics.isEmpty { write(outcome.diagnostics, to: STDERR_FILENO) }
        if let output = outcome.output, !write(output.serialized(indent: 4) + "\n", to: STDOUT_FILENO) {
            exit(1)
        }
        exit(outcome.status)
    }

    /// 4 MiB: room for the list of 30,000 valid attachments of a GC, far more than a node has.
    private static var largestInput: Int { 1 << 22 }

    private static func environment() -> EnvironmentVariables {
        var variables = EnvironmentVariables()
        var entry = environ
        while let text = entry.pointee {
            if let separator = strchr(text, CInt(UInt8(ascii: "="))) {
                let name = UnsafeRawBufferPointer(start: text, count: separator - text)
                variables.append(String(decoding: name, as: UTF8.self), String(cString: separator + 1))
            }
            entry += 1
        }
        return variables
    }

    @discardableResult
    private func write(_ text: String, to descriptor: CInt) -> Bool {
        do throws(SystemError) {
            try File.write(Array(text.utf8), to: descriptor, named: "descriptor \(descriptor)")
            return true
        } catch {
            return false
        }
    }
}
