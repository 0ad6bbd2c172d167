// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

struct CNI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cni",
        abstract: "Attach containers to networks, and see what is there.",
        usage: "cni <command> [arguments] [options]",
        discussion: """
            Does what container runtimes do, by the Container Network Interface: reads the networks of \
            /etc/cni/net.d, calls the plugins of /opt/cni/bin, and remembers what they made in /var/lib/cni.

              ip netns add web
              cni add pods /run/netns/web
              cni draw
              cni del pods /run/netns/web

            Ends with 0 on success, with 1 if something failed or problems were found, with 64 if the \
            command line is wrong.
            """,
        version: "1.0.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Attachments",
                subcommands: [
                    Add.self, Check.self, Delete.self, Mend.self, List.self, Show.self, Collect.self,
                    HandBack.self,
                ]),
            CommandGroup(
                name: "Networks and plugins",
                subcommands: [Networks.self, Status.self, Plan.self, Validate.self, Versions.self]),
            CommandGroup(name: "This machine", subcommands: [Draw.self, Examine.self]),
        ])
}
